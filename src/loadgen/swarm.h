#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "loadgen/dialect.h"
#include "runtime/file_descriptor.h"

namespace righttask::loadgen {

/// Where connections go.
struct Endpoint {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 80;
};

struct SocketAddress {
  sockaddr_storage address{};
  socklen_t size = 0;
};

/// The first address of a host. The error is a sentence.
[[nodiscard]] Result<SocketAddress, std::string> resolve(const Endpoint& endpoint);

/// Monotonic time, as Trace and Swarm use it.
[[nodiscard]] Instant now();

/// What happens to a swarm's clients. `update` and `state` hold for the call.
class SwarmEvents {
 public:
  virtual ~SwarmEvents() = default;
  virtual void on_joined(std::uint32_t member, ByteView state, Instant when) = 0;
  virtual void on_update(std::uint32_t member, ByteView update, Instant when) = 0;
  virtual void on_acknowledged(std::uint32_t member, Instant when) = 0;
  /// What was sent is not taken, or the server wants the client gone; the connection is still
  /// there.
  virtual void on_refused(std::uint32_t member, std::string_view why) = 0;
  /// The connection has gone, by no doing of ours.
  virtual void on_gone(std::uint32_t member, const std::string& why) = 0;
};

/// Many WebSocket clients of one dialect on one epoll, as light as they can be: the machine that is
/// measured runs them as well. One thread.
class Swarm {
 public:
  struct Options {
    Endpoint target;
    std::vector<std::string> from;  // source addresses, in turns; none: the system's choice
  };

  /// All are borrowed for the swarm's life.
  Swarm(const Dialect& dialect, SwarmEvents& events);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  /// To be called once, before anything else. The error is a sentence.
  [[nodiscard]] Result<void, std::string> prepare(const Options& options);

  /// Makes room for this many members.
  void reserve(std::uint32_t members) { clients_.resize(members); }

  /// Opens a connection for a member that has none. `deaf`: it reads until it has joined, then
  /// nothing any more, and its receive buffer is small.
  void connect(std::uint32_t member, std::uint32_t room, ydoc::ClientId client, bool deaf);

  /// Drops a member's connection without a word.
  void drop(std::uint32_t member);

  void push(std::uint32_t member, ByteView update);
  void keep_alive(std::uint32_t member);

  [[nodiscard]] bool connected(std::uint32_t member) const { return clients_[member].fd.valid(); }
  [[nodiscard]] bool joined(std::uint32_t member) const { return clients_[member].peer.joined; }

  /// One turn: waits for events, at most until `end`, and handles them.
  void poll(Instant end);

  /// Bytes read from servers, for telling silence.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  enum class State : std::uint8_t { none, connecting, upgrading, open };
  struct Client {
    runtime::FileDescriptor fd;
    State state = State::none;
    bool deaf = false;
    bool deafened = false;          // is read no more
    std::uint32_t connections = 0;  // counts up; events of an earlier one are stale
    std::uint32_t wanted = 0;       // epoll events asked for
    Peer peer;
    std::string partial;  // of a frame
    std::string message;  // of one in fragments
    Opcode message_kind = Opcode::text;
    std::string waiting;  // bytes the socket would not take
  };
  class Ear;

  void want(Client& client, std::uint32_t events);
  void on_ready(std::uint32_t member, std::uint32_t events);
  void on_connected(Client& client);
  void on_bytes(Client& client);
  void on_frames(Client& client, std::string_view& bytes, Instant when);
  void on_frame(Client& client, const Frame& frame, Instant when);
  /// The length of the answer's head, 0 while it is not whole; the client is gone if refused.
  std::size_t take_upgrade(Client& client, std::string_view bytes);
  void flush(Client& client);
  void send_some(Client& client, std::string_view bytes);
  void lose(Client& client, const std::string& why);
  void forget(Client& client);

  const Dialect& dialect_;
  SwarmEvents& events_;
  runtime::FileDescriptor epoll_;
  SocketAddress target_;
  std::string host_header_;
  std::vector<SocketAddress> from_;
  std::vector<Client> clients_;
  std::string buffer_;  // of every read
  Outgoing out_;        // of every write
  std::uint64_t bytes_read_ = 0;
};

}  // namespace righttask::loadgen
