#include "server/room_host.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace righttask::server {
namespace {

/// Beyond this many distinct updates that broke a room, the oldest knowledge is dropped.
constexpr std::size_t kQuarantineMax = 1024;

const UpdateRequest* as_update(const RoomMessage& message) {
  return std::get_if<UpdateRequest>(&message);
}

/// Names an update by its bytes. A collision refuses an innocent update; 64 bits make that rarer
/// than the bug it guards against.
std::uint64_t fingerprint(const UpdateRequest& request) {
  return std::hash<std::string_view>{}(as_text(*request.update));
}

}  // namespace

RoomHost::RoomHost(const Limits& limits, Rng& rng, ops::Log log, RoomOutlet& outlet,
                   RoomStorage storage, Inspect inspect)
    : limits_(limits),
      rng_(rng),
      log_(std::move(log)),
      outlet_(outlet),
      storage_(std::move(storage)),
      inspect_(std::move(inspect)) {
  if (storage_.store == nullptr) return;
  storage_.store->watch(storage_.post, [this](StorageState state) { on_storage(state); });
}

void RoomHost::on(const RoomName& name, const RoomMessage& message, RoomNow now) {
  Hosted* hosted = find(name);
  const bool fresh = hosted == nullptr;
  if (fresh) {
    const auto* join = std::get_if<JoinRequest>(&message);
    if (join == nullptr) return;  // the room has failed or closed meanwhile
    if (limits_.rooms_max > 0 && rooms_.size() >= limits_.rooms_max) {
      outlet_.deliver(join->member, join->ticket, Refused{Refusal::server_full});
      return;
    }
    hosted = &open(name);
  }
  if (!hosted->room) return await_room(*hosted, message);
  if (!handle(*hosted, message, now)) return;
  if (hosted->room->members() > 0) {
    hosted->closing = false;
  } else if (fresh) {
    close(*hosted);  // a join that was refused leaves no room
  }
}

/// False when the room is gone.
bool RoomHost::handle(Hosted& hosted, const RoomMessage& message, RoomNow now) {
  if (quarantined(message)) {
    const auto& update = *as_update(message);
    outlet_.deliver(update.member, update.ticket, Refused{Refusal::invalid_update});
    return true;
  }
  const std::size_t before = hosted.room->members();
  return guarded(hosted, &message, [&](Room& room, Effects& effects) {
    if (inspect_) inspect_(hosted.name, message);
    const AwarenessTableProbe left_out = room.awareness_probe();
    room.on(message, now, effects);
    count_awareness(room, left_out);
    if (const auto* leave = std::get_if<LeaveRequest>(&message)) expel(hosted, leave->member);
    log_membership(hosted, before);
  });
}

/// The room is being loaded. Only those who are not its members yet have anything to say to it.
void RoomHost::await_room(Hosted& hosted, const RoomMessage& message) {
  if (const auto* join = std::get_if<JoinRequest>(&message)) {
    const bool waits_for_the_disk = hosted.log.has_value();
    if (waits_for_the_disk && storage_state_ != StorageState::ok) {
      outlet_.deliver(join->member, join->ticket, Refused{Refusal::storage_unavailable});
    } else {
      hosted.arrivals.emplace_back(*join);
    }
  } else if (const auto* leave = std::get_if<LeaveRequest>(&message)) {
    std::erase_if(hosted.arrivals, [&](const Arrival& arrival) {
      const auto* one = std::get_if<JoinRequest>(&arrival);
      return one != nullptr && one->member == leave->member;
    });
  } else if (const auto* change = std::get_if<AccessRequest>(&message)) {
    for (Arrival& arrival : hosted.arrivals) {
      auto* one = std::get_if<JoinRequest>(&arrival);
      if (one != nullptr && one->member == change->member) one->access = change->access;
    }
  }
}

void RoomHost::wake(const RoomName& name, RoomNow now) {
  Hosted* hosted = find(name);
  if (hosted == nullptr || !hosted->room) return;
  guarded(*hosted, nullptr, [&](Room& room, Effects& effects) { room.on_wake(now, effects); });
}

