#include "loadgen/swarm.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "runtime/process.h"

namespace righttask::loadgen {
namespace {

constexpr std::size_t kReadBytes = 256u << 10;
constexpr int kDeafReceiveBytes = 4096;

std::uint64_t event_key(std::uint32_t member, std::uint32_t connections) {
  return std::uint64_t{connections} << 32 | member;
}

}  // namespace

Result<SocketAddress, std::string> resolve(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  const int error = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return fail(endpoint.host + ": " + gai_strerror(error));
  SocketAddress address;
  address.size = found->ai_addrlen;
  std::memcpy(&address.address, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return address;
}

Instant now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

/// Tells the swarm's listener what a dialect hears, and when.
class Swarm::Ear : public Hearing {
 public:
  Ear(Swarm& swarm, Client& client, Instant when) : swarm_(swarm), client_(client), when_(when) {}

  void joined(ByteView state) override {
    if (client_.deaf) {
      client_.deafened = true;
      swarm_.want(client_, EPOLLRDHUP);
    }
    swarm_.events_.on_joined(client_.peer.member, state, when_);
  }
  void update(ByteView update) override {
    swarm_.events_.on_update(client_.peer.member, update, when_);
  }
  void acknowledged() override { swarm_.events_.on_acknowledged(client_.peer.member, when_); }
  void refused(std::string_view why) override {
    swarm_.events_.on_refused(client_.peer.member, why);
  }

 private:
  Swarm& swarm_;
  Client& client_;
  Instant when_;
};

Swarm::Swarm(const Dialect& dialect, SwarmEvents& events)
    : dialect_(dialect), events_(events), buffer_(kReadBytes, '\0') {}

Swarm::~Swarm() = default;

Result<void, std::string> Swarm::prepare(const Options& options) {
  epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.valid()) return fail("epoll: " + runtime::error_text(errno));
  auto target = resolve(options.target);
  if (!target) return fail(target.error());
  target_ = *target;
  const bool v6 = options.target.host.contains(':');
  host_header_ = (v6 ? "[" + options.target.host + "]" : options.target.host) + ":" +
                 std::to_string(options.target.port);
  for (const std::string& host : options.from) {
    auto address = resolve({.host = host, .port = 0});
    if (!address) return fail(address.error());
    // Said now, where it can be said well; later it would be a connection that fails.
    const runtime::FileDescriptor probe(
        socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (bind(probe.get(), reinterpret_cast<const sockaddr*>(&address->address), address->size) <
        0) {
      return fail(host + ": " + runtime::error_text(errno));
    }
    from_.push_back(*address);
  }
  return {};
}

void Swarm::connect(std::uint32_t member, std::uint32_t room, ydoc::ClientId client_id, bool deaf) {
  Client& client = clients_[member];
  CHECK(client.state == State::none);
  ++client.connections;
  client.peer = {.member = member, .room = room, .client = client_id};
  client.deaf = deaf;
  client.deafened = false;
  client.state = State::connecting;
  client.fd.reset(socket(target_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!client.fd.valid()) return lose(client, "socket: " + runtime::error_text(errno));
  const int fd = client.fd.get();
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (deaf) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kDeafReceiveBytes, sizeof kDeafReceiveBytes);
  if (!from_.empty()) {
    // The port is chosen at connect, so that every address has all of them.
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const SocketAddress& from = from_[member % from_.size()];
    if (bind(fd, reinterpret_cast<const sockaddr*>(&from.address), from.size) < 0) {
      return lose(client, "bind: " + runtime::error_text(errno));
    }
  }
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&target_.address), target_.size) < 0 &&
      errno != EINPROGRESS) {
    return lose(client, "connect: " + runtime::error_text(errno));
  }
  client.wanted = EPOLLIN | EPOLLOUT;
  epoll_event event{};
  event.events = client.wanted;
  event.data.u64 = event_key(member, client.connections);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) {
    lose(client, "epoll: " + runtime::error_text(errno));
  }
}

void Swarm::drop(std::uint32_t member) {
  forget(clients_[member]);
}

void Swarm::forget(Client& client) {
  client.fd.reset();
  client.state = State::none;
  client.peer.joined = false;
  client.partial = {};
  client.message = {};
  client.waiting = {};
}

void Swarm::lose(Client& client, const std::string& why) {
  forget(client);
  events_.on_gone(client.peer.member, why);
}

void Swarm::want(Client& client, std::uint32_t events) {
  if (client.wanted == events) return;
  client.wanted = events;
  epoll_event event{};
  event.events = events;
  event.data.u64 = event_key(client.peer.member, client.connections);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.fd.get(), &event);
}

void Swarm::push(std::uint32_t member, ByteView update) {
  Client& client = clients_[member];
  if (client.state != State::open) return;
  dialect_.push_update(client.peer, update, out_);
  flush(client);
}

void Swarm::keep_alive(std::uint32_t member) {
  Client& client = clients_[member];
  if (client.state != State::open || !client.peer.joined) return;
  dialect_.keep_alive(client.peer, out_);
  flush(client);
}

