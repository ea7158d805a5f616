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
#include "server/administration.h"
#include "server/document_service.h"
#include "server/entrance.h"
#include "server/http_service.h"
#include "server/join_pacer.h"
#include "server/room_host.h"
#include "server/shard_probe.h"
#include "server/token_authority.h"
#include "server/transport_policy.h"
#include "store/document_store.h"

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
  store::DocumentStore* store = nullptr;      // null: nothing is kept
  net::TrustedProxies proxies;
  TransportPolicy transport;
  std::uint64_t seed = 0;
  std::string version;
  std::size_t compress_above_bytes = 0;  // messages larger than that, for who can read them; 0: off
  bool local_metrics = true;             // /metrics is answered to requests of this machine (MET-1)
};

/// One loop with its connections, their sessions, and its rooms. Carries frames from connections to
/// sessions, what sessions ask to rooms, and what rooms answer back to sessions. Shard-local.
///
/// Sessions and rooms never call each other: what a session asks of a room waits in `to_rooms_`
/// until the session has returned, so no call is ever made into something that is being called.
class Shard final : public net::Handler, RoomOutlet, Administration, Entrance {
 public:
  /// The loop outlives the store, and the store the shard.
  Shard(runtime::Loop& loop, ShardOptions options, ops::Log log);
  /// What rooms have taken in is handed to the store.
  ~Shard() override;

  [[nodiscard]] net::Server& server() { return server_; }
  [[nodiscard]] const RoomHost& room_host() const { return rooms_; }

  /// Asked about every request from now on, after those before it.
  void add_service(HttpService& service) { services_.push_back(&service); }

  [[nodiscard]] Administration& administration() { return *this; }

  [[nodiscard]] Entrance& entrance() { return *this; }
  [[nodiscard]] DocumentService& documents() { return documents_; }

  [[nodiscard]] ShardProbe probe() const;
  /// For the service that answers them.
  [[nodiscard]] VersionRequestCounts& version_requests() { return probe_.version_requests; }
  /// The page `/metrics`.
  [[nodiscard]] std::string metrics() const;

  /// Tokens are verified with these from now on. Precondition: not in open mode.
  void use_keys(auth::KeySet keys);
  /// Whether a token has come since this was last asked that none of the keys could have signed.
  [[nodiscard]] bool take_unknown_key() { return tokens_ && tokens_->take_unknown_key(); }

 private:
  struct Connection {
    std::unique_ptr<protocol::Session> session;  // null: no session in this slot
    std::uint32_t generation = 0;
    std::uint32_t route = 0;  // in ShardOptions::routes
  };

  // net::Handler
  net::HttpReply on_request(net::ConnectionId id, const net::HttpRequest& request) override;
  void on_open(net::ConnectionId id) override;
  void on_message(net::ConnectionId id, net::MessageKind kind, ByteView payload) override;
  void on_close(net::ConnectionId id, std::uint16_t code, bool clean) override;
  void before_sending() override { end_turn(); }

  // RoomOutlet
  void deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) override;
  std::optional<Reception> reception(MemberId member) const override;
  void send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) override;
  void close(ConnectionId id) override;
  void wake_at(const RoomName& room, Instant when) override;
  void forget_wake(const RoomName& room) override;
  void flush_soon() override;
  void end_turn();
  void call_after(Duration delay, runtime::Task task) override;
  [[nodiscard]] RoomNow now() const override;

  // Entrance
  Result<protocol::Admission, EntryRefusal> enter(const net::HttpRequest& request,
                                                  const RoomName& room) override;
  bool allows_origin(const net::HttpRequest& request) const override;

  // Administration
  std::vector<RoomSummary> rooms(std::string_view prefix, std::string_view after,
                                 std::size_t count_max) const override;
  std::vector<MemberSummary> members(const RoomName& room) const override;
  Result<std::size_t, AdminError> kick(const MemberSelector& selector,
                                       std::optional<UnixSeconds> banned_until) override;
  Result<std::size_t, AdminError> set_access(const MemberSelector& selector, Access access,
                                             UnixSeconds until) override;
  std::vector<auth::Restriction> restrictions() const override;
  Result<void, AdminError> lift(const RoomName& room, const auth::Holder& holder) override;
  Result<void, AdminError> restore(const RightsLists& lists) override;
  Result<std::size_t, AdminError> revoke(const auth::RevocationList::Entry& entry) override;
  std::vector<auth::RevocationList::Entry> revocations() const override;
  Result<void, AdminError> lift(auth::RevocationList::Entry::Kind kind,
                                const std::string& id) override;
  [[nodiscard]] std::vector<MemberSummary> select(const MemberSelector& selector) const;
  [[nodiscard]] Result<std::vector<auth::Holder>, AdminError> holders(
      const MemberSelector& selector, const std::vector<MemberSummary>& members) const;
  Result<void, AdminError> restrict(const RoomName& room, const std::vector<auth::Holder>& holders,
                                    std::optional<Access> ceiling, UnixSeconds until);

  net::HttpReply open_session(net::ConnectionId id, const net::HttpRequest& request,
                              const Route& route);
  net::HttpResponse refuse(ConnectRefusal reason, net::HttpResponse response);
  [[nodiscard]] net::HttpResponse serve(const net::HttpRequest& request) const;
  void carry_out(ConnectionId id, net::Server::Budget budget);
  void settle();
  void bring(const protocol::ToRoom& request);
  void watch_grants();
  std::size_t tell_rights();
  std::size_t tell_rights(const RightsNotice& notice);
  [[nodiscard]] bool held_up(protocol::ToRoom& request);
  void let_in_later();
  [[nodiscard]] Connection* find(ConnectionId id);
  [[nodiscard]] const Connection* find(ConnectionId id) const;
  [[nodiscard]] const protocol::Dialect& dialect_of(const Connection& connection) const {
    return *options_.routes[connection.route].dialect;
  }
  [[nodiscard]] RoomStorage storage(store::DocumentStore* store);

  runtime::Loop& loop_;
  std::shared_ptr<Shard*> self_ = std::make_shared<Shard*>(this);  // nullptr in it: it has gone
  ShardOptions options_;
  ops::Log log_;
  Rng rng_;
  net::Server server_;
  RoomHost rooms_;
  DocumentService documents_;
  std::optional<TokenAuthority> tokens_;  // before the sessions, whose gates ask it
  std::vector<Connection> connections_;   // by slot
  std::vector<HttpService*> services_;
  std::unordered_map<RoomName, runtime::TimerId> wakes_;
  std::deque<protocol::ToRoom> to_rooms_;
  JoinPacer pacer_;
  std::optional<runtime::TimerId> pace_timer_;
  bool turn_ends_ = false;  // rooms have asked for its end
  ShardProbe probe_;
  protocol::Actions actions_;                 // scratch of the session being called
  std::vector<net::ConnectionId> receivers_;  // scratch
};

}  // namespace righttask::server
