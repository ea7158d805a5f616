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
                   Inspect inspect)
    : limits_(limits),
      rng_(rng),
      log_(std::move(log)),
      outlet_(outlet),
      inspect_(std::move(inspect)) {}

void RoomHost::on(const RoomName& name, const RoomMessage& message, RoomNow now) {
  const auto found = rooms_.find(name);
  const auto* join = std::get_if<JoinRequest>(&message);
  if (found == rooms_.end() && join == nullptr) return;  // the room has failed or closed meanwhile

  if (quarantined(message)) {
    const auto& update = *as_update(message);
    outlet_.deliver(update.member, update.ticket, Refused{Refusal::invalid_update});
    return;
  }

  const bool fresh = found == rooms_.end();
  Hosted& hosted = fresh ? open(name) : *found->second;
  Effects effects;
  const std::size_t before = hosted.room.members();
  try {
    if (inspect_) inspect_(name, message);
    hosted.room.on(message, now, effects);
  } catch (const BugError& bug) {
    fail_room(name, bug.what(), &message);
    if (join) outlet_.deliver(join->member, join->ticket, RoomFailed{});
    return;
  }
  if (const auto* leave = std::get_if<LeaveRequest>(&message)) expel(hosted, leave->member);
  log_membership(name, hosted, before);
  const bool refused = fresh && hosted.room.members() == 0;
  carry_out(name, hosted, effects);
  if (refused) discard(name);  // a join that was refused leaves no room behind
}

void RoomHost::wake(const RoomName& name, RoomNow now) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  Effects effects;
  try {
    found->second->room.on_wake(now, effects);
  } catch (const BugError& bug) {
    fail_room(name, bug.what(), nullptr);
    return;
  }
  carry_out(name, *found->second, effects);
}

void RoomHost::change_audience(const RoomName& name, MemberId member) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || !found->second->places.contains(member)) return;
  expel(*found->second, member);
  admit(*found->second, member);
}

RoomHost::Hosted& RoomHost::open(const RoomName& name) {
  const auto [at, fresh] =
      rooms_.emplace(name, std::make_unique<Hosted>(Room(name, limits_, rng_)));
  CHECK(fresh);
  ++probe_.rooms_opened;
  log_->info("room {}: created", ops::printable(name.str()));
  return *at->second;
}

bool RoomHost::quarantined(const RoomMessage& message) const {
  if (quarantine_.empty()) return false;
  const auto* update = as_update(message);
  return update != nullptr && quarantine_.contains(fingerprint(*update));
}

void RoomHost::quarantine(const RoomMessage& message) {
  const auto* update = as_update(message);
  if (update == nullptr) return;
  if (quarantine_.size() >= kQuarantineMax) quarantine_.erase(quarantine_.begin());
  quarantine_.insert(fingerprint(*update));
  ++probe_.updates_quarantined;
}

void RoomHost::carry_out(const RoomName& name, Hosted& hosted, Effects& effects) {
  bool close = false;
  for (const Effect& effect : effects) {
    if (const auto* send = std::get_if<Send>(&effect)) {
      outlet_.deliver(send->to, send->ticket, send->message);
      if (std::holds_alternative<Joined>(send->message)) admit(hosted, send->to);
    } else if (const auto* cast = std::get_if<Broadcast>(&effect)) {
      broadcast(hosted, *cast);
    } else if (const auto* wake = std::get_if<WakeAt>(&effect)) {
      outlet_.wake_at(name, wake->when);
    } else if (std::holds_alternative<Close>(effect)) {
      close = true;
    }
  }
  if (close) discard(name);
}

void RoomHost::discard(const RoomName& name) {
  const auto node = rooms_.extract(name);
  if (node.empty()) return;
  outlet_.forget_wake(node.key());
  ++probe_.rooms_closed;
  probe_.members -= node.mapped()->places.size();
  log_->info("room {}: closed", ops::printable(node.key().str()));
}

void RoomHost::broadcast(Hosted& hosted, const Broadcast& effect) {
  ++probe_.broadcasts;
  for (const Group& group : hosted.groups) {
    recipients_.clear();
    for (const MemberId member : group.members) {
      if (member != effect.except) recipients_.push_back(member.connection);
    }
    if (recipients_.empty()) continue;
    const auto frame = group.dialect->encode_broadcast(group.audience, effect.message);
    if (!frame) continue;
    probe_.deliveries += recipients_.size();
    outlet_.send(recipients_, *frame);
  }
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
  group->members.push_back(member);
  const bool fresh =
      hosted.places
          .emplace(member, Place{static_cast<std::uint32_t>(group - hosted.groups.begin()),
                                 static_cast<std::uint32_t>(group->members.size() - 1)})
          .second;
  CHECK(fresh);
  ++probe_.members;
}

void RoomHost::expel(Hosted& hosted, MemberId member) {
  const auto found = hosted.places.find(member);
  if (found == hosted.places.end()) return;
  const Place place = found->second;
  hosted.places.erase(found);
  --probe_.members;
  auto& members = hosted.groups[place.group].members;
  if (place.slot + 1 != members.size()) {
    members[place.slot] = members.back();
    hosted.places[members[place.slot]].slot = place.slot;
  }
  members.pop_back();
}

void RoomHost::fail_room(const RoomName& name, const char* what, const RoomMessage* message) {
  const auto node = rooms_.extract(name);
  CHECK(!node.empty());
  const Hosted& hosted = *node.mapped();
  ++probe_.rooms_failed;
  probe_.members -= hosted.places.size();
  if (message) quarantine(*message);
  log_->error("room {}: failed and discarded, {} members told: {}", ops::printable(name.str()),
              hosted.places.size(), what);
  outlet_.forget_wake(name);
  for (const auto& [member, place] : hosted.places) outlet_.deliver(member, {}, RoomFailed{});
}

void RoomHost::log_membership(const RoomName& name, const Hosted& hosted,
                              std::size_t before) const {
  const std::size_t now = hosted.room.members();
  if (now == before) return;
  log_->info("room {}: {} ({} {})", ops::printable(name.str()), now > before ? "joined" : "left",
             now, now == 1 ? "member" : "members");
}

}  // namespace righttask::server
