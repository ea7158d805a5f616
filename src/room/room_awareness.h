#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/limits.h"
#include "model/messages.h"
#include "room/awareness_table.h"
#include "room/room.h"

namespace righttask {

/// Awareness of a room's members: who shows what, and when the others are told.
///
/// Every client of Yjs answers what it is told by repeating it, so n members who move cause n²
/// frames out and as many in. Hence a pause behind each broadcast, longer for more members and for
/// more bytes; what changes meanwhile goes into the next one. In a room where little happens
/// nothing waits. (Spec: AWR-16, AWR-17)
///
/// Pure; shard-local.
class RoomAwareness {
 public:
  explicit RoomAwareness(const Limits& limits);

  /// Returns whether the update tells something new. Refusals: as AwarenessTable::take.
  [[nodiscard]] Result<bool, Refusal> take(const AwarenessRequest& request, Instant now);
  void leave(MemberId member, Instant now);
  void lose(MemberId member, Instant now, Instant until);
  void expire(Instant now);

  /// What the room's members, so many, are to be told now; nothing: nothing, or not yet. A member
  /// that alone has changed something is not told of it.
  [[nodiscard]] std::optional<Broadcast> take_due(std::size_t members, Instant now);

  /// When expire or take_due has something to do next.
  [[nodiscard]] std::optional<Instant> next_wake() const;

  /// Everything there is to see, for one member.
  [[nodiscard]] AwarenessUpdate state() const;
  [[nodiscard]] bool empty() const { return table_.present() == 0; }
  [[nodiscard]] const AwarenessTableProbe& probe() const { return table_.probe(); }

 private:
  AwarenessTable table_;
  std::optional<MemberId> sole_;  // whose changes wait to be told, if they are all of one
  Instant quiet_until_{};
};

}  // namespace righttask
