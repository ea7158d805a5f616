#include "room/room.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "room/presence.h"
#include "room/quota.h"
#include "room/room_awareness.h"
#include "ydoc/codec/state_vector.h"
#include "ydoc/doc.h"
#include "ydoc/update.h"

namespace righttask {
namespace {

ydoc::DocOptions doc_options(const Limits& limits) {
  ydoc::DocOptions options;
  options.pending_bytes_max = limits.pending_bytes_max;
  options.conflict_steps_max = limits.conflict_steps_max;
  options.decode.update_bytes_max = limits.message_bytes_max;
  return options;
}

/// Whether the update holds, deletes or builds on content of what has been deleted. Client ids are
/// drawn at random by each copy of a document, so one that the deleted document knew betrays a copy
/// of that one.
bool builds_on(const ydoc::Update& update, const ydoc::StateVector& deleted) {
  const auto known = [&](ydoc::ClientId client) { return deleted.of(client) > 0; };
  return std::ranges::any_of(update.sections, known, &ydoc::Section::client) ||
         std::ranges::any_of(update.deletes, known, &ydoc::DeleteRange::client) ||
         std::ranges::any_of(update.blocks, [&](const ydoc::Block& block) {
           return (block.has_origin && known(block.origin.client)) ||
                  (block.has_right_origin && known(block.right_origin.client)) ||
                  (block.parent_kind == ydoc::ParentKind::item && known(block.parent_id.client));
         });
}

}  // namespace

/// The room's state, and one function for each message.
struct Room::Impl {
  struct Member {
    Access access;
    std::string author;
  };
  /// Who is to be told once so many updates are stored. Counts never descend.
  struct Waiting {
    std::uint64_t needs;
    MemberId member;
    Ticket ticket;
  };

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
  void on(const SyncRequest& sync, RoomNow now, Effects& out);
  void on(const AwarenessRequest& request, RoomNow now, Effects& out);
  void on(const AwarenessQuery& query, RoomNow now, Effects& out);
  void on(const AccessRequest& change, RoomNow now, Effects& out);
  void on_wake(RoomNow now, Effects& out);

  [[nodiscard]] bool refuse_stranger(MemberId member, const Ticket& ticket, Effects& out) const;
  [[nodiscard]] bool was_deleted(const ydoc::StateVector& have) const;
  [[nodiscard]] bool was_deleted(ByteView update) const;
  [[nodiscard]] Result<ydoc::ApplyResult, ydoc::ApplyFailure> take_in(
      Result<ydoc::ApplyResult, ydoc::ApplyFailure> result, const SharedBytes& update,
      std::optional<MemberId> sender, const std::string& author, Effects& out);
  void persist(SharedBytes update, const std::string& author, Effects& out);
  void accept_when_stored(const UpdateRequest& update, Effects& out);
  void on_stored(std::uint64_t count, RoomNow now, Effects& out);
  void on_storage(StorageState state, Effects& out);
  void announce_presence(Effects& out);
  void announce_awareness(RoomNow now, Effects& out);
  void ask_to_be_woken(Effects& out);

  RoomName name;
  const Limits& limits;
  ydoc::Doc doc;
  ydoc::StateVector buried;  // what a deleted room of this name held
  Quota quota;
  std::unordered_map<MemberId, Member> members;
  PresenceTable presence;
  std::unique_ptr<RoomAwareness> awareness;  // null: nobody has shown anything yet
  std::optional<Instant> close_at;           // the room is empty
  std::optional<Instant> wake_at;            // what the host was asked for last

