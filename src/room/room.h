#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "model/limits.h"
#include "model/messages.h"
#include "model/room_name.h"

namespace righttask {

// ---- what a room asks of its host, carried out in order --------------------------------------

/// To one member: the answer to the request that brought the ticket, or a push (ticket empty).
struct Send {
  MemberId to;
  Ticket ticket;
  ServerMessage message;
};

/// To every member, or all but one.
struct Broadcast {
  ServerMessage message;
  std::optional<MemberId> except;
};

/// Call on_wake at this time or soon after; replaces an earlier WakeAt.
struct WakeAt {
  Instant when;
};

/// Nobody has been here for the idle time: discard the room.
struct Close {};

using Effect = std::variant<Send, Broadcast, WakeAt, Close>;
using Effects = std::vector<Effect>;

struct RoomNow {
  Instant monotonic;
  UnixSeconds wall;
};

/// One document and the members editing it.
///
/// Pure and shard-local: server/room_host feeds it messages and carries out its effects, in order.
/// Time: O(bytes in + members of the presence entry touched). Throws only BugError.
class Room {
 public:
  Room(RoomName name, const Limits& limits, Rng& rng);
  ~Room();
  Room(Room&&) noexcept;
  Room& operator=(Room&&) noexcept;

  void on(const RoomMessage& message, RoomNow now, Effects& out);

  /// The time asked for by WakeAt has come: expire lost presence, close when idle.
  void on_wake(RoomNow now, Effects& out);

  [[nodiscard]] const RoomName& name() const;
  [[nodiscard]] std::size_t members() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace righttask
