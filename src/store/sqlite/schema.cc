#include "store/sqlite/schema.h"

namespace righttask::store::sqlite {
namespace {

// data stands last, so that the other columns are read without it. Checksums: see rows.h.
constexpr const char* kSteps[] = {
    R"sql(
CREATE TABLE rooms(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  epoch INTEGER NOT NULL CHECK(epoch > 0),
  live INTEGER NOT NULL,              -- 0: deleted, and nothing written since
  created_ms INTEGER NOT NULL,        -- of this epoch
  deleted_ms INTEGER,                 -- when the epoch before ended
  checksum INTEGER NOT NULL);

CREATE TABLE updates(
  room INTEGER NOT NULL,
  sequence INTEGER NOT NULL CHECK(sequence > 0),
  at_ms INTEGER NOT NULL,
  author TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY(room, sequence)) WITHOUT ROWID;

CREATE TABLE snapshots(
  room INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL CHECK(sequence > 0),
  at_ms INTEGER NOT NULL,
  state_bytes INTEGER NOT NULL,       -- before compression
  checksum INTEGER NOT NULL,
  data BLOB NOT NULL);

CREATE TABLE versions(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room INTEGER NOT NULL,
  kind INTEGER NOT NULL,              -- 0: automatic, 1: named
  name TEXT NOT NULL,
  author TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  state_bytes INTEGER NOT NULL,
  data_checksum INTEGER NOT NULL,     -- of data
  checksum INTEGER NOT NULL,          -- of the rest, so that a name changes without reading data
  data BLOB NOT NULL);
CREATE INDEX versions_of_room ON versions(room, id);

-- Kept when all else of a room is deleted.
CREATE TABLE epitaphs(
  room INTEGER NOT NULL,
  epoch INTEGER NOT NULL,             -- the one that ended
  checksum INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY(room, epoch)) WITHOUT ROWID;

CREATE TABLE set_aside(
  id INTEGER PRIMARY KEY,
  room INTEGER NOT NULL,
  sequence INTEGER NOT NULL,          -- 0: never was in the log
  at_ms INTEGER NOT NULL,
  author TEXT NOT NULL,
  reason TEXT NOT NULL,
  data BLOB NOT NULL);
CREATE INDEX set_aside_of_room ON set_aside(room, sequence);
)sql",
};

OpenError describe(const Connection& connection, const std::string& path, int code) {
  const bool foreign = (code & 0xff) == SQLITE_NOTADB;
  return {foreign ? OpenErrorKind::not_ours : OpenErrorKind::failed,
          path + ": " + connection.describe(code)};
}

}  // namespace

std::span<const char* const> schema_steps() {
  return kSteps;
}

Result<std::int64_t, OpenError> check_format(Connection& connection,
                                             std::span<const char* const> steps,
                                             const std::string& path) {
  const auto application = connection.integer("PRAGMA application_id");
  if (!application) return fail(describe(connection, path, application.error()));
  const auto version = connection.integer("PRAGMA user_version");
  if (!version) return fail(describe(connection, path, version.error()));
  const auto tables = connection.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return fail(describe(connection, path, tables.error()));

  if (*application == 0 && *version == 0 && *tables == 0) return 0;
  if (*application != kApplicationId) {
    return fail(OpenError{OpenErrorKind::not_ours, path + " is a database of another program"});
  }
  const auto newest = static_cast<std::int64_t>(steps.size());
  if (*version > newest) {
    return fail(OpenError{OpenErrorKind::newer_format,
                          path + " has format " + std::to_string(*version) +
                              ", written by a newer program; this one knows up to " +
                              std::to_string(newest) + ". Nothing was changed"});
  }
  return *version;
}

Result<void, OpenError> migrate(Connection& connection, std::int64_t version,
                                std::span<const char* const> steps, const std::string& path) {
  for (const auto newest = static_cast<std::int64_t>(steps.size()); version < newest; ++version) {
    Transaction transaction(connection);
    int code = transaction.begin_writing();
    if (code == SQLITE_OK) code = connection.execute(steps[static_cast<std::size_t>(version)]);
    const std::string mark = "PRAGMA user_version = " + std::to_string(version + 1) +
                             "; PRAGMA application_id = " + std::to_string(kApplicationId);
    if (code == SQLITE_OK) code = connection.execute(mark.c_str());
    if (code == SQLITE_OK) code = transaction.commit();
    if (code != SQLITE_OK) return fail(describe(connection, path, code));
  }
  return {};
}

}  // namespace righttask::store::sqlite
