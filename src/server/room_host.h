#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "model/limits.h"
#include "model/messages.h"
#include "model/room_name.h"
#include "ops/latency_histogram.h"
#include "ops/log.h"
#include "protocol/session.h"
#include "room/awareness_table.h"
#include "room/room.h"
#include "runtime/loop.h"
#include "server/fan_out.h"
#include "server/room_log.h"
#include "server/version_keeper.h"
#include "store/document_store.h"

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

  /// Says goodbye to a connection: it did what broke a room.
  virtual void close(ConnectionId id) = 0;

  /// Call RoomHost::wake(room) at this time; replaces an earlier request for the room.
  virtual void wake_at(const RoomName& room, Instant when) = 0;
  virtual void forget_wake(const RoomName& room) = 0;

  /// Call RoomHost::flush() at the end of this turn.
  virtual void flush_soon() = 0;
  virtual void call_after(Duration delay, runtime::Task task) = 0;
  [[nodiscard]] virtual RoomNow now() const = 0;
};

/// What happened, for metrics and tests.
struct RoomHostProbe {
  std::uint64_t rooms_opened = 0;
  std::uint64_t rooms_closed = 0;
  std::uint64_t rooms_failed = 0;
  std::uint64_t updates_quarantined = 0;
  std::uint64_t broadcasts = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t updates_held = 0;    // that waited for a turn's end or longer, to be merged
  std::uint64_t updates_merged = 0;  // of those, that left as part of another
  AwarenessTableProbe awareness;     // of all rooms
  std::uint64_t loads_failed = 0;
  std::uint64_t updates_persisted = 0;  // handed to the store
  std::uint64_t appends_refused = 0;
  std::uint64_t snapshots_asked = 0;
  std::uint64_t rows_set_aside = 0;  // stored updates that a document refused
  std::uint64_t rooms_deleted = 0;
  std::uint64_t versions_asked = 0;        // automatic ones
  std::size_t members = 0;                 // now, of all rooms together
  ops::LatencyHistogram acknowledgements;  // from handing updates to the store to its answer
};

/// Where rooms are kept. Without a store they end when they close.
struct RoomStorage {
  store::DocumentStore* store = nullptr;  // outlived by the loop that `post` leads to
  store::Post post;
};

/// The rooms of one shard: loads them on first join, feeds them messages, carries out their
/// effects in order, keeps what they want kept, and contains their faults. Encodes a broadcast once
/// per audience. Shard-local; answers of the store arrive as tasks of its loop.
///
/// This is the supervisor: a BugError thrown by a room ends that room alone. Its members are told
/// (RoomFailed) and come back with what they have; the update that caused it is kept in quarantine
/// and refused from then on, or the client that sends it again would break the room again.
class RoomHost {
 public:
  /// Sees every message before its room does. For fault injection in tests.
  using Inspect = std::function<void(const RoomName&, const RoomMessage&)>;
  /// Told once the room is there, or why it cannot be. May call the host; the room is valid until
  /// it does.
  using Visit = std::move_only_function<void(Result<const Room*, Refusal>)>;

  RoomHost(const Limits& limits, Rng& rng, ops::Log log, RoomOutlet& outlet,
           RoomStorage storage = {}, Inspect inspect = nullptr);

  void on(const RoomName& name, const RoomMessage& message, RoomNow now);
  void wake(const RoomName& name, RoomNow now);
  /// The end of a turn: what rooms have gathered in it goes to their members, and what they want
  /// kept to the store, one append for each room.
  void flush();

  /// Null: it is not loaded. Valid until the host is called.
  [[nodiscard]] const Room* room(const RoomName& name) const;
  /// How many members each room has, of those whose names begin so. O(rooms).
  [[nodiscard]] std::map<std::string, std::size_t> rooms(std::string_view prefix) const;

  /// The member's broadcasts are encoded differently from now on.
  void change_audience(const RoomName& name, MemberId member);

  /// Loads the room if need be; it stays for its idle time. `then` runs inside this call or later.
  void visit(const RoomName& name, Visit then);
  /// An edit of the server's own in a room that is there (`visit`). Returns why it was refused.
  [[nodiscard]] Result<void, std::string> edit(const RoomName& name, const SharedBytes& update,
                                               const std::string& author);

  /// Told once all that the room has taken in by now is durable; false when that is not to be
  /// expected soon: the disk is full or failing, or the room has ended. It is kept all the same.
  using Stored = std::move_only_function<void(bool)>;
  void when_stored(const RoomName& name, Stored then);

  /// The state of a room that is there, for a version of it; everything that leads to it is with
  /// the store by then. Nothing: nothing was ever written there. Precondition: there is a store.
  [[nodiscard]] std::optional<store::VersionRequest> version_of(const RoomName& name);
  /// For an edit in a room that is there: see Room::unused_client.
  [[nodiscard]] ydoc::ClientId unused_client(const RoomName& name);
  /// Where the room that is there stands in the store; nothing: it is not there.
  [[nodiscard]] const RoomLog* log_of(const RoomName& name);

  /// Writes the state of a room that is there in place of its log, now. Precondition: there is a
  /// store.
  using Compacted = std::move_only_function<void(Result<store::Sequence, store::StoreError>)>;
  void compact(const RoomName& name, Compacted then);

  using Deleted = std::move_only_function<void(Result<store::Epoch, store::StoreError>)>;
  /// Deletes the room with all that is kept of it, and tells its members. Works on a damaged room
  /// too. Precondition: there is a store.
  void remove(const RoomName& name, Deleted then);

  [[nodiscard]] std::size_t rooms() const { return rooms_.size(); }
  [[nodiscard]] const RoomHostProbe& probe() const { return probe_; }
  [[nodiscard]] StorageState storage() const { return storage_state_; }

