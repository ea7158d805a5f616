#include "room/room.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "base/check.h"
#include "room/quota.h"
#include "room/room_awareness.h"
#include "room/room_document.h"
#include "room/roster.h"
#include "ydoc/codec/state_vector.h"
#include "ydoc/doc.h"
#include "ydoc/update.h"

namespace righttask {
namespace {

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
  /// Who is to be told once so many updates are stored. Counts never descend.
  struct Waiting {
    std::uint64_t needs;
    MemberId member;
    Ticket ticket;
  };

  Impl(RoomName room_name, const Limits& room_limits, Rng& rng)
      : name(std::move(room_name)),
        limits(room_limits),
        document(room_limits),
        quota(room_limits),
        roster(rng) {}

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
  void let_document_rest(RoomNow now);
  void on_turn_end(RoomNow now, Effects& out);
  void await_turn_end(Effects& out);
  void announce_changes(RoomNow now, Effects& out);
  void announce_awareness(RoomNow now, Effects& out);
  void ask_to_be_woken(Effects& out);

  RoomName name;
  const Limits& limits;
  RoomDocument document;
  Instant document_used{};
  ydoc::StateVector buried;  // what a deleted room of this name held
  Quota quota;
  Roster roster;
  std::vector<MemberId> newcomers;  // have not been told yet who is here
  bool awaits_turn_end = false;
  Instant changes_at{};                      // not before may changes of the roster be told
  std::unique_ptr<RoomAwareness> awareness;  // null: nobody has shown anything yet
  std::optional<Instant> close_at;           // the room is empty
  std::optional<Instant> wake_at;            // what the host was asked for last

