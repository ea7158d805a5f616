#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/key_set.h"
#include "auth/token_verifier.h"
#include "base/rng.h"
#include "model/limits.h"
#include "net/handler.h"
#include "net/origin.h"
#include "net/server.h"
#include "net/static_files.h"
#include "ops/log.h"
#include "protocol/session.h"
#include "runtime/loop.h"
#include "server/join_pacer.h"
#include "server/room_host.h"
#include "server/token_authority.h"
#include "server/transport_policy.h"

namespace righttask::server {

/// Which URL path speaks which protocol.
struct Route {
  std::string path;  // "/socket/websocket"
  const protocol::Dialect* dialect;
};

struct ShardOptions {
  Limits limits;
  net::OriginRule origins;
  std::vector<Route> routes;
  std::optional<net::StaticFiles> pages;
  std::optional<auth::TokenVerifier> tokens;  // nothing: open mode, a token that comes is ignored
  net::TrustedProxies proxies;
  TransportPolicy transport;
  std::uint64_t seed = 0;
};

/// What was refused or held up, for metrics and tests; the rest is in net::ServerProbe and
/// RoomHostProbe.
struct ShardProbe {
  std::map<Refusal, std::uint64_t> refusals_total;  // by rooms, of joins, updates and the rest
  std::uint64_t joins_held_total = 0;               // that had to wait for their turn
  std::size_t joins_waiting = 0;                    // at present
  std::uint64_t transport_refusals_total = 0;       // see TransportPolicy
  protocol::SessionProbe sessions;
};

/// One loop with its connections, their sessions, and its rooms. Carries frames from connections to
/// sessions, what sessions ask to rooms, and what rooms answer back to sessions. Shard-local.
///
/// Sessions and rooms never call each other: what a session asks of a room waits in `to_rooms_`
/// until the session has returned, so no call is ever made into something that is being called.
class Shard final : public net::Handler, RoomOutlet {
 public:
  Shard(runtime::Loop& loop, ShardOptions options, ops::Log log);

  [[nodiscard]] net::Server& server() { return server_; }
  [[nodiscard]] const RoomHost& rooms() const { return rooms_; }
  [[nodiscard]] const ShardProbe& probe();

  /// Tokens are verified with these from now on. Precondition: not in open mode.
  void use_keys(auth::KeySet keys);

 private:
  struct Connection {
    ConnectionId id;
    const protocol::Dialect* dialect = nullptr;
    std::unique_ptr<protocol::Session> session;  // null: no session in this slot
  };

  // net::Handler
  net::HttpReply on_request(net::ConnectionId id, const net::HttpRequest& request) override;
  void on_open(net::ConnectionId id) override;
  void on_message(net::ConnectionId id, net::MessageKind kind, ByteView payload) override;
  void on_close(net::ConnectionId id, std::uint16_t code, bool clean) override;

  // RoomOutlet
  void deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) override;
  std::optional<Reception> reception(MemberId member) const override;
  void send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) override;
  void wake_at(const RoomName& room, Instant when) override;
  void forget_wake(const RoomName& room) override;

  net::HttpReply open_session(net::ConnectionId id, const net::HttpRequest& request,
                              const Route& route);
  [[nodiscard]] net::HttpResponse serve(const net::HttpRequest& request) const;
  void carry_out(ConnectionId id, net::Server::Budget budget);
  void settle();
  [[nodiscard]] bool held_up(protocol::ToRoom& request);
  void let_in_later();
  [[nodiscard]] Connection* find(ConnectionId id);
  [[nodiscard]] const Connection* find(ConnectionId id) const;
  [[nodiscard]] RoomNow now() const;

  runtime::Loop& loop_;
  ShardOptions options_;
  ops::Log log_;
  Rng rng_;
  net::Server server_;
  RoomHost rooms_;
  std::optional<TokenAuthority> tokens_;  // before the sessions, whose gates ask it
  std::vector<Connection> connections_;   // by slot
  std::unordered_map<RoomName, runtime::TimerId> wakes_;
  std::deque<protocol::ToRoom> to_rooms_;
  JoinPacer pacer_;
  std::optional<runtime::TimerId> pace_timer_;
  ShardProbe probe_;
  protocol::Actions actions_;                 // scratch of the session being called
  std::vector<net::ConnectionId> receivers_;  // scratch
};

}  // namespace righttask::server
