#include "store/sqlite/database.h"

#include <algorithm>
#include <limits>

#include "store/sqlite/wal_file.h"

namespace righttask::store::sqlite {
namespace {

/// A row is a little longer than what it carries.
constexpr std::size_t kRowOverhead = 4096;
/// Another process may have the file open (the sqlite3 shell); we wait so long for its locks.
constexpr int kBusyMs = 5000;
constexpr std::int64_t kPageBytes = 4096;

int count_wal_pages(void* pages, sqlite3*, const char*, int in_wal) {
  *static_cast<std::uint32_t*>(pages) = static_cast<std::uint32_t>(in_wal);
  return SQLITE_OK;
}

}  // namespace

Result<std::unique_ptr<Database>, OpenError> Database::open(DatabaseOptions options) {
  std::unique_ptr<Database> database(new Database(std::move(options)));
  if (const auto opened = database->open_files(true); !opened) return fail(opened.error());
  return database;
}

Database::~Database() {
  if (session_) session_->connection.checkpoint_on_close(true);
  close_files();
}

// ---- opening ----------------------------------------------------------------------------------

OpenError Database::describe(const Connection& connection, int code) const {
  const Failure failure = connection.failure(code);
  return {failure.error == StoreError::corrupt ? OpenErrorKind::corrupt : OpenErrorKind::failed,
          options_.path + ": " + connection.describe(code)};
}

Result<void, OpenError> Database::open_files(bool check) {
  const auto failed = [this](int code) {
    return fail(OpenError{OpenErrorKind::failed,
                          options_.path + "-wal: " + std::string(sqlite3_errstr(code))});
  };
  const auto left = wal_bytes(options_.path, options_.vfs);
  if (!left) return failed(left.error());
  if (*left > 0) {
    if (const int code = rewrite_wal(options_.path, options_.vfs); code != SQLITE_OK) {
      return failed(code);
    }
  }

  auto connection = Connection::open(options_.path, options_.vfs, true);
  if (!connection) {
    return fail(OpenError{OpenErrorKind::failed, options_.path + ": " + connection.error()});
  }
  connection->checkpoint_on_close(false);  // not before we know that it is ours
  sqlite3_busy_timeout(connection->get(), kBusyMs);
  const auto version = check_format(*connection, options_.schema, options_.path);
  if (!version) return fail(version.error());
  if (const auto ready = configure(*connection); !ready) return ready;
  if (check && *left > 0) {
    if (const auto sound = check_structure(*connection); !sound) return sound;
  }
  if (const auto current = migrate(*connection, *version, options_.schema, options_.path);
      !current) {
    return current;
  }

  auto session = std::make_unique<Session>(std::move(*connection), options_.limits);
  if (const int code = session->writer.prepare(); code != SQLITE_OK) {
    return fail(describe(session->connection, code));
  }
  sqlite3_wal_hook(session->connection.get(), count_wal_pages, &session->wal_pages);
  // Frames left in the WAL are not counted by the hook before the first commit.
  session->wal_pages = static_cast<std::uint32_t>(*left / kPageBytes);
  session_ = std::move(session);
  next_checkpoint_ = options_.checkpoint_pages;
  const auto readers = open_readers();
  if (!readers) close_files();
  return readers;
}

Result<void, OpenError> Database::configure(Connection& connection) {
  const std::string limit =
      std::to_string(std::int64_t{options_.checkpoint_pages} * kPageBytes);  // of the WAL kept
  const std::string pragmas =
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON;"
      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA cell_size_check = ON;"
      "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = " +
      limit;
  // Twice: it names the mode before it has written the file's header, which may fail.
  Statement journal;
  int code = connection.execute("PRAGMA journal_mode = WAL");
  if (code == SQLITE_OK) code = journal.prepare(connection.get(), "PRAGMA journal_mode");
  if (code == SQLITE_OK) {
    const Rows rows(journal);
    code = journal.start();
    if (code == SQLITE_ROW) code = journal.text(0) == "wal" ? SQLITE_OK : SQLITE_CANTOPEN;
  }
  if (code == SQLITE_OK) code = connection.execute(pragmas.c_str());
  if (code != SQLITE_OK) return fail(describe(connection, code));
  sqlite3_db_config(connection.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  const std::size_t row_max =
      std::max(options_.limits.update_bytes_max, options_.limits.state_bytes_max) + kRowOverhead;
  sqlite3_limit(connection.get(), SQLITE_LIMIT_LENGTH,
                static_cast<int>(std::min<std::size_t>(row_max, std::numeric_limits<int>::max())));
  return {};
}

Result<void, OpenError> Database::check_structure(Connection& connection) {
  const auto pages = connection.integer("PRAGMA page_count");
  if (!pages) return fail(describe(connection, pages.error()));
  if (static_cast<std::uint64_t>(*pages) * kPageBytes > options_.check_bytes_max) {
    options_.log->warn("store: {} was not closed; too large to be checked at start (verify does)",
                       options_.path);
    return {};
  }
  Statement check;
  int code = check.prepare(connection.get(), "PRAGMA quick_check(1)");
  if (code == SQLITE_OK) {
    const Rows rows(check);
    code = check.start();
    if (code == SQLITE_ROW) {
      if (check.text(0) == "ok") return {};
      return fail(OpenError{OpenErrorKind::corrupt, options_.path + ": " + check.text(0)});
    }
  }
  return fail(describe(connection, code));
}

Result<void, OpenError> Database::open_readers() {
  for (SharedReader* shared : {&reader_, &auditor_}) {
    auto opened = Reader::open(options_.path, options_.vfs, options_.limits);
    if (!opened) {
      return fail(OpenError{OpenErrorKind::failed, options_.path + ": " + opened.error()});
    }
    if (shared == &auditor_) opened->give_way_to(give_way_);
    shared->with([&](std::optional<Reader>& reader) { reader.emplace(std::move(*opened)); });
  }
  return {};
}

void Database::close_files() {
  backup_.reset();
  give_way_.with([](bool& flag) { flag = true; });
  for (SharedReader* shared : {&reader_, &auditor_}) {
    shared->with([](std::optional<Reader>& reader) { reader.reset(); });
  }
  give_way_.with([](bool& flag) { flag = false; });
  session_.reset();
}

bool Database::reopen() {
  const auto now = std::chrono::steady_clock::now();
  if (now < reopen_at_) return false;
  close_files();
  ++probe_.reopened;
  if (const auto opened = open_files(false); !opened) {
    reopen_at_ = now + options_.reopen_pause;
    options_.log->error("store: cannot reopen: {}", opened.error().message);
    return false;
  }
  options_.log->warn("store: {} was reopened and its log written back", options_.path);
  return true;
}

// ---- writing ----------------------------------------------------------------------------------

void Database::note(const Failure& failure) {
  if (failure.fault == Fault::none) return;
  options_.log->error("store: writing {}: {}", options_.path, session_->writer.last_error());
  if (failure.fault == Fault::failed) close_files();
}

Outcome Database::try_append(std::span<PendingAppend> batch) {
  const auto written = session_->writer.append(batch);
  if (written) return Outcome::done;
  ++probe_.commits_failed;
  note(written.error());
  return written.error().fault == Fault::full ? Outcome::full : Outcome::failed;
}

Outcome Database::append(std::span<PendingAppend> batch) {
  if (!session_ && !reopen()) return Outcome::failed;
  Outcome outcome = try_append(batch);
  if (outcome == Outcome::failed && reopen()) outcome = try_append(batch);
  probe_.commits += outcome == Outcome::done;
  return outcome;
}

Result<void, StoreError> Database::begin_backup(const std::string& file) {
  if (!session_ && !reopen()) return fail(StoreError::storage_failed);
  auto backup = Backup::begin(session_->connection, file);
  if (!backup) return fail(backup.error());
  backup_.emplace(std::move(*backup));
  return {};
}

Result<std::optional<BackupInfo>, StoreError> Database::step_backup() {
  if (!backup_) return fail(StoreError::storage_failed);
  const auto stepped = backup_->step();
  if (!stepped || *stepped) backup_.reset();
  return stepped;
}

// ---- checkpoints ------------------------------------------------------------------------------

Database::Checkpoint Database::run_checkpoint(int mode) {
  int in_wal = 0;
  int copied = 0;
  // Whoever reads is not waited for.
  sqlite3_busy_timeout(session_->connection.get(), 0);
  const int code =
      sqlite3_wal_checkpoint_v2(session_->connection.get(), nullptr, mode, &in_wal, &copied);
  sqlite3_busy_timeout(session_->connection.get(), kBusyMs);
  ++probe_.checkpoints;
  return {code, code == SQLITE_OK && in_wal == copied};
}

Database::Checkpoint Database::run_checkpoint_alone(int mode) {
  give_way_.with([](bool& flag) { flag = true; });
  return auditor_.with([&](std::optional<Reader>&) {
    give_way_.with([](bool& flag) { flag = false; });
    return reader_.with([&](std::optional<Reader>&) { return run_checkpoint(mode); });
  });
}

bool Database::settle(Checkpoint checkpoint) {
  if (checkpoint.complete) {
    session_->wal_pages = 0;  // the next commit begins the WAL anew
    next_checkpoint_ = options_.checkpoint_pages;
    return true;
  }
  // A reader stands in the way, or the disk is full: again once the WAL has grown somewhat.
  next_checkpoint_ = session_->wal_pages + options_.checkpoint_pages / 4 + 1;
  if (checkpoint.code == SQLITE_OK || (checkpoint.code & 0xff) == SQLITE_BUSY) return false;
  const Connection& connection = session_->connection;
  options_.log->error("store: checkpoint of {}: {}", options_.path,
                      connection.describe(checkpoint.code));
  if (connection.failure(checkpoint.code).fault == Fault::failed) close_files();
  return false;
}

void Database::maintain() {
  if (session_ && session_->wal_pages >= next_checkpoint_) checkpoint();
  if (!session_) reopen();  // those who read need it too
}

void Database::checkpoint() {
  const std::uint32_t pages = session_->wal_pages;
  if (settle(run_checkpoint(SQLITE_CHECKPOINT_PASSIVE))) return;
  if (!session_ || pages < 2 * options_.checkpoint_pages) return;
  if (settle(run_checkpoint_alone(SQLITE_CHECKPOINT_RESTART)) || !session_) return;
  options_.log->warn("store: the log of {} has {} pages and somebody else reads it", options_.path,
                     pages);
}

bool Database::empty_wal() {
  return session_ && settle(run_checkpoint_alone(SQLITE_CHECKPOINT_TRUNCATE));
}

}  // namespace righttask::store::sqlite
