#include "server/member_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace righttask::server {

void MemberTable::on_request(const RoomName& room, const RoomMessage& message, UnixSeconds now) {
  if (const auto* join = std::get_if<JoinRequest>(&message)) {
    members_.insert_or_assign(join->member, Member{.room = room,
                                                   .key = join->identity.key,
                                                   .fields = join->identity.fields,
                                                   .access = join->access,
                                                   .joined_as = join->access,
                                                   .joined = false,
                                                   .since = now});
  } else if (const auto* leave = std::get_if<LeaveRequest>(&message)) {
    members_.erase(leave->member);
  } else if (const auto* presence = std::get_if<PresenceRequest>(&message)) {
    const auto member = members_.find(presence->member);
    if (member != members_.end()) member->second.fields = presence->fields;
  } else if (const auto* change = std::get_if<AccessRequest>(&message)) {
    const auto member = members_.find(change->member);
    if (member != members_.end()) member->second.access = change->access;
  }
}

std::optional<AccessRequest> MemberTable::on_answer(MemberId id, const ServerMessage& message) {
  const auto found = members_.find(id);
  if (found == members_.end()) return std::nullopt;
  Member& member = found->second;
  const bool refused = std::holds_alternative<Refused>(message) && !member.joined;
  if (refused || std::holds_alternative<RoomFailed>(message) ||
      std::holds_alternative<RoomDeleted>(message)) {
    members_.erase(found);
  } else if (std::holds_alternative<Joined>(message)) {
    member.joined = true;
    // The room may have heard of the change before it knew the member.
    if (member.access != member.joined_as) return AccessRequest{id, member.access};
  }
  return std::nullopt;
}

const MemberTable::Member* MemberTable::find(MemberId member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? nullptr : &found->second;
}

std::vector<MemberId> MemberTable::members(const RoomName& room) const {
  std::vector<std::tuple<UnixSeconds, MemberId>> in;
  for (const auto& [id, member] : members_) {
    if (member.joined && member.room == room) in.emplace_back(member.since, id);
  }
  std::ranges::sort(in);
  std::vector<MemberId> out;
  out.reserve(in.size());
  for (const auto& [since, id] : in) out.push_back(id);
  return out;
}

std::map<std::string, std::size_t> MemberTable::rooms(std::string_view prefix) const {
  std::map<std::string, std::size_t> out;
  for (const auto& [id, member] : members_) {
    if (member.joined && member.room.str().starts_with(prefix)) ++out[member.room.str()];
  }
  return out;
}

}  // namespace righttask::server
