#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ops/log.h"
#include "runtime/directory_lock.h"
#include "runtime/guarded.h"
#include "runtime/work_queue.h"
#include "runtime/worker.h"
#include "store/document_store.h"
#include "store/limits.h"
#include "store/sqlite/database.h"

namespace righttask::store::sqlite {

struct SqliteStoreOptions {
  /// Made if need be (its parent must exist), and locked against a second process.
  std::string directory;
  StoreLimits limits{};
  ops::Log log;
  std::uint32_t checkpoint_pages = 1024;
  /// Pause before a batch is tried again that a full or failing disk has refused; it doubles.
  std::chrono::milliseconds retry_first{50};
  std::chrono::milliseconds retry_max{1000};
  /// Tests bring a VFS of their own, in which the file is then called like this.
  std::string vfs{};
  std::string vfs_path{};
};

/// Rooms in one SQLite file, DIRECTORY/rooms.db. Three threads: a writer, which commits all that
/// has gathered as one transaction; a reader, which loads and compresses; an auditor, which
/// verifies.
class SqliteStore final : public DocumentStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>, OpenError> open(
      SqliteStoreOptions options);
  ~SqliteStore() override;

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
  struct BackupJob {
    std::string file;
    Reply<BackupInfo> reply;
    bool begun = false;
  };
  /// Any other change. Called once: to be carried out, or to be refused with this error.
  using Change = std::move_only_function<void(std::optional<StoreError> refused)>;
  using Work = std::variant<PendingAppend, Change, BackupJob>;
  struct Watcher {
    Post post;
    std::function<void(StorageState)> changed;
  };
  struct Shared {
    StoreProbe probe;
    std::vector<Watcher> watchers;
    std::size_t state_bytes = 0;  // of states that wait to be compressed and written
    bool closing = false;
  };
  /// A change that waits for the appends that were asked for before it: a snapshot that came
  /// before them would cover sequences that are not written yet.
  struct WaitingChange {
    Change change;
    std::uint64_t after;  // how many appends had arrived
  };
  /// What the writer's thread has in hand.
  struct InHand {
    std::vector<PendingAppend> appends;  // in order
    std::deque<WaitingChange> changes;   // one of them between two batches
    std::deque<BackupJob> backups;       // one after the other
    std::uint64_t arrived = 0;           // appends
    std::uint64_t answered = 0;
    std::chrono::steady_clock::time_point retry_at{};
    std::chrono::milliseconds pause{0};  // 0: the last batch was written
  };

  SqliteStore(SqliteStoreOptions options, runtime::DirectoryLock lock,
              std::unique_ptr<Database> database);

  // The writer's thread.
  void write();
  void sort_in(std::vector<Work>& fresh, InHand& hand);
  void commit(InHand& hand, bool closing);
  void answer(InHand& hand, std::size_t count, StoreError otherwise);
  void run_change(InHand& hand);
  void back_up(InHand& hand, bool closing);
  void report();
  [[nodiscard]] std::optional<Duration> patience(const InHand& hand) const;
  void change_state(StorageState state);

  void to_writer(Change change);
  template <typename T>
  void ask_writer(Reply<T> reply, std::function<Result<T, Failure>(Writer&)> change);
  template <typename T, typename Question>
  void ask_reader(Reply<T> reply, Question question);
  template <typename T, typename Request>
  void write_state(Request request, Reply<T> reply,
                   Result<T, Failure> (Writer::*change)(const Request&, const PackedState&));
  [[nodiscard]] bool reserve_state(std::size_t bytes);
  void release_state(std::size_t bytes);
  void set_aside_damaged(const RoomName& room, Epoch epoch, std::vector<Sequence> sequences);
  [[nodiscard]] Result<VerifyReport, StoreError> verify_all();

  const SqliteStoreOptions options_;
  runtime::DirectoryLock lock_;
  std::unique_ptr<Database> database_;
  mutable runtime::Guarded<Shared> shared_;
  runtime::WorkQueue<Work> queue_;
  std::unique_ptr<runtime::Thread> writer_;
  std::unique_ptr<runtime::Worker> reader_;
  std::unique_ptr<runtime::Worker> auditor_;
};

}  // namespace righttask::store::sqlite
