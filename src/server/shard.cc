#include "server/shard.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "net/handshake.h"
#include "net/url.h"
#include "net/websocket.h"
#include "server/local_request.h"
#include "server/metrics.h"
#include "server/metrics_listener.h"

namespace righttask::server {
namespace {

/// How often those joins that wait are looked at.
constexpr std::chrono::milliseconds kPaceStep{10};

net::ServerOptions net_options(const ShardOptions& shard) {
  const Limits& limits = shard.limits;
  net::ServerOptions options;
  options.http.head_bytes_max = limits.http_header_bytes_max;
  options.http.body_bytes_max = limits.http_body_bytes_max;
  options.websocket.message_bytes_max = limits.message_bytes_max;
  options.outbox_bytes_max = limits.outbox_bytes_max;
  options.owed_bytes_max = limits.join_state_bytes_max;
  options.connections_max = limits.connections_max;
  options.connections_per_address_max = limits.connections_per_address_max;
  options.receive_bytes_per_second_min = limits.receive_bytes_per_second_min;
  options.message_time_max = limits.message_time_max;
  options.incomplete_bytes_max = limits.incomplete_bytes_max;
  options.message_rate = {limits.messages_per_second_max, limits.rate_burst};
  options.byte_rate = {limits.bytes_per_second_max, limits.rate_burst};
  options.half_open_max = limits.half_open_connections_max;
  options.request_time_max = limits.http_request_time_max;
  options.idle_time_max = limits.idle_time_max;
  options.proxies = shard.proxies;
  options.compress_above_bytes = shard.compress_above_bytes;
  options.seed = shard.seed;
  return options;
}

// The same number under two names, so that net need not know the model.
ConnectionId to_model(net::ConnectionId id) {
  return ConnectionId(id.value());
}
net::ConnectionId to_net(ConnectionId id) {
  return net::ConnectionId(id.value());
}
std::size_t slot_of(ConnectionId id) {
  return net::slot_of(to_net(id));
}

net::HttpResponse empty_response(int status) {
  net::HttpResponse response;
  response.status = status;
  return response;
}

UnixSeconds wall_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// What a close code says about the member: only a goodbye of its own is a leave.
LeaveReason leave_reason(std::uint16_t code, bool clean) {
  const bool goodbye = clean && (code == 1000 || code == 1001 || code == 1005);
  return goodbye ? LeaveReason::left : LeaveReason::lost;
}

}  // namespace

Shard::Shard(runtime::Loop& loop, ShardOptions options, ops::Log log)
    : loop_(loop),
      options_(std::move(options)),
      log_(std::move(log)),
      rng_(options_.seed),
      server_(loop, *this, net_options(options_)),
      rooms_(options_.limits, rng_, log_, *this, storage(options_.store)),
      documents_(rooms_, storage(options_.store), options_.limits),
      pacer_(options_.limits) {
  if (options_.tokens) {
    tokens_.emplace(*std::exchange(options_.tokens, {}), wall_now, log_,
                    options_.limits.first_join_time_max);
    watch_grants();
  }
}

Shard::~Shard() {
  rooms_.flush();
  *self_ = nullptr;
}

/// Answers of the store come as tasks of the loop, behind which there may be messages to rooms. The
/// store outlives the shard and answers everything, so they may come when there is none.
RoomStorage Shard::storage(store::DocumentStore* store) {
  return {store, [&loop = loop_, self = self_](runtime::Task answer) {
            loop.post_answer([self, answer = std::move(answer)]() mutable {
              if (*self == nullptr) return;
              answer();
              (*self)->settle();
            });
          }};
}

void Shard::use_keys(auth::KeySet keys) {
  CHECK(tokens_.has_value());
  tokens_->use(std::move(keys));
}

// ---- HTTP ------------------------------------------------------------------------------------

net::HttpReply Shard::on_request(net::ConnectionId id, const net::HttpRequest& request) {
  if (auto refused = refuse_by_transport(options_.transport, request)) {
    probe_.count(ConnectRefusal::transport);
    return *std::move(refused);
  }
  for (HttpService* service : services_) {
    if (auto reply = service->handle(id, request)) return *std::move(reply);
  }
  const auto route = std::ranges::find(options_.routes, request.path, &Route::path);
  if (route != options_.routes.end()) return open_session(id, request, *route);
  auto response = serve(request);
  add_transport_security(options_.transport, request, response);
  return response;
}

// A refusal outranks a malformed upgrade, as in Phoenix: query, origin, token, connect, handshake.
net::HttpReply Shard::open_session(net::ConnectionId id, const net::HttpRequest& request,
                                   const Route& route) {
  if (request.method != "GET") return refuse(ConnectRefusal::malformed, empty_response(400));
  const auto query = net::QueryParameters::parse(request.query);
  if (!query) return refuse(ConnectRefusal::malformed, net::error_response(400));
  if (request.headers.find("Origin") && !allows_origin(request)) {  // without: no page's
    return refuse(ConnectRefusal::origin, empty_response(403));
  }

  std::unique_ptr<protocol::Gate> gate;
  if (tokens_) {
    auto opened = tokens_->open(to_model(id), token_of(request, *query),
                                printable_target(request) + " from " + request.client.ip_text());
    if (!opened) {
      const auto reason = opened.error() == Refusal::expired ? ConnectRefusal::expired
                                                             : ConnectRefusal::unauthorized;
      return refuse(reason, net::text_response(403, std::string(to_string(opened.error())) + "\n"));
    }
    gate = *std::move(opened);
  }
  auto session = route.dialect->open({.connection = to_model(id),
                                      .path = request.path,
                                      .query = {query->begin(), query->end()},
                                      .gate = std::move(gate)});
  if (!session) return refuse(ConnectRefusal::protocol, empty_response(session.error()));
  if (!net::is_websocket_upgrade(request)) {
    return refuse(ConnectRefusal::malformed,
                  net::text_response(400, "this address speaks WebSocket\n"));
  }

  const std::size_t slot = net::slot_of(id);
  if (slot >= connections_.size()) connections_.resize(slot + 1);
  connections_[slot] = {*std::move(session), net::generation_of(id),
                        static_cast<std::uint32_t>(&route - options_.routes.data())};
  net::Upgrade upgrade;
  const auto offered = net::offered_subprotocols(request);
  const std::string_view spoken = route.dialect->subprotocol();
  if (std::ranges::find(offered, spoken) != offered.end()) {
    upgrade.headers.emplace_back("Sec-WebSocket-Protocol", spoken);
  }
  return upgrade;
}

bool Shard::allows_origin(const net::HttpRequest& request) const {
  if (!options_.transport.refuse_forwarded || is_for_loopback(request)) {
    return options_.origins.allows(request);
  }
  // A name that was made to lead to the reader's own machine makes the page that it serves look
  // like one of ours, and that need not even say where it is from. (Spec: HTTP-24)
  return request.headers.find("Origin") && options_.origins.allows(request, false);
}

Result<protocol::Admission, EntryRefusal> Shard::enter(const net::HttpRequest& request,
                                                       const RoomName& room) {
  if (!allows_origin(request)) {
    return fail(EntryRefusal{403, "pages of that origin are not let in"});
  }
  if (!tokens_) return protocol::Admission{};
  const auto query = net::QueryParameters::parse(request.query);
  if (!query) return fail(EntryRefusal{400, "the query cannot be decoded"});
  auto admission = tokens_->enter(room, token_of(request, *query));
  if (admission) return *std::move(admission);
  if (admission.error() == Refusal::forbidden) {
    return fail(EntryRefusal{403, "the token does not open this room"});
  }
  return fail(EntryRefusal{401, admission.error() == Refusal::expired
                                    ? "the token has expired"
                                    : "show a token that opens this room"});
}

net::HttpResponse Shard::refuse(ConnectRefusal reason, net::HttpResponse response) {
  probe_.count(reason);
  return response;
}

net::HttpResponse Shard::serve(const net::HttpRequest& request) const {
  if (request.path == "/healthz" || request.path == "/readyz") {
    const StorageState storage = rooms_.storage();
    const bool well = storage == StorageState::ok;
    auto response = net::text_response(
        well || request.path == "/healthz" ? 200 : 503,
        well ? "ok\n" : "degraded: storage " + std::string(to_string(storage)) + "\n");
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
  }
  if (request.path == kMetricsPath) {
    const bool shown = options_.local_metrics && is_local(request);
    return shown ? metrics_response(request, [this] { return metrics(); })
                 : net::error_response(404);
  }
  if (options_.pages) return options_.pages->respond(request);
  return net::error_response(404);
}

// ---- connections and their sessions ------------------------------------------------------------

void Shard::on_open(net::ConnectionId) {}

void Shard::on_message(net::ConnectionId id, net::MessageKind kind, ByteView payload) {
  Connection* connection = find(to_model(id));
  if (connection == nullptr) return;
  const auto frame_kind =
      kind == net::MessageKind::text ? protocol::FrameKind::text : protocol::FrameKind::binary;
  connection->session->on_frame(frame_kind, payload, actions_);
  carry_out(to_model(id), net::Server::Budget::counted);
  settle();
}

void Shard::on_close(net::ConnectionId id, std::uint16_t code, bool clean) {
  Connection* connection = find(to_model(id));
  if (connection == nullptr) return;
  const std::unique_ptr<protocol::Session> session = std::move(connection->session);
  *connection = {};
  session->on_close(leave_reason(code, clean), actions_);
  carry_out(to_model(id), net::Server::Budget::counted);
  settle();
}

/// Carries out, in order, what a session has asked for in `actions_`.
void Shard::carry_out(ConnectionId id, net::Server::Budget budget) {
  for (protocol::Action& action : actions_) {
    if (auto* send = std::get_if<protocol::SendFrame>(&action)) {
      const auto kind = send->frame.kind == protocol::FrameKind::text ? net::MessageKind::text
                                                                      : net::MessageKind::binary;
      server_.send(to_net(id), net::frame(kind, send->frame.payload), budget);
      if (!send->refusal.empty()) probe_.refusals.count(send->refusal);
    } else if (auto* request = std::get_if<protocol::ToRoom>(&action)) {
      to_rooms_.push_back(std::move(*request));
    } else if (const auto* change = std::get_if<protocol::ChangeAudience>(&action)) {
      rooms_.change_audience(change->room, change->member);
    } else if (const auto* close = std::get_if<protocol::CloseConnection>(&action)) {
      server_.close(to_net(id), close->code, close->reason);
    }
  }
  actions_.clear();
}

/// Brings what sessions asked of rooms to the rooms, what has become of rights to both, and what
/// that leads to.
void Shard::settle() {
  for (tell_rights(); !to_rooms_.empty(); tell_rights()) {
    protocol::ToRoom request = std::move(to_rooms_.front());
    to_rooms_.pop_front();
    if (std::holds_alternative<UpdateRequest>(request.message)) ++probe_.updates_received;
    if (!held_up(request)) bring(request);
  }
}

void Shard::bring(const protocol::ToRoom& request) {
  rooms_.on(request.room, request.message, now());
}

/// Whether the request is not for its room, or not yet: joins have their pace.
bool Shard::held_up(protocol::ToRoom& request) {
  if (const auto* leave = std::get_if<LeaveRequest>(&request.message)) {
    return pacer_.cancel(leave->member);
  }
  if (const auto* change = std::get_if<AccessRequest>(&request.message)) {
    return pacer_.change(change->member, change->access);
  }
  const auto* join = std::get_if<JoinRequest>(&request.message);
  if (join == nullptr) return false;
  switch (pacer_.offer(request, loop_.now())) {
    case JoinPacer::Turn::now:
      return false;
    case JoinPacer::Turn::later:
      ++probe_.joins_held;
      let_in_later();
      return true;
    case JoinPacer::Turn::refuse:
      deliver(join->member, join->ticket, Refused{Refusal::rate_limited});
      return true;
  }
  return false;
}

void Shard::let_in_later() {
  if (pace_timer_) return;
  pace_timer_ = loop_.call_after(kPaceStep, [this] {
    pace_timer_.reset();
    while (const auto join = pacer_.next(loop_.now())) {
      bring(*join);
    }
    settle();
    if (pacer_.waiting() > 0) let_in_later();
  });
}

// ---- rights while they are used ----------------------------------------------------------------

void Shard::watch_grants() {
  loop_.call_after(std::chrono::seconds(1), [this] {
    tokens_->sweep();
    settle();
    watch_grants();
  });
}

/// Returns how many memberships have ended.
std::size_t Shard::tell_rights() {
  if (!tokens_) return 0;
  std::size_t ended = 0;
  for (auto notices = tokens_->take_notices(); !notices.empty();
       notices = tokens_->take_notices()) {
    for (const RightsNotice& notice : notices) ended += tell_rights(notice);
  }
  return ended;
}

std::size_t Shard::tell_rights(const RightsNotice& notice) {
  Connection* connection = find(notice.connection);
  if (connection == nullptr) return 0;
  const auto* of = std::get_if<RightsNotice::OfChannel>(&notice.what);
  if (of == nullptr) {
    connection->session->on_grant_ended(std::get<protocol::GrantEnd>(notice.what), actions_);
    carry_out(notice.connection, net::Server::Budget::counted);
    return 0;
  }
  connection->session->on_rights(of->channel, of->change, actions_);
  carry_out(notice.connection, net::Server::Budget::counted);
  if (const auto* changed = std::get_if<protocol::AccessChanged>(&of->change)) {
    const MemberId member{notice.connection, of->channel};
    to_rooms_.push_back({of->room, AccessRequest{member, changed->access}});
  }
  return std::holds_alternative<protocol::GrantEnded>(of->change) ? 1 : 0;
}

// ---- what rooms ask for ----------------------------------------------------------------------

void Shard::deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) {
  Connection* connection = find(to.connection);
  if (connection == nullptr) return;
  connection->session->on_message(to.channel, ticket, message, actions_);
  if (std::holds_alternative<Joined>(message)) ++probe_.joins;
  // The state that a newcomer is owed may be larger than what a slow reader may leave waiting.
  const bool owed =
      std::holds_alternative<Joined>(message) || std::holds_alternative<SyncAnswer>(message);
  carry_out(to.connection, owed ? net::Server::Budget::exempt : net::Server::Budget::counted);
}