 private:
  /// Members who receive the same bytes.
  struct Group {
    const protocol::Dialect* dialect;
    protocol::Audience audience;
    std::vector<MemberId> members;
  };
  using Arrival = std::variant<JoinRequest, Visit>;
  struct Hosted {
    Hosted(RoomName room_name, std::uint64_t number) : name(std::move(room_name)), id(number) {}
    const RoomName name;
    const std::uint64_t id;         // of this life of the room, for the store's answers
    std::optional<Room> room;       // nothing: it is being loaded, or waits for that
    std::vector<Arrival> arrivals;  // wait for the room
    std::optional<RoomLog> log;     // nothing: not loaded, or nothing is kept
    VersionKeeper keeper;
    std::vector<std::pair<std::uint64_t, Stored>> waiting;  // for so many updates to be durable
    std::uint64_t unkept = 0;  // updates that would be kept if there were a store
    bool closing = false;      // once its last state is written
    bool dirty = false;        // in dirty_
    bool heals_later = false;  // a timer runs
    std::vector<Group> groups;
    std::size_t admitted = 0;       // members of all groups
    std::unique_ptr<FanOut> crowd;  // once it was a room of many
  };

  // Where a function returns whether the room lives, and it does not, `hosted` is gone.

  // Messages and effects: room_host.cc.
  bool handle(Hosted& hosted, const RoomMessage& message, RoomNow now);
  void await_room(Hosted& hosted, const RoomMessage& message);
  using Act = std::function<void(Room&, Effects&)>;
  /// Calls `act` and carries out the effects; contains a fault, whose cause `message` is.
  bool guarded(Hosted& hosted, const RoomMessage* message, const Act& act);
  bool quarantined(const RoomMessage& message) const;
  void quarantine(const Hosted& hosted, const UpdateRequest& update, const char* what);
  bool carry_out(Hosted& hosted, Effects& effects);
  void discard(Hosted& hosted);
  void await_turn_end(const Hosted& hosted);
  void end_turn(Hosted& hosted);
  void admit(Hosted& hosted, MemberId member);
  bool expel(Hosted& hosted, MemberId member);
  void fail_room(Hosted& hosted, const char* what, const RoomMessage* message);
  void end_membership(Hosted& hosted, const ServerMessage& message);
  void count_awareness(const Room& room, const AwarenessTableProbe& before);
  void log_membership(const Hosted& hosted, std::size_t before) const;
  [[nodiscard]] Hosted* find(const RoomName& name);

  // What goes to many: room_host_fan_out.cc.
  void broadcast(Hosted& hosted, const Broadcast& effect);
  void announce(Hosted& hosted, const Announce& effect);
  void hold(Hosted& hosted, const DocumentUpdate& update, std::optional<MemberId> sender);
  void release_after(const Hosted& hosted, Duration delay);
  void release(Hosted& hosted);
  void send_all(Hosted& hosted, const ServerMessage& message, std::optional<MemberId> except);
  void send_merged(Hosted& hosted, const std::vector<FanOut::Held>& held, const ServerMessage& all);

  // Loading and keeping: room_host_storage.cc.
  Hosted& open(const RoomName& name);
  void on_loaded(Hosted& hosted, Result<store::LoadedRoom, store::StoreError> loaded);
  [[nodiscard]] std::optional<Room> restore(const RoomName& name, const store::LoadedRoom& loaded);
  void welcome(Hosted& hosted);
  void turn_away(std::vector<Arrival> arrivals, Refusal reason);
  void reopen(Hosted& hosted);
  void persist(Hosted& hosted, const Persist& effect);
  void mark_dirty(Hosted& hosted);
  bool flush(Hosted& hosted);
  void on_outcome(Hosted& hosted, RoomLog::Outcome outcome);
  bool heal(Hosted& hosted);
  void heal_later(Hosted& hosted);
  bool write_snapshot(Hosted& hosted, Compacted then = nullptr);
  bool tell_storage(Hosted& hosted);
  void close(Hosted& hosted);
  void on_deleted(Hosted& hosted);

  // Versions: room_host_versions.cc.
  void note_change(Hosted& hosted, const std::string& author);
  bool catch_up_with_versions(Hosted& hosted, const store::LoadedRoom& loaded);
  bool take_version(Hosted& hosted);
  std::optional<store::VersionRequest> version_of(Hosted& hosted);
  void watch_versions();
  void take_due_versions();
  void thin_out(const RoomName& name, std::vector<store::VersionInfo> found,
                std::optional<store::VersionId> before);
  void tell_stored(Hosted& hosted);
  void give_up_waiting(Hosted& hosted);

  void on_storage(StorageState state);
  /// An answer that does nothing if this life of the room has ended.
  template <typename T, typename Then>
  store::Reply<T> answer_for(const Hosted& hosted, Then then);

  const Limits& limits_;
  Rng& rng_;
  ops::Log log_;
  RoomOutlet& outlet_;
  RoomStorage storage_;
  Inspect inspect_;
  std::unordered_map<RoomName, std::unique_ptr<Hosted>> rooms_;
  std::vector<std::pair<RoomName, std::uint64_t>> turning_;  // rooms with something for its end
  std::vector<std::pair<RoomName, std::uint64_t>> dirty_;    // rooms whose logs have a batch
  std::uint64_t next_id_ = 1;
  bool watches_versions_ = false;
  StorageState storage_state_ = StorageState::ok;
  std::unordered_set<std::uint64_t> quarantine_;  // hashes of updates that broke a room
  std::deque<std::uint64_t> quarantined_;         // the same, oldest first
  std::vector<ConnectionId> recipients_;          // scratch
  RoomHostProbe probe_;
};

}  // namespace righttask::server
