#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/named_type.h"
#include "base/result.h"
#include "model/messages.h"
#include "model/room_name.h"
#include "runtime/loop.h"
#include "store/store_error.h"

namespace righttask::store {

/// A room's life between two deletions. The first is 1; deleting the room raises it.
using Epoch = NamedType<std::uint64_t, struct EpochTag>;
inline constexpr Epoch kFirstEpoch{1};

/// The place of an update in its room's log: 1, 2, 3, … in each epoch, given by the room. 0 stands
/// before the first.
using Sequence = NamedType<std::uint64_t, struct SequenceTag>;

/// Unique in a store and never used again.
using VersionId = NamedType<std::uint64_t, struct VersionIdTag>;

/// For people; nothing is ordered by it.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// ---- what goes in ----------------------------------------------------------------------------

struct Update {
  SharedBytes data;    // opaque
  std::string author;  // a token's subject or a user's name; empty: unknown
  WallTime at;
};

struct AppendRequest {
  RoomName room;
  Epoch epoch;
  Sequence first;  // of the updates, which follow each other
  std::vector<Update> updates;
};

/// The room's whole state. It replaces every update up to and including `sequence`.
struct SnapshotRequest {
  RoomName room;
  Epoch epoch;
  /// The last update that the state holds. May lie beyond the log's end: then the log goes on
  /// behind it, which is how a room heals whose appends were refused.
  Sequence sequence;
  WallTime at;
  SharedBytes state;
};

enum class VersionKind : std::uint8_t { automatic, named };

struct VersionRequest {
  RoomName room;
  Epoch epoch;
  VersionKind kind = VersionKind::automatic;
  std::string name;
  std::string author;
  Sequence sequence;
  WallTime at;
  SharedBytes state;
};

// ---- what comes out --------------------------------------------------------------------------

struct Snapshot {
  Sequence sequence;
  WallTime at;
  Bytes state;
};

struct StoredUpdate {
  Sequence sequence;
  WallTime at;
  std::string author;
  Bytes data;
};

/// A room that is not stored has its first epoch, and nothing.
struct LoadedRoom {
  Epoch epoch = kFirstEpoch;
  std::optional<Snapshot> snapshot;
  std::vector<StoredUpdate> updates;  // those after the snapshot, in order
  Sequence last;                      // the next append begins behind it
  Sequence versioned;  // the last one that the newest version holds; 0: there is none
  /// When an earlier epoch ended: a client that still has a copy of that one must be told.
  std::optional<WallTime> deleted_at;
  /// What delete_room was given for each epoch that ended, oldest first.
  std::vector<Bytes> epitaphs;
  /// Updates that are damaged or missing and so not among `updates`, found now or earlier.
  std::vector<Sequence> set_aside;
};

/// An update that could not be applied for a fault of ours.
struct QuarantineRequest {
  RoomName room;
  Epoch epoch;
  std::string author;
  std::string reason;  // for people
  WallTime at;
  SharedBytes data;
};

struct VersionInfo {
  VersionId id{};
  VersionKind kind = VersionKind::automatic;
  std::string name{};
  std::string author{};
  Epoch epoch{};
  Sequence sequence{};
  WallTime at{};
  std::uint64_t state_bytes = 0;
  std::uint64_t stored_bytes = 0;
};

struct Version {
  VersionInfo info;
  Bytes state;
};

struct RoomInfo {
  RoomName name;
  Epoch epoch{};
  Sequence last{};
  WallTime created_at{};
  WallTime changed_at{};
  std::uint64_t updates = 0;
  std::uint64_t update_bytes = 0;
  std::uint64_t snapshot_bytes = 0;  // as stored
  std::uint64_t versions = 0;
  std::uint64_t version_bytes = 0;  // as stored
  std::uint64_t set_aside = 0;
};

struct RoomPage {
  std::vector<RoomInfo> rooms;             // by name, byte for byte
  std::optional<RoomName> continue_after;  // absent: this was the last page
};

struct VersionPage {
  std::vector<VersionInfo> versions;         // newest first
  std::optional<VersionId> continue_before;  // absent: this was the last page
};

struct VerifyReport {
  std::uint64_t rooms = 0;
  std::uint64_t updates = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t versions = 0;
  std::uint64_t set_aside = 0;
  /// False when the check of the file's structure gave way to writing; the rows were checked.
  bool structure_checked = true;
  std::vector<std::string> problems;  // sentences, the first 100
  std::uint64_t problem_count = 0;
  [[nodiscard]] bool sound() const { return problem_count == 0; }
};

struct BackupInfo {
  std::uint64_t bytes = 0;
};

/// What happened, for metrics and tests. Counts since the start.
struct StoreProbe {
  /// full, failing: appends wait, and are written when the disk takes them again.
  StorageState state = StorageState::ok;
  std::uint64_t commits = 0;  // batches of appends, each with one sync
  std::uint64_t appends = 0;  // acknowledged
  std::uint64_t updates = 0;
  std::uint64_t update_bytes = 0;
  std::uint64_t appends_refused = 0;
  std::uint64_t commits_failed = 0;
  std::uint64_t reopened = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t loads = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t rows_set_aside = 0;
  std::chrono::nanoseconds commit_time{};      // of all commits together
  std::chrono::nanoseconds commit_time_max{};  // of the slowest
  std::uint64_t queue_bytes = 0;               // updates that wait now
};

// ---- the store -------------------------------------------------------------------------------

/// Takes a task to the thread that asked: `[&loop](auto task) { loop.post_answer(std::move(task));
/// }`. Called from the store's threads; never refuses; what it refers to outlives the store.
using Post = std::function<void(runtime::Task)>;

/// Where an answer goes and what is to be done with it. `then` runs exactly once, by `post`, and
/// never inside the call that asked. What it needs it finds by id: the room may have gone.
template <typename T>
struct Reply {
  Post post;
  std::move_only_function<void(Result<T, StoreError>)> then;