std::optional<RoomOutlet::Reception> Shard::reception(MemberId member) const {
  const Connection* connection = find(member.connection);
  if (connection == nullptr) return std::nullopt;
  return Reception{&dialect_of(*connection), connection->session->audience(member.channel)};
}

void Shard::send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) {
  receivers_.clear();
  for (const ConnectionId id : to) receivers_.push_back(to_net(id));
  const auto kind =
      frame.kind == protocol::FrameKind::text ? net::MessageKind::text : net::MessageKind::binary;
  server_.send_many(receivers_, net::frame(kind, frame.payload));
}

void Shard::close(ConnectionId id) {
  server_.close(to_net(id), 1011, "what it sent broke the room");
}

/// Before the server sends what has gathered, so that what a turn's end adds leaves with it; and in
/// any case.
void Shard::flush_soon() {
  if (std::exchange(turn_ends_, true)) return;
  loop_.at_end_of_turn([this] { end_turn(); });
}

void Shard::end_turn() {
  if (!std::exchange(turn_ends_, false)) return;
  rooms_.flush();
  settle();
}

void Shard::call_after(Duration delay, runtime::Task task) {
  loop_.call_after(delay, [this, task = std::move(task)]() mutable {
    task();
    settle();
  });
}

void Shard::wake_at(const RoomName& room, Instant when) {
  forget_wake(room);
  const auto wake = [this, room] {
    wakes_.erase(room);
    rooms_.wake(room, now());
    settle();
  };
  wakes_.emplace(room, loop_.call_at(when, wake));
}