bool RoomHost::guarded(Hosted& hosted, const RoomMessage* message, const Act& act) {
  Effects effects;
  try {
    act(*hosted.room, effects);
  } catch (const BugError& bug) {
    fail_room(hosted, bug.what(), message);
    return false;
  }
  return carry_out(hosted, effects);
}

void RoomHost::change_audience(const RoomName& name, MemberId member) {
  Hosted* hosted = find(name);
  if (hosted != nullptr && expel(*hosted, member)) admit(*hosted, member);
}

bool RoomHost::quarantined(const RoomMessage& message) const {
  if (quarantine_.empty()) return false;
  const auto* update = as_update(message);
  return update != nullptr && quarantine_.contains(fingerprint(*update));
}

/// Remembers the update by its bytes, and keeps those for whoever looks into the fault.
void RoomHost::quarantine(const Hosted& hosted, const UpdateRequest& update, const char* what) {
  if (quarantine_.insert(fingerprint(update)).second) quarantined_.push_back(fingerprint(update));
  if (quarantined_.size() > kQuarantineMax) {
    quarantine_.erase(quarantined_.front());
    quarantined_.pop_front();
  }
  ++probe_.updates_quarantined;
  if (!hosted.log) return;
  const auto sender = hosted.room->roster().entry(update.member);
  std::string author = sender ? std::string(sender->author) : std::string();
  const auto done = [log = log_, name = hosted.name](const auto& result) {
    if (result) return;
    log->error("room {}: the update that broke it could not be kept: {}",
               ops::printable(name.str()), to_string(result.error()));
  };
  storage_.store->quarantine({.room = hosted.name,
                              .epoch = hosted.log->epoch(),
                              .author = author_to_keep(std::move(author)),
                              .reason = what,
                              .at = wall_time(outlet_.now().wall),
                              .data = update.update},
                             {storage_.post, done});
}

bool RoomHost::carry_out(Hosted& hosted, Effects& effects) {
  bool closes = false;
  const std::uint64_t unkept = hosted.unkept;
  for (const Effect& effect : effects) {
    if (const auto* send = std::get_if<Send>(&effect)) {
      // What is held is part of the newcomer's state.
      const bool joined = std::holds_alternative<Joined>(send->message);
      if (joined) release(hosted);
      outlet_.deliver(send->to, send->ticket, send->message);
      if (joined) admit(hosted, send->to);
    } else if (const auto* cast = std::get_if<Broadcast>(&effect)) {
      broadcast(hosted, *cast);
    } else if (const auto* some = std::get_if<Announce>(&effect)) {
      announce(hosted, *some);
    } else if (std::holds_alternative<AtTurnEnd>(effect)) {
      await_turn_end(hosted);
    } else if (const auto* keep = std::get_if<Persist>(&effect)) {
      persist(hosted, *keep);
    } else if (const auto* wake = std::get_if<WakeAt>(&effect)) {
      outlet_.wake_at(hosted.name, wake->when);
    } else if (std::holds_alternative<Close>(effect)) {
      closes = true;
    }
  }
  if (closes) {
    close(hosted);
    return false;
  }
  if (hosted.unkept == unkept) return true;
  return guarded(hosted, nullptr, [&](Room& room, Effects& more) {
    room.on_stored(hosted.unkept, outlet_.now(), more);
  });
}

void RoomHost::discard(Hosted& hosted) {
  outlet_.forget_wake(hosted.name);
  give_up_waiting(hosted);
  ++probe_.rooms_closed;
  probe_.members -= hosted.admitted;
  log_->info("room {}: closed", ops::printable(hosted.name.str()));
  rooms_.erase(RoomName(hosted.name));
}

