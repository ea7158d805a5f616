#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/messages.h"
#include "model/room_name.h"

namespace righttask::server {

/// Who is in which room, as the messages that pass between sessions and rooms tell. Shard-local.
class MemberTable {
 public:
  struct Member {
    RoomName room;
    std::string key;
    std::string fields;
    Access access;     // what it may do
    Access joined_as;  // what its room was told when it joined
    bool joined;       // the room has let it in
    UnixSeconds since;
  };

  /// What a session asks of a room, on its way there.
  void on_request(const RoomName& room, const RoomMessage& message, UnixSeconds now);

  /// What a room answers or pushes, before the session hears it. Returns what the room has to be
  /// told after: the access that has changed while the join was being answered.
  [[nodiscard]] std::optional<AccessRequest> on_answer(MemberId member,
                                                       const ServerMessage& message);

  /// Null when it is unknown.
  [[nodiscard]] const Member* find(MemberId member) const;

  /// Those of one room who are in, in the order of their coming. O(members of all rooms).
  [[nodiscard]] std::vector<MemberId> members(const RoomName& room) const;

  /// How many are in which room, of those whose names begin so. O(members of all rooms).
  [[nodiscard]] std::map<std::string, std::size_t> rooms(std::string_view prefix) const;

 private:
  std::unordered_map<MemberId, Member> members_;
};

}  // namespace righttask::server
