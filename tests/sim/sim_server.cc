#include "sim_server.h"

#include "ops/log.h"

namespace righttask::sim {
namespace {

constexpr std::size_t kMessageBytes = 64;  // what a message counts for beside its content

std::size_t size_of(const ServerMessage& message) {
  const auto* joined = std::get_if<Joined>(&message);
  return kMessageBytes + (joined != nullptr ? joined->state->size() : 0);
}

}  // namespace

std::optional<protocol::Frame> SimDialect::encode_broadcast(const protocol::Audience&,
                                                            const ServerMessage& message) const {
  Bytes out;
  if (const auto* update = std::get_if<DocumentUpdate>(&message)) {
    out.push_back(static_cast<std::uint8_t>(Kind::update));
    append(out, *update->update);
  } else if (const auto* notice = std::get_if<StorageNotice>(&message)) {
    out = bytes(Kind::storage, notice->state);
  } else {
    return std::nullopt;
  }
  return protocol::Frame{protocol::FrameKind::binary, std::move(out)};
}

SimServer::SimServer(SimClock& clock, Rng& rng, SimStore& store, const Limits& limits, Plant plant)
    : clock_(clock),
      store_(store),
      limits_(limits),
      plant_(plant),
      host_(limits_, rng, ops::open_log("off"), *this,
            {&store, [this](runtime::Task task) { soon(std::move(task)); }}) {}

ConnectionId SimServer::connect(Peer peer) {
  const ConnectionId id(next_connection_++);
  connections_[id].peer = std::move(peer);
  return id;
}

void SimServer::disconnect(ConnectionId id) {
  const auto node = connections_.extract(id);
  if (node.empty()) return;
  for (const auto& [member, room] : node.mapped().members) {
    host_.on(room, LeaveRequest{member, LeaveReason::lost}, now());
  }
}

void SimServer::receive(const RoomName& room, const RoomMessage& message) {
  if (const auto* join = std::get_if<JoinRequest>(&message)) {
    const auto found = connections_.find(join->member.connection);
    if (found == connections_.end()) return;
    found->second.members.emplace(join->member, room);
  }
  host_.on(room, message, now());
}

std::optional<ToClient> SimServer::take(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.outbox.empty()) return std::nullopt;
  auto [message, bytes] = std::move(found->second.outbox.front());
  found->second.outbox.pop_front();
  found->second.outbox_bytes -= bytes;
  return std::move(message);
}

// ---- what rooms ask for -------------------------------------------------------------------------

void SimServer::deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) {
  const bool joined = std::holds_alternative<Joined>(message);
  if (joined) {
    const auto found = connections_.find(to.connection);
    if (found != connections_.end() && !store_.has_loaded(found->second.members.at(to))) {
      throw Violation("a member was answered from a room that is not loaded");
    }
  }
  // As net::Server has it: the state that a newcomer is owed does not count.
  put(to.connection, Direct{to.channel, ticket, message}, joined ? 0 : size_of(message));
}

std::optional<server::RoomOutlet::Reception> SimServer::reception(MemberId member) const {
  if (!connections_.contains(member.connection)) return std::nullopt;
  return Reception{&dialect_, {}};
}

void SimServer::send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) {
  for (const ConnectionId id : to) put(id, frame.payload, kMessageBytes + frame.payload.size());
}

void SimServer::put(ConnectionId id, ToClient message, std::size_t bytes) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if (bytes > 0 && connection.outbox_bytes > limits_.outbox_bytes_max) {
    if (plant_ != Plant::drop_on_full_outbox) close(id);
    return;
  }
  connection.outbox.emplace_back(std::move(message), bytes);
  connection.outbox_bytes += bytes;
  connection.peer.has_mail();
}

/// Not within this call, in which a room may be under way.
void SimServer::close(ConnectionId id) {
  soon([this, id] {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const auto lost = found->second.peer.lost;
    disconnect(id);
    lost();
  });
}

void SimServer::wake_at(const RoomName& room, Instant when) {
  wakes_.insert_or_assign(room, when);
  clock_.after(when - clock_.now(), SimClock::Owner::process, [this, room, when] {
    const auto found = wakes_.find(room);
    if (found == wakes_.end() || found->second != when) return;  // another time was asked for
    wakes_.erase(found);
    host_.wake(room, now());
  });
}

void SimServer::flush_soon() {
  if (std::exchange(flushing_, true)) return;
  soon([this] {
    flushing_ = false;
    host_.flush();
  });
}

void SimServer::call_after(Duration delay, runtime::Task task) {
  clock_.after(delay, SimClock::Owner::process, std::move(task));
}

RoomNow SimServer::now() const {
  const auto since = std::chrono::duration_cast<seconds>(clock_.now().time_since_epoch());
  return {clock_.now(), UnixSeconds(seconds(1'700'000'000) + since)};
}

}  // namespace righttask::sim
