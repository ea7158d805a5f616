#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "model/limits.h"
#include "protocol/phoenix/dialect.h"
#include "protocol/session.h"
#include "server/room_host.h"

namespace righttask::cross {

/// The real sessions, room host and rooms, without network and on a virtual clock. Whole WebSocket
/// messages go in; what each connection is sent comes out at once, in order.
class MiniServer final : server::RoomOutlet {
 public:
  using Receive = std::function<void(const protocol::Frame&)>;
  using Query = std::vector<std::pair<std::string, std::string>>;

  explicit MiniServer(std::uint64_t seed, Limits limits = {});

  /// The query must be one that the dialect accepts.
  ConnectionId open(const Query& query, Receive receive);

  void say(ConnectionId from, protocol::FrameKind kind, ByteView payload);

  /// The connection ends. Nothing happens if the server has closed it.
  void drop(ConnectionId connection, LeaveReason reason);

  [[nodiscard]] bool is_open(ConnectionId connection) const {
    return connections_.contains(connection);
  }

  /// Lets time pass and wakes the rooms that asked for it.
  void advance(std::chrono::milliseconds time);

  [[nodiscard]] const server::RoomHost& rooms() const { return host_; }

 private:
  struct Connection {
    std::unique_ptr<protocol::Session> session;
    Receive receive;
  };

  void deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) override;
  std::optional<Reception> reception(MemberId member) const override;
  void send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) override;
  void close(ConnectionId id) override;
  void wake_at(const RoomName& room, Instant when) override;
  void forget_wake(const RoomName& room) override;
  void flush_soon() override;
  void call_after(Duration delay, runtime::Task task) override;
  [[nodiscard]] RoomNow now() const override;

  void carry_out(ConnectionId connection, protocol::Actions actions);
  void settle();
  void run_due(Instant until);

  Limits limits_;
  Rng rng_;
  protocol::phoenix::Dialect dialect_;
  server::RoomHost host_;
  Instant time_{};
  std::uint64_t next_connection_ = 1;
  std::map<ConnectionId, Connection> connections_;
  std::map<RoomName, Instant> wakes_;
  std::multimap<Instant, runtime::Task> later_;
  std::deque<protocol::ToRoom> to_rooms_;
  std::deque<ConnectionId> closing_;
  bool flush_asked_ = false;
};

}  // namespace righttask::cross