  void operator()(Result<T, StoreError> result) {
    post([then = std::move(then), result = std::move(result)]() mutable {
      then(std::move(result));
    });
  }
};

/// Rooms on disk: for each an append-only log of updates, one snapshot that replaces its
/// beginning, and versions. Bytes are opaque. No call waits for a disk; answers are posted to the
/// caller. Any thread. (Spec: docs/spec/store.md)
///
/// Appends of a room are carried out in the order in which they came, and every other change after
/// the appends that were asked for before it. Otherwise there is no order, but for what a caller
/// has been answered: that is durable, and whoever asks afterwards finds it.
///
/// Changes other than appends are not tried again by the store. After storage_full nothing has
/// changed; after storage_failed that is not known, until whoever asked asks again.
///
/// Destroying a store writes what is queued, if the disk takes it, answers everything, and
/// returns when its files are closed.
class DocumentStore {
 public:
  virtual ~DocumentStore() = default;

  /// Adds updates to a room, all or none, making the room if it is new. The answer is the last
  /// sequence that is durable. While the disk is full or failing there is no answer: the append
  /// waits (see `watch`). A refused append leaves a gap, so that later ones of the room are
  /// refused too, until a snapshot at or beyond their sequences has been written. Answers come in
  /// the order of a room's appends, but for storage_unavailable, which does not wait for those that
  /// do.
  /// Errors: deleted, stale_epoch, sequence_gap, sequence_conflict, too_large, storage_unavailable.
  virtual void append(AppendRequest request, Reply<Sequence> reply) = 0;

  /// The newest snapshot and the updates behind it. Errors: corrupt (the snapshot is damaged),
  /// storage_failed.
  virtual void load(RoomName room, Reply<LoadedRoom> reply) = 0;

  /// Compresses and writes a snapshot off the path of appends; answers with its sequence. The
  /// stored one again is answered alike; another that is not newer is a sequence_conflict. Errors
  /// also: deleted, stale_epoch, too_large, storage_full, storage_failed, storage_unavailable.
  virtual void write_snapshot(SnapshotRequest request, Reply<Sequence> reply) = 0;

  /// Errors: as write_snapshot but for conflicts; not_found for a room that is not stored.
  virtual void create_version(VersionRequest request, Reply<VersionId> reply) = 0;
  /// At most `limit`, those with ids below `before` (absent: from the newest).
  virtual void list_versions(RoomName room, std::optional<VersionId> before, std::size_t limit,
                             Reply<VersionPage> reply) = 0;
  /// Errors: not_found (also for a version of another room), corrupt, storage_failed.
  virtual void get_version(RoomName room, VersionId id, Reply<Version> reply) = 0;
  /// An automatic version becomes a named one. Errors: not_found, corrupt, too_large, those of the
  /// disk.
  virtual void rename_version(RoomName room, VersionId id, std::string name,
                              Reply<VersionInfo> reply) = 0;
  /// Removes an automatic version. Whoever lists versions and then thins them out must not take one
  /// that has been named meanwhile. Errors: not_found (also for a named one), those of the disk.
  virtual void delete_version(RoomName room, VersionId id, Reply<VersionId> reply) = 0;

  /// The rooms that are there, by name: at most `limit`, those behind `after`.
  virtual void list_rooms(std::optional<RoomName> after, std::size_t limit,
                          Reply<RoomPage> reply) = 0;

  /// Removes log, snapshot, versions and what was set aside, and raises the epoch, which is the
  /// answer. From then on the old epoch is refused as `deleted`. `epitaph` is kept for ever: by it
  /// the caller tells copies of what has been deleted. Errors: not_found, too_large, those of the
  /// disk.
  virtual void delete_room(RoomName room, WallTime at, Bytes epitaph, Reply<Epoch> reply) = 0;

  /// Takes an update out of a room's log because it cannot be used, and keeps its bytes. For a
  /// room whose document refuses what is stored. Errors: not_found, deleted, stale_epoch, those of
  /// the disk.
  virtual void set_aside(RoomName room, Epoch epoch, Sequence sequence, std::string reason,
                         Reply<Sequence> reply) = 0;

  /// Keeps an update that never entered the log, for those who look into the fault. Errors:
  /// deleted, stale_epoch, too_large, those of the disk.
  virtual void quarantine(QuarantineRequest request, Reply<Epoch> reply) = 0;

  /// A complete copy of the store, as it was at one moment, while it goes on writing. The file is
  /// complete or not there. Errors: already_exists, storage_full, storage_failed.
  virtual void backup(std::string file, Reply<BackupInfo> reply) = 0;

  /// Reads and checks every row, and the structure of the file.
  virtual void verify(Reply<VerifyReport> reply) = 0;

  /// Told, by `post`, of the state now and of every change of it, for health and for answers to
  /// those who wait.
  virtual void watch(Post post, std::function<void(StorageState)> changed) = 0;

  [[nodiscard]] virtual StoreProbe probe() const = 0;
};

}  // namespace righttask::store