  std::uint64_t asked = 0;   // updates that were asked to be stored
  std::uint64_t stored = 0;  // of those, the first ones, that are
  std::deque<Waiting> waiting;
  StorageState storage = StorageState::ok;
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
  if (was_deleted(*have)) {
    out.push_back(Send{join.member, join.ticket, Refused{Refusal::room_deleted}});
    return;
  }
  if (limits.members_per_room_max > 0 && members.size() >= limits.members_per_room_max) {
    out.push_back(Send{join.member, join.ticket, Refused{Refusal::room_full}});
    return;
  }
  members.emplace(join.member, Member{join.access, join.author});
  close_at.reset();
  const Bytes nothing = bytes(0, 0);  // the update without structs and deletions
  SharedBytes state = share(join.state_later ? nothing : doc.encode_state_as_update_v1(*have));
  if (have->empty() && !join.state_later) quota.measured(state->size());
  out.push_back(
      Send{join.member, join.ticket, Joined{std::move(state), doc.encode_state_vector_v1()}});
  presence.join(join.member, join.identity, now.wall);
  out.push_back(Send{join.member, {}, presence.state()});
  announce_presence(out);
  if (storage != StorageState::ok) out.push_back(Send{join.member, {}, StorageNotice{storage}});
}

void Room::Impl::on(const LeaveRequest& leave, RoomNow now, Effects& out) {
  if (members.erase(leave.member) == 0) return;
  quota.forget(leave.member);
  if (leave.reason == LeaveReason::left) {
    presence.leave(leave.member);
    announce_presence(out);
    if (awareness) awareness->leave(leave.member, now.monotonic);
  } else {
    const Instant until = now.monotonic + limits.presence_grace;
    presence.lose(leave.member, until);
    if (awareness) awareness->lose(leave.member, now.monotonic, until);
  }
  announce_awareness(now, out);
  if (members.empty()) close_at = now.monotonic + limits.room_idle;
  ask_to_be_woken(out);
}

void Room::Impl::on(const UpdateRequest& update, RoomNow now, Effects& out) {
  if (refuse_stranger(update.member, update.ticket, out)) return;
  const auto refuse = [&](Refusal reason) {
    out.push_back(Send{update.member, update.ticket, Refused{reason}});
  };
  const Member& sender = members.at(update.member);
  if (sender.access == Access::read) return refuse(Refusal::read_only);
  if (was_deleted(*update.update)) return refuse(Refusal::room_deleted);
  const ConnectionId connection = update.member.connection;
  const std::size_t size = update.update->size();
  const auto bounds = quota.bounds(doc, connection, size, now.monotonic);
  const auto result = take_in(doc.apply_update_v1(*update.update, {}, bounds), update.update,
                              update.member, sender.author, out);
  if (!result) return refuse(refusal_of(result.error()));
  quota.took(connection, size, *result);
  if (result->pending_dropped) return refuse(Refusal::pending_limit);
  accept_when_stored(update, out);
}

/// What has been applied: the others are told, then the store. The sender's answer comes behind
/// both: what an acknowledged update changed is on its way to everybody. (ROOM-5)
Result<ydoc::ApplyResult, ydoc::ApplyFailure> Room::Impl::take_in(
    Result<ydoc::ApplyResult, ydoc::ApplyFailure> result, const SharedBytes& update,
    std::optional<MemberId> sender, const std::string& author, Effects& out) {
  if (!result) return result;
  if (result->changed) {
    out.push_back(Broadcast{DocumentUpdate{update}, sender});
    persist(update, author, out);
  }
  // Clients clean up their own copies too, but what they find redundant depends on the order in
  // which updates reach them: without this one, copies could stay different. (ROOM-7)
  if (!result->cleanup_v1.empty()) {
    const SharedBytes cleanup = share(std::move(result->cleanup_v1));
    out.push_back(Broadcast{DocumentUpdate{cleanup}, std::nullopt});
    persist(cleanup, {}, out);
  }
  return result;
}

void Room::Impl::persist(SharedBytes update, const std::string& author, Effects& out) {
  ++asked;
  out.push_back(Persist{std::move(update), author});
}

/// An update that brought nothing new repeats what was asked to be stored before, so it waits for
/// that. (ROOM-18)
void Room::Impl::accept_when_stored(const UpdateRequest& update, Effects& out) {
  if (stored == asked) {
    out.push_back(Send{update.member, update.ticket, Accepted{}});
  } else if (storage != StorageState::ok || waiting.size() >= kWaitingMax) {
    out.push_back(Send{update.member, update.ticket, Refused{Refusal::storage_unavailable}});
  } else {
    waiting.push_back({asked, update.member, update.ticket});
  }
}

void Room::Impl::on_stored(std::uint64_t count, RoomNow now, Effects& out) {
  CHECK(count >= stored && count <= asked);
  stored = count;
  for (; !waiting.empty() && waiting.front().needs <= stored; waiting.pop_front()) {
    out.push_back(Send{waiting.front().member, waiting.front().ticket, Accepted{}});
  }
  if (stored == asked && close_at && *close_at <= now.monotonic) out.push_back(Close{});
}

void Room::Impl::on_storage(StorageState state, Effects& out) {
  if (state == std::exchange(storage, state)) return;
  if (state != StorageState::ok) {
    for (const Waiting& one : waiting) {
      out.push_back(Send{one.member, one.ticket, Refused{Refusal::storage_unavailable}});
    }
    waiting.clear();
  }
  if (!members.empty()) out.push_back(Broadcast{StorageNotice{state}, std::nullopt});
}

void Room::Impl::on(const RelayRequest& relay, RoomNow now, Effects& out) {
  if (!members.contains(relay.member)) return;
  if (!quota.take_relay(relay.member, members.size(), now.monotonic)) {
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

void Room::Impl::on(const SyncRequest& sync, RoomNow now, Effects& out) {
  if (refuse_stranger(sync.member, sync.ticket, out)) return;
  const auto refuse = [&](Refusal reason) {
    out.push_back(Send{sync.member, sync.ticket, Refused{reason}});
  };
  if (!quota.take_sync(sync.member, now.monotonic)) return refuse(Refusal::rate_limited);
  const auto have = ydoc::StateVector::decode(sync.state_vector);
  if (!have) return refuse(Refusal::invalid_state_vector);
  if (was_deleted(*have)) return refuse(Refusal::room_deleted);
  SharedBytes state = share(doc.encode_state_as_update_v1(*have));
  if (have->empty()) quota.measured(state->size());
  out.push_back(
      Send{sync.member, sync.ticket, SyncAnswer{std::move(state), doc.encode_state_vector_v1()}});
  if (awareness && !awareness->empty()) out.push_back(Send{sync.member, {}, awareness->state()});
}

void Room::Impl::on(const AwarenessRequest& request, RoomNow now, Effects& out) {
  if (refuse_stranger(request.member, request.ticket, out)) return;
  const auto refuse = [&](Refusal reason) {
    out.push_back(Send{request.member, request.ticket, Refused{reason}});
  };
  if (!quota.takes_awareness(request.member, now.monotonic)) return refuse(Refusal::rate_limited);
  if (!awareness) awareness = std::make_unique<RoomAwareness>(limits);
  const auto news = awareness->take(request, now.monotonic);
  if (!news) return refuse(news.error());
  if (!*news) return;
  quota.took_awareness(request.member, now.monotonic);
  announce_awareness(now, out);
  ask_to_be_woken(out);
}

void Room::Impl::on(const AwarenessQuery& query, RoomNow now, Effects& out) {
  if (refuse_stranger(query.member, query.ticket, out)) return;
  if (!quota.take_sync(query.member, now.monotonic)) {
    out.push_back(Send{query.member, query.ticket, Refused{Refusal::rate_limited}});
  } else if (awareness) {
    out.push_back(Send{query.member, query.ticket, awareness->state()});
  }
}

void Room::Impl::on(const AccessRequest& change, RoomNow, Effects& out) {
  const auto member = members.find(change.member);
  if (member == members.end()) return;
  const Access before = std::exchange(member->second.access, change.access);
  if (before == Access::read && change.access == Access::read_write) {
    out.push_back(Send{change.member, {}, SyncAsked{doc.encode_state_vector_v1()}});
  }
}

void Room::Impl::on_wake(RoomNow now, Effects& out) {
  wake_at.reset();
  presence.expire(now.monotonic);
  announce_presence(out);
  if (awareness) awareness->expire(now.monotonic);
  announce_awareness(now, out);
  if (close_at && *close_at <= now.monotonic) {
    if (stored == asked) out.push_back(Close{});  // else on_stored does it
    return;
  }
  ask_to_be_woken(out);
}

bool Room::Impl::refuse_stranger(MemberId member, const Ticket& ticket, Effects& out) const {
  if (members.contains(member)) return false;
  out.push_back(Send{member, ticket, Refused{Refusal::not_joined}});
  return true;
}

bool Room::Impl::was_deleted(const ydoc::StateVector& have) const {
  if (buried.empty()) return false;
  return std::ranges::any_of(have.entries(), [&](const ydoc::StateVector::Entry& entry) {
    return entry.clock > 0 && buried.of(entry.client) > 0;
  });
}

bool Room::Impl::was_deleted(ByteView update) const {
  if (buried.empty()) return false;
  const auto decoded = ydoc::Update::decode_v1(update, doc_options(limits).decode);
  return decoded && builds_on(*decoded, buried);
}

/// Tells what has changed since it was last told. The one place where a turn's changes leave, so
/// that they can be gathered here over a longer time.
void Room::Impl::announce_presence(Effects& out) {
  auto diff = presence.take_changes();
  if (diff && !members.empty()) out.push_back(Broadcast{*std::move(diff), std::nullopt});
}

void Room::Impl::announce_awareness(RoomNow now, Effects& out) {
  if (!awareness) return;
  if (auto due = awareness->take_due(members.size(), now.monotonic)) {
    out.push_back(*std::move(due));
  }
}

/// A wake that comes too early does no harm, so an earlier one is left standing.
void Room::Impl::ask_to_be_woken(Effects& out) {
  std::optional<Instant> next = close_at;
  const auto by = [&next](std::optional<Instant> time) {
    if (time && (!next || *time < *next)) next = time;
  };
  by(presence.next_expiry());
  if (awareness) by(awareness->next_wake());
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

Result<void, std::string> Room::restore(ByteView update) {
  const auto decoded = ydoc::Update::decode_v1(update, ydoc::DecodeLimits::trusted());
  if (!decoded) return fail(std::string(to_string(decoded.error())));
  const auto applied = impl_->doc.apply(*decoded, {}, {.drops_nothing = true});
  if (!applied) return fail(std::string(applied.error().text()));
  return {};
}

void Room::bury(ydoc::StateVector deleted) {
  impl_->buried = std::move(deleted);
}

void Room::on_stored(std::uint64_t count, RoomNow now, Effects& out) {
  impl_->on_stored(count, now, out);
}

void Room::on_storage(StorageState state, Effects& out) {
  impl_->on_storage(state, out);
}

Result<void, std::string> Room::edit(const SharedBytes& update, const std::string& author,
                                     Effects& out) {
  const auto decoded = ydoc::Update::decode_v1(*update, ydoc::DecodeLimits::trusted());
  if (!decoded) return fail(std::string(to_string(decoded.error())));
  if (!impl_->buried.empty() && builds_on(*decoded, impl_->buried)) {
    return fail(std::string(to_string(Refusal::room_deleted)));
  }
  const auto result = impl_->take_in(impl_->doc.apply(*decoded), update, std::nullopt, author, out);
  if (!result) return fail(std::string(result.error().text()));
  impl_->quota.measured(impl_->doc.encode_state_as_update_v1().size());
  if (result->pending_dropped) return fail(std::string("more of it would wait than may"));
  return {};
}

// Of 32 bits, as Yjs draws its own.
ydoc::ClientId Room::unused_client(Rng& rng) const {
  const ydoc::StateVector here = impl_->doc.state_vector();
  const auto waiting = impl_->doc.missing();
  for (;;) {
    const ydoc::ClientId id = rng.next() >> 32;
    const bool waits = std::ranges::any_of(
        waiting, [id](const ydoc::MissingClock& missing) { return missing.client == id; });
    if (id != 0 && !here.contains(id) && !impl_->buried.contains(id) && !waits) return id;
  }
}

void Room::start_idle(RoomNow now, Effects& out) {
  CHECK(impl_->members.empty());
  impl_->close_at = now.monotonic + impl_->limits.room_idle;
  impl_->ask_to_be_woken(out);
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

std::string Room::author_of(MemberId member) const {
  const auto found = impl_->members.find(member);
  return found == impl_->members.end() ? std::string() : found->second.author;
}

AwarenessTableProbe Room::awareness_probe() const {
  return impl_->awareness ? impl_->awareness->probe() : AwarenessTableProbe();
}

const ydoc::Doc& Room::document() const {
  return impl_->doc;
}

}  // namespace righttask
