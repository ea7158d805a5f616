#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "plant.h"
#include "sim_clock.h"
#include "store/document_store.h"
#include "store/limits.h"
#include "store/sqlite/database.h"
#include "store/testing/crash_disk.h"

namespace righttask::sim {

/// The store in one thread and on the virtual clock: what SqliteStore does with its threads is
/// done here by tasks, on the same Database and on a disk that forgets what was not synced. Lives
/// as long as its process.
class SimStore final : public store::DocumentStore {
 public:
  /// How long the disk takes, drawn anew for each thing it does.
  struct Tempo {
    Duration shortest = microseconds(200);
    Duration longest = milliseconds(8);
  };

  SimStore(SimClock& clock, Rng& rng, store::testing::CrashDisk& disk, Plant plant);
  /// Answers nothing: the process has died. The disk must not take anything any more.
  ~SimStore() override;

  /// False when the disk does not let it.
  [[nodiscard]] bool open();
  void set_tempo(Tempo tempo) { tempo_ = tempo; }
  /// The power went off in the middle of something.
  [[nodiscard]] bool power_is_off() const { return power_is_off_; }
  /// Whether the room's content has been given away.
  [[nodiscard]] bool has_loaded(const RoomName& room) const { return loaded_.contains(room); }
  /// Nothing waits to be written or answered.
  [[nodiscard]] bool idle() const { return appends_.empty() && changes_.empty() && asked_ == 0; }
  /// At once, for checks.
  [[nodiscard]] Result<store::LoadedRoom, store::StoreError> read(const RoomName& room);

  void append(store::AppendRequest request, store::Reply<store::Sequence> reply) override;
  void load(RoomName room, store::Reply<store::LoadedRoom> reply) override;
  void write_snapshot(store::SnapshotRequest request, store::Reply<store::Sequence> reply) override;
  void create_version(store::VersionRequest request, store::Reply<store::VersionId> reply) override;
  void list_versions(RoomName room, std::optional<store::VersionId> before, std::size_t limit,
                     store::Reply<store::VersionPage> reply) override;
  void get_version(RoomName room, store::VersionId id, store::Reply<store::Version> reply) override;
  void rename_version(RoomName room, store::VersionId id, std::string name,
                      store::Reply<store::VersionInfo> reply) override;
  void delete_version(RoomName room, store::VersionId id,
                      store::Reply<store::VersionId> reply) override;
  void list_rooms(std::optional<RoomName> after, std::size_t limit,
                  store::Reply<store::RoomPage> reply) override;
  void delete_room(RoomName room, store::WallTime at, Bytes epitaph,
                   store::Reply<store::Epoch> reply) override;
  void set_aside(RoomName room, store::Epoch epoch, store::Sequence sequence, std::string reason,
                 store::Reply<store::Sequence> reply) override;
  void quarantine(store::QuarantineRequest request, store::Reply<store::Epoch> reply) override;
  /// Not simulated: answered with storage_failed.
  void backup(std::string file, store::Reply<store::BackupInfo> reply) override;
  void verify(store::Reply<store::VerifyReport> reply) override;
  void watch(store::Post post, std::function<void(StorageState)> changed) override;
  [[nodiscard]] store::StoreProbe probe() const override { return probe_; }

 private:
  using Change = std::move_only_function<void(std::optional<store::StoreError> refused)>;
  struct WaitingChange {
    Change change;
    std::uint64_t after;  // appends that had arrived
  };
  struct Watcher {
    store::Post post;
    std::function<void(StorageState)> changed;
  };

  void work_soon();
  void work();
  void commit();
  void run_change();
  void change_state(StorageState state);
  void look_at_power();
  [[nodiscard]] Duration disk_time();
  void after_disk(SimClock::Task task);
  void to_writer(Change change);
  template <typename T, typename Apply>
  void ask_writer(store::Reply<T> reply, Apply apply);
  template <typename T, typename Question>
  void ask_reader(store::Reply<T> reply, Question question);

  SimClock& clock_;
  Rng& rng_;
  store::testing::CrashDisk& disk_;
  const Plant plant_;
  // So small that a disk which takes nothing for a while makes rooms heal by their states.
  const store::StoreLimits limits_{.queue_bytes_max = 8'000};
  Tempo tempo_;
  std::unique_ptr<store::sqlite::Database> database_;
  std::vector<store::sqlite::PendingAppend> appends_;
  std::deque<WaitingChange> changes_;
  std::uint64_t arrived_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t asked_ = 0;  // of the reader, without an answer yet
  std::vector<Watcher> watchers_;
  std::set<RoomName> loaded_;
  bool working_ = false;
  bool power_is_off_ = false;
  store::StoreProbe probe_;
};

}  // namespace righttask::sim
