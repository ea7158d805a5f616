#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "net/server.h"
#include "net/testing/client_frame.h"
#include "runtime/file_descriptor.h"
#include "runtime/loop.h"

// A server and its clients in one thread, over real sockets and with a clock that tests move.

namespace righttask::net::testing {

/// epoll, with a clock that also runs ahead when told to.
class ShiftedPoller final : public runtime::Poller {
 public:
  bool add(int fd, std::uint64_t tag, runtime::Readiness interest) override {
    return real_->add(fd, tag, interest);
  }
  void modify(int fd, std::uint64_t tag, runtime::Readiness interest) override {
    real_->modify(fd, tag, interest);
  }
  void remove(int fd) override { real_->remove(fd); }
  std::size_t wait(std::span<Event> events, std::optional<Duration> timeout) override {
    return real_->wait(events, timeout);
  }
  void wake() override { real_->wake(); }
  Instant now() override { return frozen_.value_or(real_->now()) + shift; }

  /// From here on time passes by `shift` alone.
  void freeze() { frozen_ = real_->now(); }

  Duration shift{};

 private:
  std::unique_ptr<Poller> real_ = runtime::make_epoll_poller();
  std::optional<Instant> frozen_;
};

/// A non-blocking client socket with everything it has received.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0) {
    fd_.reset(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int at_once = 1;  // or small parts would wait for acknowledgements, in real time
    setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (receive_buffer > 0) {
      setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int result =
        connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    if (result != 0 && errno != EINPROGRESS) fd_.reset();
  }

  /// Queues bytes and sends what the socket takes.
  void send(ByteView bytes) {
    append(unsent_, bytes);
    push();
  }
  void send(std::string_view text) { send(byte_view(text)); }
  void shut_down() { shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

  /// Moves bytes both ways.
  void pump() {
    if (!fd_.valid()) return;
    push();
    char buffer[65536];
    for (;;) {
      const auto got = recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got > 0) received.append(buffer, static_cast<std::size_t>(got));
      if (got == 0) ended = true;
      if (got < 0 && errno != EAGAIN && errno != ENOTCONN) ended = failed = true;
      if (got <= 0) return;
    }
  }

  [[nodiscard]] bool connected() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  std::string received;
  bool stalled = false;  // tests do not pump it: it does not read
  bool ended = false;    // the server has closed its side
  bool failed = false;   // with a reset

 private:
  void push() {
    while (!unsent_.empty()) {
      const auto sent = ::send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
    }
  }

  runtime::FileDescriptor fd_;
  Bytes unsent_;
};

inline std::string upgrade_request(std::string_view path = "/", std::string_view more = {}) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(more) + "\r\n";
}

}  // namespace righttask::net::testing
