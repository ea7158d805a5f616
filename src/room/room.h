#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"
#include "model/limits.h"
#include "model/messages.h"
#include "model/room_name.h"
#include "room/roster.h"
#include "ydoc/codec/state_vector.h"

namespace ydoc {
class Doc;
}

namespace righttask {

struct AwarenessTableProbe;

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

/// The same to each of these, as far as they are members yet and still.
struct Announce {
  ServerMessage message;
  std::vector<MemberId> to;
};

/// Call on_turn_end before what this turn sends leaves.
struct AtTurnEnd {};

/// Call on_wake at this time or soon after; replaces an earlier WakeAt.
struct WakeAt {
  Instant when;
};

/// Store this update behind those asked for before. The host says when it is stored (on_stored).
struct Persist {
  SharedBytes update;
  std::string author;  // empty: unknown, or the server itself
};

/// Nobody has been here for the idle time, and everything is stored: discard the room.
struct Close {};

using Effect = std::variant<Send, Broadcast, Announce, AtTurnEnd, WakeAt, Persist, Close>;
using Effects = std::vector<Effect>;

struct RoomNow {
  Instant monotonic;
  UnixSeconds wall;
};

/// One document and the members editing it.
///
/// An update is acknowledged when it is stored, with all that it builds on or repeats; relaying
/// does not wait for that.
///
/// Pure and shard-local: server/room_host feeds it messages and carries out its effects, in order.
/// Time: O(bytes in + members of the presence entry touched). Throws only BugError.
class Room {
 public:
  /// So many wait for the disk to be told that it has their updates; others are told to come again.
  static constexpr std::size_t kWaitingMax = 1u << 16;

  Room(RoomName name, const Limits& limits, Rng& rng);
  ~Room();
  Room(Room&&) noexcept;
  Room& operator=(Room&&) noexcept;

  // ---- before the first member: what the room was ----

  /// Takes in a stored V1 update, or a state; it is not asked to be stored again. Everything that
  /// was once taken in is accepted, whatever the limits are now. Returns why it was refused.
  [[nodiscard]] Result<void, std::string> restore(ByteView update);
  /// The state vector of what a room of this name held when it was deleted. Clients and updates
  /// with content of that one are refused with room_deleted.
  void bury(ydoc::StateVector deleted);

  // ---- while it lives ----

  void on(const RoomMessage& message, RoomNow now, Effects& out);

  /// The first `count` updates that were asked to be stored are. Counted since the room was made.
  void on_stored(std::uint64_t count, RoomNow now, Effects& out);
  /// Whether the disk takes what is asked to be stored. While it does not, updates are relayed,
  /// asked to be stored and refused with storage_unavailable, those that wait included.
  void on_storage(StorageState state, Effects& out);

  /// An edit of the server's own, which goes to every member, of whatever size. Returns why it was
  /// refused.
  [[nodiscard]] Result<void, std::string> edit(const SharedBytes& update, const std::string& author,
                                               Effects& out);

  /// What one turn has changed is told at its end, however many have come and gone.
  void on_turn_end(RoomNow now, Effects& out);

  /// The time asked for by WakeAt has come: tell what was held back, expire lost presence, close
  /// when idle.
  void on_wake(RoomNow now, Effects& out);

  /// For such an edit: an id that no copy of the document has used as far as is known here, drawn
  /// anew for each, so that no clock of it ever comes twice.
  [[nodiscard]] ydoc::ClientId unused_client(Rng& rng) const;

  /// The room has no members and is to close when the idle time is over. For one that was made
  /// without a join.
  void start_idle(RoomNow now, Effects& out);

  [[nodiscard]] const RoomName& name() const;
  [[nodiscard]] std::size_t members() const;
  [[nodiscard]] const Roster& roster() const;
  /// Wakes it. O(state) when it was at rest.
  [[nodiscard]] const ydoc::Doc& document() const;
  /// The document's state as one V1 update. Wakes nothing.
  [[nodiscard]] Bytes encode_state() const;
  /// What was left out of members' awareness since the room was made.
  [[nodiscard]] AwarenessTableProbe awareness_probe() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace righttask