void RoomHost::admit(Hosted& hosted, MemberId member) {
  auto reception = outlet_.reception(member);
  if (!reception) return;  // it has gone; its leave is on the way
  auto group = std::ranges::find_if(hosted.groups, [&](const Group& g) {
    return g.dialect == reception->dialect && g.audience == reception->audience;
  });
  if (group == hosted.groups.end()) {
    hosted.groups.push_back({reception->dialect, std::move(reception->audience), {}});
    group = hosted.groups.end() - 1;
  }
  auto& members = group->members;
  if (members.size() == members.capacity()) {  // rooms are small, most of them
    members.reserve(members.size() + std::max<std::size_t>(2, members.size() / 4));
  }
  members.push_back(member);
  ++hosted.admitted;
  ++probe_.members;
}

/// O(members). Whether it was one.
bool RoomHost::expel(Hosted& hosted, MemberId member) {
  for (Group& group : hosted.groups) {
    const auto found = std::ranges::find(group.members, member);
    if (found == group.members.end()) continue;
    *found = group.members.back();
    group.members.pop_back();
    --hosted.admitted;
    --probe_.members;
    return true;
  }
  return false;
}

void RoomHost::fail_room(Hosted& hosted, const char* what, const RoomMessage* message) {
  release(hosted);
  ++probe_.rooms_failed;
  log_->error("room {}: failed and discarded, {} members told: {}",
              ops::printable(hosted.name.str()), hosted.admitted, what);
  const auto* join = message ? std::get_if<JoinRequest>(message) : nullptr;
  const auto* update = message ? as_update(*message) : nullptr;
  if (update) quarantine(hosted, *update, what);
  if (hosted.log && hosted.log->has_batch()) flush(hosted);
  end_membership(hosted, RoomFailed{});
  if (join) outlet_.deliver(join->member, join->ticket, RoomFailed{});
  if (update) outlet_.close(update->member.connection);
  reopen(hosted);
}

/// Nobody is a member any more, and there is no room to be one of.
void RoomHost::end_membership(Hosted& hosted, const ServerMessage& message) {
  outlet_.forget_wake(hosted.name);
  give_up_waiting(hosted);
  hosted.keeper = {};
  hosted.room.reset();
  hosted.closing = false;
  hosted.crowd.reset();
  probe_.members -= std::exchange(hosted.admitted, 0);
  for (const Group& group : std::exchange(hosted.groups, {})) {
    for (const MemberId member : group.members) outlet_.deliver(member, {}, message);
  }
}

void RoomHost::await_turn_end(const Hosted& hosted) {
  if (turning_.empty()) outlet_.flush_soon();
  turning_.emplace_back(hosted.name, hosted.id);
}

void RoomHost::end_turn(Hosted& hosted) {
  if (!hosted.room) return;
  release(hosted);
  guarded(hosted, nullptr,
          [&](Room& room, Effects& effects) { room.on_turn_end(outlet_.now(), effects); });
}

const Room* RoomHost::room(const RoomName& name) const {
  const auto found = rooms_.find(name);
  return found == rooms_.end() || !found->second->room ? nullptr : &*found->second->room;
}

std::map<std::string, std::size_t> RoomHost::rooms(std::string_view prefix) const {
  std::map<std::string, std::size_t> out;
  for (const auto& [name, hosted] : rooms_) {
    if (!hosted->room || hosted->room->members() == 0 || !name.str().starts_with(prefix)) continue;
    out.emplace(name.str(), hosted->room->members());
  }
  return out;
}

RoomHost::Hosted* RoomHost::find(const RoomName& name) {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : found->second.get();
}

void RoomHost::count_awareness(const Room& room, const AwarenessTableProbe& before) {
  const AwarenessTableProbe after = room.awareness_probe();
  probe_.awareness.foreign_total += after.foreign_total - before.foreign_total;
  probe_.awareness.clocks_total += after.clocks_total - before.clocks_total;
  probe_.awareness.too_many_total += after.too_many_total - before.too_many_total;
}

void RoomHost::log_membership(const Hosted& hosted, std::size_t before) const {
  const std::size_t now = hosted.room->members();
  if (now == before) return;
  log_->info("room {}: {} ({} {})", ops::printable(hosted.name.str()),
             now > before ? "joined" : "left", now, now == 1 ? "member" : "members");
}

}  // namespace righttask::server
