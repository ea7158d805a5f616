#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "model/limits.h"
#include "model/messages.h"
#include "model/room_name.h"
#include "ops/latency_histogram.h"
#include "ops/log.h"
#include "protocol/session.h"
#include "room/room.h"

namespace righttask::server {

/// Where the effects of rooms go. Shard-local.
class RoomOutlet {
 public:
  virtual ~RoomOutlet() = default;

  /// To one member's session.
  virtual void deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) = 0;

  /// The dialect that a connection speaks and how this member receives broadcasts; nothing when
  /// the connection has gone.
  struct Reception {
    const protocol::Dialect* dialect;
    protocol::Audience audience;
  };
  [[nodiscard]] virtual std::optional<Reception> reception(MemberId member) const = 0;

  /// One encoded frame to many connections.
  virtual void send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) = 0;

  /// Call RoomHost::wake(room) at this time; replaces an earlier request for the room.
  virtual void wake_at(const RoomName& room, Instant when) = 0;
  virtual void forget_wake(const RoomName& room) = 0;
};

/// What happened, for metrics and tests.
struct RoomHostProbe {
  std::uint64_t rooms_opened = 0;
  std::uint64_t rooms_closed = 0;
  std::uint64_t rooms_failed = 0;
  std::uint64_t updates_quarantined = 0;
  std::uint64_t broadcasts = 0;
  std::uint64_t deliveries = 0;
  std::size_t members = 0;                 // now, of all rooms together
  ops::LatencyHistogram acknowledgements;  // from an update's arrival to its answer
};

/// The rooms of one shard: makes them on first join, feeds them messages, carries out their
/// effects in order, and contains their faults. Encodes a broadcast once per audience.
///
/// This is the supervisor: a BugError thrown by a room ends that room alone. Its members are told
/// (RoomFailed) and come back with what they have; the update that caused it is refused from then
/// on, or the client that sends it again would break the room again.
class RoomHost {
 public:
  /// Sees every message before its room does. For fault injection in tests.
  using Inspect = std::function<void(const RoomName&, const RoomMessage&)>;

  RoomHost(const Limits& limits, Rng& rng, ops::Log log, RoomOutlet& outlet,
           Inspect inspect = nullptr);

  void on(const RoomName& name, const RoomMessage& message, RoomNow now);
  void wake(const RoomName& name, RoomNow now);

  /// The member's broadcasts are encoded differently from now on.
  void change_audience(const RoomName& name, MemberId member);

  [[nodiscard]] std::size_t rooms() const { return rooms_.size(); }
  [[nodiscard]] const RoomHostProbe& probe() const { return probe_; }

 private:
  /// Members who receive the same bytes.
  struct Group {
    const protocol::Dialect* dialect;
    protocol::Audience audience;
    std::vector<MemberId> members;
  };
  /// Where a member stands in its group.
  struct Place {
    std::uint32_t group;
    std::uint32_t slot;
  };
  struct Hosted {
    explicit Hosted(Room made) : room(std::move(made)) {}
    Room room;
    std::vector<Group> groups;
    std::unordered_map<MemberId, Place> places;
  };

  Hosted& open(const RoomName& name);
  bool quarantined(const RoomMessage& message) const;
  void quarantine(const RoomMessage& message);
  void carry_out(const RoomName& name, Hosted& hosted, Effects& effects);
  void discard(const RoomName& name);
  void broadcast(Hosted& hosted, const Broadcast& effect);
  void admit(Hosted& hosted, MemberId member);
  void expel(Hosted& hosted, MemberId member);
  void fail_room(const RoomName& name, const char* what, const RoomMessage* message);
  void log_membership(const RoomName& name, const Hosted& hosted, std::size_t before) const;

  const Limits& limits_;
  Rng& rng_;
  ops::Log log_;
  RoomOutlet& outlet_;
  Inspect inspect_;
  std::unordered_map<RoomName, std::unique_ptr<Hosted>> rooms_;
  std::unordered_set<std::uint64_t> quarantine_;  // hashes of updates that broke a room
  std::vector<ConnectionId> recipients_;          // scratch
  RoomHostProbe probe_;
};

}  // namespace righttask::server