void Shard::forget_wake(const RoomName& room) {
  const auto found = wakes_.find(room);
  if (found == wakes_.end()) return;
  loop_.cancel(found->second);
  wakes_.erase(found);
}

// ---- metrics ---------------------------------------------------------------------------------

std::string Shard::metrics() const {
  return metrics_text(
      {.version = options_.version,
       .process = ops::read_process_stats(),
       .net = server_.probe(),
       .shard = probe(),
       .host = rooms_.probe(),
       .rooms = rooms_.rooms(),
       .store = options_.store != nullptr ? std::optional(options_.store->probe()) : std::nullopt});
}

// ---- small things ----------------------------------------------------------------------------

const Shard::Connection* Shard::find(ConnectionId id) const {
  const std::size_t slot = slot_of(id);
  if (slot >= connections_.size()) return nullptr;
  const Connection& connection = connections_[slot];
  const bool same = connection.generation == net::generation_of(to_net(id));
  return connection.session && same ? &connection : nullptr;
}

Shard::Connection* Shard::find(ConnectionId id) {
  return const_cast<Connection*>(std::as_const(*this).find(id));
}

ShardProbe Shard::probe() const {
  ShardProbe probe = probe_;
  probe.joins_waiting = pacer_.waiting();
  return probe;
}

RoomNow Shard::now() const {
  return {loop_.now(), wall_now()};
}

}  // namespace righttask::server
