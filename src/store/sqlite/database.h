#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "ops/log.h"
#include "runtime/guarded.h"
#include "store/limits.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/writer.h"

namespace righttask::store::sqlite {

struct DatabaseOptions {
  std::string path;   // absolute
  std::string vfs{};  // empty: the system's files
  StoreLimits limits{};
  /// The WAL is copied into the file after a commit that leaves it with so many pages (of 4 KiB);
  /// with twice as many, readers are made to give way.
  std::uint32_t checkpoint_pages = 1024;
  /// After a stop without closing, the file's structure is checked at start unless it is larger.
  std::uint64_t check_bytes_max = 512u << 20;
  /// After reopening has failed, the next attempt is not made before this.
  std::chrono::milliseconds reopen_pause{0};
  std::span<const char* const> schema = schema_steps();
  ops::Log log;
};

/// What became of a transaction as a whole.
enum class Outcome : std::uint8_t {
  done,    // durable
  full,    // no room on the disk; nothing has changed, the same may be tried again
  failed,  // the disk fails; nothing may be believed to be written
};

struct DatabaseProbe {
  std::uint64_t commits = 0;
  std::uint64_t commits_failed = 0;
  std::uint64_t reopened = 0;
  std::uint64_t checkpoints = 0;
};

/// The file, its connections, and what is done when it fails. Writing belongs to one thread;
/// `read` and `audit` to any.
///
/// After a failure other than a full disk the connections are closed, the WAL is written back
/// and synced (wal_file.h), and SQLite recovers from it. Until that has worked, everything fails.
class Database {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Database>, OpenError> open(DatabaseOptions options);
  /// Leaves one file without a WAL, if the disk takes it.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Writes a batch in one transaction. After a failure it is tried once more on reopened files.
  /// Done: every entry has its result; else none has.
  [[nodiscard]] Outcome append(std::span<PendingAppend> batch);

  /// Any other change: one transaction, not tried again.
  template <typename T>
  [[nodiscard]] Result<T, StoreError> write(
      const std::function<Result<T, Failure>(Writer&)>& change) {
    if (!session_ && !reopen()) return fail(StoreError::storage_failed);
    const Result<T, Failure> result = change(session_->writer);
    if (result) return *result;
    note(result.error());
    return fail(result.error().error);
  }

  /// Copies the WAL into the file where that is due, and opens what a failure has closed. After
  /// commits, once they are answered.
  void maintain();
  /// False after a failure, until reopening has worked.
  [[nodiscard]] bool is_open() const { return session_ != nullptr; }
  /// Leaves no byte in the WAL: of a room that was deleted, for instance.
  [[nodiscard]] bool empty_wal();

  /// One backup at a time. Reopening ends it.
  [[nodiscard]] bool backing_up() const { return backup_.has_value(); }
  [[nodiscard]] Result<void, StoreError> begin_backup(const std::string& file);
  /// See Backup::step. With an answer the backup has ended.
  [[nodiscard]] Result<std::optional<BackupInfo>, StoreError> step_backup();

  /// Asks the reader for what `question(Reader&)` returns, a Result<…, StoreError>. Asked again
  /// when it had to give way to a checkpoint.
  template <typename Question>
  auto read(Question question) {
    return ask(reader_, std::move(question));
  }
  /// For long questions, on a connection of their own, so that loading rooms does not wait. They
  /// give way to a checkpoint that is overdue, and are then asked again, a few times.
  template <typename Question>
  auto audit(Question question) {
    return ask(auditor_, std::move(question));
  }

  [[nodiscard]] const DatabaseProbe& probe() const { return probe_; }

 private:
  struct Session {
    Session(Connection opened, const StoreLimits& limits)
        : connection(std::move(opened)), writer(connection, limits) {}
    Connection connection;
    Writer writer;
    std::uint32_t wal_pages = 0;  // after the last commit
  };
  using SharedReader = runtime::Guarded<std::optional<Reader>>;

  explicit Database(DatabaseOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Result<void, OpenError> open_files(bool check);
  [[nodiscard]] Result<void, OpenError> open_readers();
  [[nodiscard]] Result<void, OpenError> configure(Connection& connection);
  [[nodiscard]] Result<void, OpenError> check_structure(Connection& connection);
  [[nodiscard]] OpenError describe(const Connection& connection, int code) const;
  bool reopen();
  void close_files();
  void note(const Failure& failure);
  [[nodiscard]] Outcome try_append(std::span<PendingAppend> batch);
  struct Checkpoint {
    int code = SQLITE_OK;
    bool complete = false;
  };
  [[nodiscard]] Checkpoint run_checkpoint(int mode);
  /// With no reader between: the auditor gives way, the reader is waited for.
  [[nodiscard]] Checkpoint run_checkpoint_alone(int mode);
  void checkpoint();
  /// What it means for the connection. True: complete.
  bool settle(Checkpoint checkpoint);

  template <typename Question>
  auto ask(SharedReader& shared, Question question) {
    for (int tries = 3;; --tries) {
      bool gave_way = false;
      auto result = shared.with([&](std::optional<Reader>& reader) -> decltype(question(*reader)) {
        if (!reader) return fail(StoreError::storage_failed);
        reader->forget_failure();
        auto answer = question(*reader);
        gave_way = reader->interrupted();
        if (!answer && !gave_way && !reader->last_error().empty()) {
          options_.log->error("store: reading {}: {}", options_.path, reader->last_error());
        }
        return answer;
      });
      if (result || !gave_way || tries == 0) return result;
      while (give_way_.get()) std::this_thread::yield();  // until the writer has the lock
    }
  }

  const DatabaseOptions options_;
  std::unique_ptr<Session> session_;  // null after a failure, until reopening has worked
  std::optional<Backup> backup_;
  runtime::Guarded<bool> give_way_{false};  // to the writer; the auditor looks now and then
  SharedReader reader_, auditor_;      // destroyed, so closed, before the session that checkpoints
  std::uint32_t next_checkpoint_ = 0;  // pages
  std::chrono::steady_clock::time_point reopen_at_{};
  DatabaseProbe probe_;
};

}  // namespace righttask::store::sqlite
