#include "store/sqlite/connection.h"

#include <cerrno>

namespace righttask::store::sqlite {

int Statement::prepare(sqlite3* db, std::string_view sql) {
  reset();
  sqlite3_finalize(std::exchange(statement_, nullptr));
  return sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                            &statement_, nullptr);
}

ByteView Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  return byte_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

Result<Connection, std::string> Connection::open(const std::string& path, const std::string& vfs,
                                                 bool create) {
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, vfs.empty() ? nullptr : vfs.c_str());
  Connection connection(db);  // on failure, too: it has the message and must be closed
  if (code != SQLITE_OK) return fail(connection.describe(code));
  return connection;
}

Result<std::int64_t, int> Connection::integer(std::string_view sql) {
  Statement statement;
  if (const int code = statement.prepare(db_, sql); code != SQLITE_OK) return fail(code);
  if (const int code = statement.start(); code != SQLITE_ROW) return fail(code);
  return statement.integer(0);
}

void Connection::checkpoint_on_close(bool on) {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

Failure Connection::failure(int code) const {
  switch (code & 0xff) {
    case SQLITE_TOOBIG:
      return {StoreError::too_large};
    case SQLITE_CONSTRAINT:
      return {StoreError::sequence_conflict};
    case SQLITE_FULL:
      return {StoreError::storage_full, Fault::full};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {StoreError::corrupt, Fault::failed};
    default:
      break;
  }
  // SQLite calls a disk without room FULL, but a quota, and the file of the WAL's index, something
  // else. A sync that fails for want of room is still a failed sync.
  const int error = sqlite3_system_errno(db_);
  const bool sync = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
  if (!sync && (code & 0xff) == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT)) {
    return {StoreError::storage_full, Fault::full};
  }
  return {StoreError::storage_failed, Fault::failed};
}

std::string Connection::describe(int code) const {
  std::string words = sqlite3_errstr(code);
  if (db_ != nullptr && sqlite3_extended_errcode(db_) == code) words = sqlite3_errmsg(db_);
  return words + " (SQLite code " + std::to_string(code) + ")";
}

Transaction::~Transaction() {
  // SQLite has rolled back by itself after some errors. A rollback touches no file in WAL mode.
  if (sqlite3_get_autocommit(connection_.get()) == 0) (void)connection_.execute("ROLLBACK");
}

}  // namespace righttask::store::sqlite
