#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "server/room_host.h"
#include "ydoc/doc.h"

// How rooms come from the store, and what they want kept goes there.

namespace righttask::server {
namespace {

using store::Sequence;
using store::StoreError;

/// A room more of whose updates break it than this is not worth having.
constexpr std::size_t kPoisonMax = 100;
/// Between two tries to write the state of a room whose log has a gap.
constexpr std::chrono::seconds kHealPause{1};

/// Nothing when one cannot be read.
std::optional<ydoc::StateVector> buried(const std::vector<Bytes>& epitaphs) {
  std::vector<ydoc::StateVector::Entry> entries;
  for (const Bytes& epitaph : epitaphs) {
    const auto vector = ydoc::StateVector::decode(epitaph);
    if (!vector) return std::nullopt;
    entries.insert(entries.end(), vector->entries().begin(), vector->entries().end());
  }
  return ydoc::StateVector(std::move(entries));
}

}  // namespace

template <typename T, typename Then>
store::Reply<T> RoomHost::answer_for(const Hosted& hosted, Then then) {
  return {storage_.post, [this, name = hosted.name, id = hosted.id,
                          then = std::move(then)](Result<T, StoreError> result) mutable {
            Hosted* found = find(name);
            if (found != nullptr && found->id == id) then(*found, std::move(result));
          }};
}

// ---- a room comes ----------------------------------------------------------------------------

RoomHost::Hosted& RoomHost::open(const RoomName& name) {
  const auto [at, fresh] = rooms_.emplace(name, std::make_unique<Hosted>(name, next_id_++));
  CHECK(fresh);
  Hosted& hosted = *at->second;
  if (storage_.store == nullptr) {
    hosted.room.emplace(name, limits_, rng_);
    ++probe_.rooms_opened;
    log_->info("room {}: created", ops::printable(name.str()));
  } else {
    storage_.store->load(
        name, answer_for<store::LoadedRoom>(
                  hosted, [this](Hosted& h, auto loaded) { on_loaded(h, std::move(loaded)); }));
  }
  return hosted;
}

void RoomHost::on_loaded(Hosted& hosted, Result<store::LoadedRoom, StoreError> loaded) {
  const auto name = ops::printable(hosted.name.str());
  std::optional<Room> room;
  if (loaded) room = restore(hosted.name, *loaded);
  if (!room) {
    ++probe_.loads_failed;
    const bool damaged = loaded || loaded.error() == StoreError::corrupt;
    if (!loaded) log_->error("room {}: cannot be loaded: {}", name, to_string(loaded.error()));
    std::vector<Arrival> arrivals = std::exchange(hosted.arrivals, {});
    rooms_.erase(RoomName(hosted.name));
    turn_away(std::move(arrivals), damaged ? Refusal::room_damaged : Refusal::storage_unavailable);
    return;
  }
  if (!loaded->set_aside.empty()) {
    log_->error("room {}: {} stored updates are damaged or missing; the rest is there", name,
                loaded->set_aside.size());
  }
  hosted.room = std::move(room);
  hosted.log.emplace(hosted.name, *loaded);
  ++probe_.rooms_opened;
  log_->info("room {}: {}", name, loaded->last == Sequence{} ? "created" : "loaded");
  if (catch_up_with_versions(hosted, *loaded) && tell_storage(hosted)) welcome(hosted);
}

/// The room as it was stored. Updates that it refuses or breaks on are set aside; nothing when the
/// state itself is one of those.
std::optional<Room> RoomHost::restore(const RoomName& name, const store::LoadedRoom& loaded) {
  std::set<Sequence> poison;
  const auto set_aside = [&](Sequence sequence, const std::string& why) {
    poison.insert(sequence);
    ++probe_.rows_set_aside;
    log_->error("room {}: update {} is set aside: {}", ops::printable(name.str()), sequence.value(),
                why);
    storage_.store->set_aside(name, loaded.epoch, sequence, why, {storage_.post, [](auto) {}});
  };
  const auto deleted = buried(loaded.epitaphs);
  if (!deleted) {
    log_->error("room {}: what is kept of a deleted room of that name cannot be read",
                ops::printable(name.str()));
    return std::nullopt;
  }
  while (poison.size() <= kPoisonMax) {  // begins anew after each update that has broken it
    Room room(name, limits_, rng_);
    room.bury(*deleted);
    Sequence at;
    try {
      if (loaded.snapshot) {
        const auto restored = room.restore(loaded.snapshot->state);
        if (!restored) {
          log_->error("room {}: its stored state is refused: {}", ops::printable(name.str()),
                      restored.error());
          return std::nullopt;
        }
      }
      for (const store::StoredUpdate& update : loaded.updates) {
        if (poison.contains(update.sequence)) continue;
        at = update.sequence;
        if (inspect_) inspect_(name, UpdateRequest{{}, {}, share(Bytes(update.data))});
        if (const auto restored = room.restore(update.data); !restored) {
          set_aside(at, restored.error());
        }
      }
      return room;
    } catch (const BugError& bug) {
      if (at == Sequence{}) {
        log_->error("room {}: broke on its stored state: {}", ops::printable(name.str()),
                    bug.what());
        return std::nullopt;
      }
      set_aside(at, bug.what());
    }
  }
  return std::nullopt;
}

/// Those who have waited for the room.
void RoomHost::welcome(Hosted& hosted) {
  const RoomName name = hosted.name;
  const std::uint64_t id = hosted.id;
  const auto there = [&]() -> Hosted* {
    Hosted* found = find(name);
    return found != nullptr && found->id == id && found->room ? found : nullptr;
  };
  std::vector<Arrival> arrivals = std::exchange(hosted.arrivals, {});
  hosted.closing = false;
  bool visited = false;
  for (const Arrival& arrival : arrivals) {
    visited = visited || std::holds_alternative<Visit>(arrival);
    const auto* join = std::get_if<JoinRequest>(&arrival);
    if (join == nullptr) continue;
    if (Hosted* h = there()) {
      handle(*h, *join, outlet_.now());
    } else {  // one of those before has broken it
      outlet_.deliver(join->member, join->ticket, RoomFailed{});
    }
  }
  Hosted* h = there();
  if (h != nullptr && h->room->members() == 0) {
    if (!visited) return close(*h);
    guarded(*h, nullptr,
            [&](Room& room, Effects& effects) { room.start_idle(outlet_.now(), effects); });
  }
  for (Arrival& arrival : arrivals) {
    if (auto* visit = std::get_if<Visit>(&arrival)) {
      h = there();
      (*visit)(h ? Result<const Room*, Refusal>(&*h->room) : fail(Refusal::room_damaged));
    }
  }
}

void RoomHost::turn_away(std::vector<Arrival> arrivals, Refusal reason) {
  for (Arrival& arrival : arrivals) {
    if (auto* join = std::get_if<JoinRequest>(&arrival)) {
      outlet_.deliver(join->member, join->ticket, Refused{reason});
    } else {
      std::get<Visit>(arrival)(fail(reason));
    }
  }
}

void RoomHost::visit(const RoomName& name, Visit then) {
  Hosted* hosted = find(name);
  if (hosted == nullptr) hosted = &open(name);
  hosted->arrivals.emplace_back(std::move(then));
  if (hosted->room) welcome(*hosted);
}

Result<void, std::string> RoomHost::edit(const RoomName& name, const SharedBytes& update,
                                         const std::string& author) {
  Hosted* hosted = find(name);
  if (hosted == nullptr || !hosted->room) return fail(std::string("the room is not loaded"));
  Result<void, std::string> result;
  const bool lives = guarded(*hosted, nullptr, [&](Room& room, Effects& effects) {
    result = room.edit(update, author, effects);
  });
  if (!lives) return fail(std::string("the room broke on it"));
  return result;
}

/// The room is gone, but not what it has asked of the store: only when that is answered does the
/// store hold all that there is to load.
void RoomHost::reopen(Hosted& hosted) {
  if (hosted.log && hosted.log->awaits_answers()) {
    return;
  }
  const RoomName name = hosted.name;
  std::vector<Arrival> arrivals = std::exchange(hosted.arrivals, {});
  rooms_.erase(name);
  if (arrivals.empty()) return;
  Hosted& fresh = open(name);
  fresh.arrivals = std::move(arrivals);
  if (fresh.room) welcome(fresh);
}

// ---- what is kept ----------------------------------------------------------------------------

void RoomHost::persist(Hosted& hosted, const Persist& effect) {
  if (!hosted.log) {
    ++hosted.unkept;
    return;
  }
  ++probe_.updates_persisted;
  hosted.log->add(effect.update, effect.author, wall_time(outlet_.now().wall));
  note_change(hosted, effect.author);
  mark_dirty(hosted);
}

void RoomHost::mark_dirty(Hosted& hosted) {
  if (std::exchange(hosted.dirty, true)) return;
  if (dirty_.empty()) outlet_.flush_soon();
  dirty_.emplace_back(hosted.name, hosted.id);
}

void RoomHost::flush() {
  for (const auto& [name, id] : std::exchange(turning_, {})) {
    Hosted* hosted = find(name);
    if (hosted != nullptr && hosted->id == id) end_turn(*hosted);
  }
  for (const auto& [name, id] : std::exchange(dirty_, {})) {
    Hosted* hosted = find(name);
    if (hosted == nullptr || hosted->id != id) continue;
    hosted->dirty = false;
    if (!flush(*hosted) || !hosted->room) continue;
    if (hosted->log->tail_is_long() && !write_snapshot(*hosted)) continue;
    if (hosted->keeper.has_enough(outlet_.now().wall, limits_)) take_version(*hosted);
  }
}

/// Hands over what has gathered, or tries to close the gap that keeps it from being appended.
bool RoomHost::flush(Hosted& hosted) {
  RoomLog& log = *hosted.log;
  if (!log.has_batch()) return !log.can_heal() || !hosted.room || heal(hosted);
  storage_.store->append(
      log.take_batch(outlet_.now().monotonic),
      answer_for<Sequence>(hosted, [this, last = log.last()](Hosted& h, const auto& answer) {
        const auto now = outlet_.now().monotonic;
        if (!answer) ++probe_.appends_refused;
        const auto outcome = h.log->on_appended(last, answer, now);
        if (answer) probe_.acknowledgements.observe(h.log->latency());
        on_outcome(h, outcome);
      }));
  return true;
}

void RoomHost::on_outcome(Hosted& hosted, RoomLog::Outcome outcome) {
  if (outcome == RoomLog::Outcome::gone) return on_deleted(hosted);
  tell_stored(hosted);
  if (!hosted.room) return reopen(hosted);
  const bool lives = guarded(hosted, nullptr, [&](Room& room, Effects& effects) {
    room.on_stored(hosted.log->stored(), outlet_.now(), effects);
  });
  if (!lives || !tell_storage(hosted)) return;
  if (hosted.log->has_gap()) {
    heal(hosted);
  } else if (hosted.log->has_batch()) {
    mark_dirty(hosted);
  } else if (hosted.closing && hosted.log->at_rest() && hosted.room->members() == 0) {
    discard(hosted);
  }
}

/// Not at once what the store has just refused, or would: encoding a state takes the time of all.
bool RoomHost::heal(Hosted& hosted) {
  if (hosted.heals_later || !hosted.log->can_heal()) return true;
  if (storage_state_ == StorageState::ok) return write_snapshot(hosted);
  heal_later(hosted);
  return true;
}

void RoomHost::heal_later(Hosted& hosted) {
  if (std::exchange(hosted.heals_later, true)) return;
  outlet_.call_after(kHealPause, [this, name = hosted.name, id = hosted.id] {
    Hosted* found = find(name);
    if (found == nullptr || found->id != id || !found->room) return;
    found->heals_later = false;
    heal(*found);
  });
}

bool RoomHost::write_snapshot(Hosted& hosted, Compacted compacted) {
  if (hosted.log->has_batch() && !flush(hosted)) return false;
  SharedBytes state;
  const bool lives =
      guarded(hosted, nullptr, [&](Room& room, Effects&) { state = share(room.encode_state()); });
  if (!lives) return false;
  ++probe_.snapshots_asked;
  const auto then = [this](Hosted& h, const auto& answer) {
    const auto outcome = h.log->on_snapshot(answer);
    if (!answer) {
      log_->warn("room {}: its state was not written: {}", ops::printable(h.name.str()),
                 to_string(answer.error()));
    }
    if (outcome != RoomLog::Outcome::gap || !h.room) return on_outcome(h, outcome);
    heal_later(h);
  };
  storage_.store->write_snapshot(
      hosted.log->snapshot(std::move(state), wall_time(outlet_.now().wall)),
      {storage_.post,
       [told = answer_for<Sequence>(hosted, then).then,
        compacted = std::move(compacted)](Result<Sequence, StoreError> answer) mutable {
         told(answer);
         if (compacted) compacted(std::move(answer));
       }});
  return true;
}

/// Nobody is here, and everything is stored.
void RoomHost::close(Hosted& hosted) {
  if (hosted.log && !hosted.closing && hosted.keeper.has_change() && !take_version(hosted)) return;
  if (!hosted.log || hosted.closing || !hosted.log->tail_is_long_for_a_room_at_rest()) {
    return discard(hosted);
  }
  hosted.closing = true;
  write_snapshot(hosted);
}

// ---- the disk --------------------------------------------------------------------------------

void RoomHost::on_storage(StorageState state) {
  if (state == std::exchange(storage_state_, state)) return;
  std::vector<RoomName> names;
  names.reserve(rooms_.size());
  for (const auto& [name, hosted] : rooms_) names.push_back(name);
  for (const RoomName& name : names) {
    Hosted* hosted = find(name);
    if (hosted == nullptr) continue;
    if (hosted->room) {
      tell_storage(*hosted);
    } else if (hosted->log && state != StorageState::ok) {
      turn_away(std::exchange(hosted->arrivals, {}), Refusal::storage_unavailable);
    }
  }
}

/// What the room's members are to know of the disk.
bool RoomHost::tell_storage(Hosted& hosted) {
  const bool gap = hosted.log && hosted.log->has_gap();
  if (gap || storage_state_ != StorageState::ok) give_up_waiting(hosted);
  const StorageState state =
      gap && storage_state_ == StorageState::ok ? StorageState::failing : storage_state_;
  return guarded(hosted, nullptr,
                 [&](Room& room, Effects& effects) { room.on_storage(state, effects); });
}

// ---- a room goes -----------------------------------------------------------------------------

void RoomHost::remove(const RoomName& name, Deleted then) {
  CHECK(storage_.store != nullptr);
  visit(name, [this, name, then = std::move(then)](Result<const Room*, Refusal> room) mutable {
    if (!room && room.error() != Refusal::room_damaged) {
      return then(fail(StoreError::storage_unavailable));
    }
    Bytes epitaph = room ? (*room)->document().encode_state_vector_v1() : Bytes{0};
    // What has not gone to the store yet would begin the room anew behind the deletion.
    Hosted* there = find(name);
    if (there != nullptr && there->log && there->log->has_batch()) flush(*there);
    auto done = [this, name, then = std::move(then)](auto epoch) mutable {
      Hosted* hosted = find(name);
      // The room may have begun anew by now.
      if (epoch && hosted != nullptr && !(hosted->log && hosted->log->epoch() == *epoch)) {
        on_deleted(*hosted);
      }
      then(std::move(epoch));
    };
    storage_.store->delete_room(name, wall_time(outlet_.now().wall), std::move(epitaph),
                                {storage_.post, std::move(done)});
  });
}

/// Whoever arrives from now on finds the new epoch; what is still asked of the store in the old one
/// is refused there.
void RoomHost::on_deleted(Hosted& hosted) {
  release(hosted);
  ++probe_.rooms_deleted;
  log_->info("room {}: deleted, {} members told", ops::printable(hosted.name.str()),
             hosted.admitted);
  end_membership(hosted, RoomDeleted{});
  hosted.log.reset();
  reopen(hosted);
}

}  // namespace righttask::server