  std::uint64_t asked = 0;   // updates that were asked to be stored
  std::uint64_t stored = 0;  // of those, the first ones, that are
  std::vector<Waiting> waiting;
  StorageState storage = StorageState::ok;
};

// The answer comes before anything else that the newcomer gets, and who is here before the diff
// that announces the newcomer to everybody. (ROOM-2, ROOM-3)
void Room::Impl::on(const JoinRequest& join, RoomNow now, Effects& out) {
  CHECK(!roster.contains(join.member));
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
  if (limits.members_per_room_max > 0 && roster.size() >= limits.members_per_room_max) {
    out.push_back(Send{join.member, join.ticket, Refused{Refusal::room_full}});
    return;
  }
  close_at.reset();
  const Bytes nothing = bytes(0, 0);  // the update without structs and deletions
  SharedBytes state = share(join.state_later ? nothing : document.encode_state(*have));
  if (have->empty() && !join.state_later) quota.measured(state->size());
  out.push_back(Send{join.member, join.ticket,
                     Joined{std::move(state), document.encode_state_vector(), name}});
  roster.join(join.member,
              {.access = join.access,
               .key = join.identity.key,
               .fields = join.identity.fields,
               .author = join.author},
              now.wall);
  newcomers.push_back(join.member);
  await_turn_end(out);
  if (storage != StorageState::ok) out.push_back(Send{join.member, {}, StorageNotice{storage}});
}

void Room::Impl::on(const LeaveRequest& leave, RoomNow now, Effects& out) {
  const bool was_here = leave.reason == LeaveReason::left
                            ? roster.leave(leave.member)
                            : roster.lose(leave.member, now.monotonic + limits.presence_grace);
  if (!was_here) return;
  quota.forget(leave.member);
  if (awareness && leave.reason == LeaveReason::left) {
    awareness->leave(leave.member, now.monotonic);
  } else if (awareness) {
    awareness->lose(leave.member, now.monotonic, now.monotonic + limits.presence_grace);
  }
  await_turn_end(out);
  announce_awareness(now, out);
  if (roster.empty()) close_at = now.monotonic + limits.room_idle;
  ask_to_be_woken(out);
}

void Room::Impl::on(const UpdateRequest& update, RoomNow now, Effects& out) {
  if (refuse_stranger(update.member, update.ticket, out)) return;
  const auto refuse = [&](Refusal reason) {
    out.push_back(Send{update.member, update.ticket, Refused{reason}});
  };
  const Roster::Entry sender = *roster.entry(update.member);
  if (sender.access == Access::read) return refuse(Refusal::read_only);
  if (was_deleted(*update.update)) return refuse(Refusal::room_deleted);
  const ConnectionId connection = update.member.connection;
  const std::size_t size = update.update->size();
  ydoc::Doc& doc = document.awake();
  document_used = now.monotonic;
  if (limits.document_rest > Duration::zero()) ask_to_be_woken(out);
  const auto bounds = quota.bounds(doc, connection, size, now.monotonic);
  const auto result = take_in(doc.apply_update_v1(*update.update, {}, bounds), update.update,
                              update.member, std::string(sender.author), out);
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
  const auto due =
      std::ranges::find_if(waiting, [&](const Waiting& w) { return w.needs > stored; });
  for (auto told = waiting.begin(); told != due; ++told) {
    out.push_back(Send{told->member, std::move(told->ticket), Accepted{}});
  }
  waiting.erase(waiting.begin(), due);
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
  if (!roster.empty()) out.push_back(Broadcast{StorageNotice{state}, std::nullopt});
}

void Room::Impl::on(const RelayRequest& relay, RoomNow now, Effects& out) {
  if (!roster.contains(relay.member)) return;
  if (!quota.take_relay(relay.member, roster.size(), now.monotonic)) {
    out.push_back(Send{relay.member, relay.ticket, Refused{Refusal::rate_limited}});
    return;
  }
  out.push_back(Broadcast{Relayed{relay.event, relay.json}, relay.member});
}

void Room::Impl::on(const PresenceRequest& request, RoomNow, Effects& out) {
  if (refuse_stranger(request.member, request.ticket, out)) return;
  roster.change(request.member, request.fields);
  await_turn_end(out);
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
  SharedBytes state = share(document.encode_state(*have));
  if (have->empty()) quota.measured(state->size());
  out.push_back(
      Send{sync.member, sync.ticket, SyncAnswer{std::move(state), document.encode_state_vector()}});
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
  const auto member = roster.entry(change.member);
  if (!member) return;
  roster.set_access(change.member, change.access);
  if (member->access == Access::read && change.access == Access::read_write) {
    out.push_back(Send{change.member, {}, SyncAsked{document.encode_state_vector()}});
  }
}

void Room::Impl::on_wake(RoomNow now, Effects& out) {
  wake_at.reset();
  let_document_rest(now);
  roster.expire(now.monotonic);
  announce_changes(now, out);
  if (awareness) awareness->expire(now.monotonic);
  announce_awareness(now, out);
  if (close_at && *close_at <= now.monotonic) {
    if (stored == asked) out.push_back(Close{});  // else on_stored does it
    return;
  }
  ask_to_be_woken(out);
}

/// If it cannot rest it is tried again after as long. (ROOM-31)
void Room::Impl::let_document_rest(RoomNow now) {
  if (!document.is_awake() || limits.document_rest == Duration::zero()) return;
  if (now.monotonic < document_used + limits.document_rest) return;
  document.rest();
  document_used = now.monotonic;
}

bool Room::Impl::refuse_stranger(MemberId member, const Ticket& ticket, Effects& out) const {
  if (roster.contains(member)) return false;
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

void Room::Impl::await_turn_end(Effects& out) {
  if (!std::exchange(awaits_turn_end, true)) out.push_back(AtTurnEnd{});
}

/// All newcomers of a turn are told the same, which so is encoded once for them. (ROOM-3)
void Room::Impl::on_turn_end(RoomNow now, Effects& out) {
  awaits_turn_end = false;
  if (!newcomers.empty()) out.push_back(Announce{roster.state(), std::exchange(newcomers, {})});
  announce_changes(now, out);
  ask_to_be_woken(out);
}

/// In a room of many, not more often than every `presence_hold`: of n who come one after another,
/// each is told to all before. (ROOM-14)
void Room::Impl::announce_changes(RoomNow now, Effects& out) {
  if (!roster.has_changes() || now.monotonic < changes_at) return;
  auto diff = roster.take_changes();
  if (roster.empty()) return;
  if (roster.size() >= limits.crowd_members_min) changes_at = now.monotonic + limits.presence_hold;
  out.push_back(Broadcast{*std::move(diff), std::nullopt});
}

void Room::Impl::announce_awareness(RoomNow now, Effects& out) {
  if (!awareness) return;
  if (auto due = awareness->take_due(roster.size(), now.monotonic)) {
    out.push_back(*std::move(due));
  }
}

/// A wake that comes too early does no harm, so an earlier one is left standing.
void Room::Impl::ask_to_be_woken(Effects& out) {
  std::optional<Instant> next = close_at;
  const auto or_at = [&next](std::optional<Instant> when) {
    if (when && (!next || *when < *next)) next = when;
  };
  or_at(roster.next_expiry());
  if (roster.has_changes() && !awaits_turn_end) or_at(changes_at);
  if (document.is_awake() && limits.document_rest > Duration::zero()) {
    or_at(document_used + limits.document_rest);
  }
  if (awareness) or_at(awareness->next_wake());
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
  const auto applied = impl_->document.awake().apply(*decoded, {}, {.drops_nothing = true});
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
  const auto result =
      impl_->take_in(impl_->document.awake().apply(*decoded), update, std::nullopt, author, out);
  if (!result) return fail(std::string(result.error().text()));
  impl_->quota.measured(impl_->document.encode_state().size());
  if (result->pending_dropped) return fail(std::string("more of it would wait than may"));
  return {};
}

// Of 32 bits, as Yjs draws its own.
ydoc::ClientId Room::unused_client(Rng& rng) const {
  const ydoc::StateVector here = impl_->document.awake().state_vector();
  const auto waiting = impl_->document.awake().missing();
  for (;;) {
    const ydoc::ClientId id = rng.next() >> 32;
    const bool waits = std::ranges::any_of(
        waiting, [id](const ydoc::MissingClock& missing) { return missing.client == id; });
    if (id != 0 && !here.contains(id) && !impl_->buried.contains(id) && !waits) return id;
  }
}

void Room::start_idle(RoomNow now, Effects& out) {
  CHECK(impl_->roster.empty());
  impl_->close_at = now.monotonic + impl_->limits.room_idle;
  impl_->ask_to_be_woken(out);
}

void Room::on_turn_end(RoomNow now, Effects& out) {
  impl_->on_turn_end(now, out);
}

void Room::on_wake(RoomNow now, Effects& out) {
  impl_->on_wake(now, out);
}

const RoomName& Room::name() const {
  return impl_->name;
}

std::size_t Room::members() const {
  return impl_->roster.size();
}

const Roster& Room::roster() const {
  return impl_->roster;
}

AwarenessTableProbe Room::awareness_probe() const {
  return impl_->awareness ? impl_->awareness->probe() : AwarenessTableProbe();
}

const ydoc::Doc& Room::document() const {
  return impl_->document.awake();
}

Bytes Room::encode_state() const {
  return impl_->document.encode_state();
}

}  // namespace righttask