/// Sends what a dialect has written.
void Swarm::flush(Client& client) {
  if (out_.bytes().empty()) return;
  send_some(client, out_.bytes());
  out_.clear();
}

void Swarm::send_some(Client& client, std::string_view bytes) {
  if (client.waiting.empty()) {
    const ssize_t sent = send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return;
    // An error that lasts shows when the socket is read.
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
  client.waiting += bytes;
  want(client, client.wanted | EPOLLOUT);
}

void Swarm::poll(Instant end) {
  const Duration left = std::max(end - now(), Duration::zero());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  std::array<epoll_event, 512> ready;
  const int count =
      epoll_pwait2(epoll_.get(), ready.data(), static_cast<int>(ready.size()), &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready[static_cast<std::size_t>(i)];
    const auto member = static_cast<std::uint32_t>(event.data.u64);
    const Client& client = clients_[member];
    if (!client.fd.valid() || client.connections != event.data.u64 >> 32) continue;
    on_ready(member, event.events);
  }
}

void Swarm::on_ready(std::uint32_t member, std::uint32_t events) {
  Client& client = clients_[member];
  if (client.deafened) {
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) lose(client, "closed by the server");
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    if (client.state == State::connecting) {
      on_connected(client);
      if (client.state == State::none) return;
    } else if (!client.waiting.empty()) {
      const std::string waiting = std::exchange(client.waiting, {});
      send_some(client, waiting);
    }
    if (client.waiting.empty()) want(client, EPOLLIN);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) on_bytes(client);
}

void Swarm::on_connected(Client& client) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(client.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return lose(client, "connect: " + runtime::error_text(error));
  client.state = State::upgrading;
  out_.raw("GET " + dialect_.request_target(client.peer) + " HTTP/1.1\r\nHost: " + host_header_ +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  flush(client);
}

void Swarm::on_bytes(Client& client) {
  const ssize_t got = recv(client.fd.get(), buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return lose(client, runtime::error_text(errno));
  if (got == 0) return lose(client, "closed by the server");
  const Instant when = now();
  bytes_read_ += static_cast<std::uint64_t>(got);
  std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
  std::string whole;
  if (!client.partial.empty()) {
    whole = std::exchange(client.partial, {});
    whole += bytes;
    bytes = whole;
  }
  if (client.state == State::upgrading) {
    const std::size_t head = take_upgrade(client, bytes);
    if (client.state == State::none) return;
    if (head == 0) {
      client.partial = bytes;
      return;
    }
    bytes.remove_prefix(head);
    client.state = State::open;
    dialect_.open(client.peer, out_);
    flush(client);
  }
  on_frames(client, bytes, when);
  if (client.state != State::open || bytes.empty()) return;
  if (bytes.size() == whole.size()) {
    client.partial = std::move(whole);  // a long message, still growing
  } else {
    client.partial = bytes;
  }
}

std::size_t Swarm::take_upgrade(Client& client, std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == bytes.npos) return 0;
  if (!bytes.starts_with("HTTP/1.1 101")) {
    lose(client, "no WebSocket: " + std::string(bytes.substr(0, bytes.find('\r'))));
    return 0;
  }
  return end + 4;
}

void Swarm::on_frames(Client& client, std::string_view& bytes, Instant when) {
  Frame frame{};
  std::uint64_t needed = 0;
  const std::uint32_t connection = client.connections;
  while (!client.deafened && take_frame(bytes, frame, needed)) {
    on_frame(client, frame, when);
    if (client.state != State::open || client.connections != connection) return;
  }
  flush(client);
  if (client.deafened) bytes = {};
}

void Swarm::on_frame(Client& client, const Frame& frame, Instant when) {
  const auto take = [&](Opcode kind, std::string_view message) {
    Ear ear(*this, client, when);
    dialect_.on_message(client.peer, kind, byte_view(message), out_, ear);
  };
  switch (frame.opcode) {
    case Opcode::text:
    case Opcode::binary:
      if (frame.last) return take(frame.opcode, frame.payload);
      client.message_kind = frame.opcode;
      client.message = frame.payload;
      return;
    case Opcode::continuation: {
      client.message += frame.payload;
      if (!frame.last) return;
      const std::string message = std::exchange(client.message, {});
      return take(client.message_kind, message);
    }
    case Opcode::ping:
      return out_.frame(Opcode::pong, byte_view(frame.payload));
    case Opcode::close: {
      std::string why = "closed by the server";
      if (frame.payload.size() >= 2) {
        const auto byte = [&](std::size_t i) {
          return static_cast<std::uint8_t>(frame.payload[i]);
        };
        why += ": " + std::to_string(byte(0) << 8 | byte(1)) + " " +
               std::string(frame.payload.substr(2));
      }
      out_.clear();
      return lose(client, why);
    }
    case Opcode::pong:
      return;
  }
}

}  // namespace righttask::loadgen
