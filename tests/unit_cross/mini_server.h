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

#include "auth/token_verifier.h"
#include "base/result.h"
#include "base/rng.h"
#include "model/limits.h"
#include "protocol/phoenix/dialect.h"
#include "protocol/session.h"
#include "server/room_host.h"
#include "server/token_authority.h"

namespace righttask::cross {

/// The real sessions, gates, room host and rooms, without network and on a virtual clock. Whole
/// WebSocket messages go in; what each connection is sent comes out at once, in order.
class MiniServer final : server::RoomOutlet {
 public:
  using Receive = std::function<void(const protocol::Frame&)>;
  using Query = std::vector<std::pair<std::string, std::string>>;

  /// The Unix time at which its clock begins.
  static constexpr UnixSeconds kBeginning{std::chrono::seconds(1'700'000'000)};

  explicit MiniServer(std::uint64_t seed, Limits limits = {});

  /// From now on connections need tokens, and lose what they give when they end.
  void require_tokens(auth::TokenVerifier verifier);

  /// The query must be one that the dialect accepts; only its token may be refused.
  Result<ConnectionId, Refusal> try_open(const Query& query, Receive receive);
  /// One whose token cannot be refused.
  ConnectionId open(const Query& query, Receive receive);

  /// An operator changes the lists; it counts at once. Tokens are required.
  void administer(const std::function<void(server::TokenAuthority&)>& act);

  void say(ConnectionId from, protocol::FrameKind kind, ByteView payload);

  /// The connection ends. Nothing happens if the server has closed it.
  void drop(ConnectionId connection, LeaveReason reason);

  [[nodiscard]] bool is_open(ConnectionId connection) const {
    return connections_.contains(connection);
  }

  /// Lets time pass, wakes the rooms that asked for it, and sees to grants in every second.
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
  void tell_rights();
  void run_due(Instant until);
  void advance_rooms(Instant until);

  Limits limits_;
  Rng rng_;
  protocol::phoenix::Dialect dialect_;
  server::RoomHost host_;
  Instant time_{};
  std::optional<server::TokenAuthority> tokens_;
  std::uint64_t next_connection_ = 1;
  std::map<ConnectionId, Connection> connections_;
  std::map<RoomName, Instant> wakes_;
  std::multimap<Instant, runtime::Task> later_;
  std::deque<protocol::ToRoom> to_rooms_;
  std::deque<ConnectionId> closing_;
  bool flush_asked_ = false;
};

}  // namespace righttask::cross
