#include "room/room.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "room/presence.h"
#include "room/quota.h"
#include "ydoc/codec/state_vector.h"
#include "ydoc/doc.h"

namespace righttask {
namespace {

ydoc::DocOptions doc_options(const Limits& limits) {
  ydoc::DocOptions options;
  options.pending_bytes_max = limits.pending_bytes_max;
  options.decode.update_bytes_max = limits.message_bytes_max;
  return options;
}

}  // namespace

/// The room's state, and one function for each message.
struct Room::Impl {
  Impl(RoomName room_name, const Limits& room_limits, Rng& rng)
      : name(std::move(room_name)),
        limits(room_limits),
        doc(doc_options(room_limits)),
        quota(room_limits),
        presence(rng) {}

  void on(const JoinRequest& join, RoomNow now, Effects& out);
  void on(const LeaveRequest& leave, RoomNow now, Effects& out);
  void on(const UpdateRequest& update, RoomNow now, Effects& out);
  void on(const RelayRequest& relay, RoomNow now, Effects& out);
  void on(const PresenceRequest& request, RoomNow now, Effects& out);
  void on_wake(RoomNow now, Effects& out);

  [[nodiscard]] bool refuse_stranger(MemberId member, const Ticket& ticket, Effects& out) const;
  void announce_presence(Effects& out);
  void ask_to_be_woken(Effects& out);

  RoomName name;
  const Limits& limits;
  ydoc::Doc doc;
  Quota quota;
  std::unordered_map<MemberId, Access> members;
  PresenceTable presence;
  std::optional<Instant> close_at;  // the room is empty
  std::optional<Instant> wake_at;   // what the host was asked for last
};

// The answer comes before anything else that the newcomer gets, and the state before the diff that
// announces the newcomer to everybody. (ROOM-2, ROOM-3)
void Room::Impl::on(const JoinRequest& join, RoomNow now, Effects& out) {
  CHECK(!members.contains(join.member));
  const auto have = join.state_vector ? ydoc::StateVector::decode(*join.state_vector)
                                      : Decoded<ydoc::StateVector>();
  if (!have) {
    out.push_back(Send{join.member, join.ticket, Refused{Refusal::invalid_state_vector}});
    return;
  }
  if (limits.members_per_room_max > 0 && members.size() >= limits.members_per_room_max) {
    out.push_back(Send{join.member, join.ticket, Refused{Refusal::room_full}});
    return;
  }
  members.emplace(join.member, join.access);
  close_at.reset();
  SharedBytes state = share(doc.encode_state_as_update_v1(*have));
  if (have->empty()) quota.measured(state->size());
  out.push_back(
      Send{join.member, join.ticket, Joined{std::move(state), doc.encode_state_vector_v1()}});
  presence.join(join.member, join.identity, now.wall);
  out.push_back(Send{join.member, {}, presence.state()});
  announce_presence(out);
}

void Room::Impl::on(const LeaveRequest& leave, RoomNow now, Effects& out) {
  if (members.erase(leave.member) == 0) return;
  quota.forget(leave.member);
  if (leave.reason == LeaveReason::left) {
    presence.leave(leave.member);
    announce_presence(out);
  } else {
    presence.lose(leave.member, now.monotonic + limits.presence_grace);
  }
  if (members.empty()) close_at = now.monotonic + limits.room_idle;
  ask_to_be_woken(out);
}

// The others are told first, then the sender: what an acknowledged update changed is on its way to
// everybody. (ROOM-5)
void Room::Impl::on(const UpdateRequest& update, RoomNow now, Effects& out) {
  if (refuse_stranger(update.member, update.ticket, out)) return;
  const auto answer = [&](ServerMessage message) {
    out.push_back(Send{update.member, update.ticket, std::move(message)});
  };
  if (members.at(update.member) == Access::read) return answer(Refused{Refusal::read_only});

  const ConnectionId sender = update.member.connection;
  const std::size_t size = update.update->size();
  const auto result =
      doc.apply_update_v1(*update.update, {}, quota.bounds(doc, sender, size, now.monotonic));
  if (!result) return answer(Refused{refusal_of(result.error())});
  quota.took(sender, size, *result);
  if (result->changed) out.push_back(Broadcast{DocumentUpdate{update.update}, update.member});
  // Clients clean up their own copies too, but what they find redundant depends on the order in
  // which updates reach them: without this one, copies could stay different. (ROOM-7)
  if (!result->cleanup_v1.empty()) {
    out.push_back(Broadcast{DocumentUpdate{share(result->cleanup_v1)}, std::nullopt});
  }
  if (result->pending_dropped) return answer(Refused{Refusal::pending_limit});
  answer(Accepted{});
}

void Room::Impl::on(const RelayRequest& relay, RoomNow now, Effects& out) {
  if (!members.contains(relay.member)) return;
  if (!quota.take_awareness(relay.member, now.monotonic)) {
    out.push_back(Send{relay.member, relay.ticket, Refused{Refusal::rate_limited}});
    return;
  }
  out.push_back(Broadcast{Relayed{relay.event, relay.json}, relay.member});
}

void Room::Impl::on(const PresenceRequest& request, RoomNow, Effects& out) {
  if (refuse_stranger(request.member, request.ticket, out)) return;
  presence.change(request.member, request.fields);
  announce_presence(out);
  out.push_back(Send{request.member, request.ticket, Accepted{}});
}

void Room::Impl::on_wake(RoomNow now, Effects& out) {
  wake_at.reset();
  presence.expire(now.monotonic);
  announce_presence(out);
  if (close_at && *close_at <= now.monotonic) {
    out.push_back(Close{});
    return;
  }
  ask_to_be_woken(out);
}

bool Room::Impl::refuse_stranger(MemberId member, const Ticket& ticket, Effects& out) const {
  if (members.contains(member)) return false;
  out.push_back(Send{member, ticket, Refused{Refusal::not_joined}});
  return true;
}

/// Tells what has changed since it was last told. The one place where a turn's changes leave, so
/// that they can be gathered here over a longer time.
void Room::Impl::announce_presence(Effects& out) {
  auto diff = presence.take_changes();
  if (diff && !members.empty()) out.push_back(Broadcast{*std::move(diff), std::nullopt});
}

/// A wake that comes too early does no harm, so an earlier one is left standing.
void Room::Impl::ask_to_be_woken(Effects& out) {
  std::optional<Instant> next = close_at;
  if (const auto expiry = presence.next_expiry(); expiry && (!next || *expiry < *next)) {
    next = expiry;
  }
  if (!next || (wake_at && *wake_at <= *next)) return;
  wake_at = next;
  out.push_back(WakeAt{*next});
}

// ---- the contract's functions ----------------------------------------------------------------

Room::Room(RoomName name, const Limits& limits, Rng& rng)
    : impl_(std::make_unique<Impl>(std::move(name), limits, rng)) {}
Room::~Room() = default;
Room::Room(Room&&) noexcept = default;
Room& Room::operator=(Room&&) noexcept = default;

void Room::on(const RoomMessage& message, RoomNow now, Effects& out) {
  std::visit([&](const auto& m) { impl_->on(m, now, out); }, message);
}

void Room::on_wake(RoomNow now, Effects& out) {
  impl_->on_wake(now, out);
}

const RoomName& Room::name() const {
  return impl_->name;
}

std::size_t Room::members() const {
  return impl_->members.size();
}

}  // namespace righttask
