#pragma once

#include <map>

#include "runtime/guarded.h"
#include "store/document_store.h"
#include "store/limits.h"

namespace righttask::store {

/// Rooms that end with the process: for tests, simulation, and servers that are told to keep
/// nothing. Follows every rule of the interface but durability; what it answers is in memory.
/// There is no file to copy: `backup` answers storage_failed. Any thread.
class MemoryStore : public DocumentStore {
 public:
  explicit MemoryStore(StoreLimits limits = {}) : limits_(limits) {}

  void append(AppendRequest request, Reply<Sequence> reply) override;
  void load(RoomName room, Reply<LoadedRoom> reply) override;
  void write_snapshot(SnapshotRequest request, Reply<Sequence> reply) override;
  void create_version(VersionRequest request, Reply<VersionId> reply) override;
  void list_versions(RoomName room, std::optional<VersionId> before, std::size_t limit,
                     Reply<VersionPage> reply) override;
  void get_version(RoomName room, VersionId id, Reply<Version> reply) override;
  void rename_version(RoomName room, VersionId id, std::string name,
                      Reply<VersionInfo> reply) override;
  void delete_version(RoomName room, VersionId id, Reply<VersionId> reply) override;
  void list_rooms(std::optional<RoomName> after, std::size_t limit, Reply<RoomPage> reply) override;
  void delete_room(RoomName room, WallTime at, Bytes epitaph, Reply<Epoch> reply) override;
  void set_aside(RoomName room, Epoch epoch, Sequence sequence, std::string reason,
                 Reply<Sequence> reply) override;
  void quarantine(QuarantineRequest request, Reply<Epoch> reply) override;
  void backup(std::string file, Reply<BackupInfo> reply) override;
  void verify(Reply<VerifyReport> reply) override;
  void watch(Post post, std::function<void(StorageState)> changed) override;
  [[nodiscard]] StoreProbe probe() const override;

 private:
  struct StoredRoom {
    Epoch epoch = kFirstEpoch;
    bool live = false;
    WallTime created_at{};
    std::optional<WallTime> deleted_at;
    std::vector<Bytes> epitaphs;
    std::optional<Snapshot> snapshot;
    std::map<Sequence, StoredUpdate> updates;
    std::map<Sequence, StoredUpdate> set_aside;
    std::vector<QuarantineRequest> quarantined;
    std::map<VersionId, Version> versions;
    Sequence last;
  };
  struct State {
    std::map<RoomName, StoredRoom> rooms;
    VersionId next_version{1};
    StoreProbe probe;
  };

  static std::optional<StoreError> refuse_epoch(const State& state, const RoomName& room,
                                                Epoch epoch);
  static StoredRoom* find_live(State& state, const RoomName& room);
  static Result<Sequence, StoreError> add(State& state, const AppendRequest& request);
  static RoomInfo describe(const RoomName& name, const StoredRoom& room);

  const StoreLimits limits_;
  runtime::Guarded<State> state_;
};

}  // namespace righttask::store
