#pragma once

#include <optional>
#include <string>

#include "store/document_store.h"
#include "store/sqlite/connection.h"

namespace righttask::store::sqlite {

/// A copy of the database in the making, as FILE.partial. It runs on the writer's own connection:
/// SQLite carries changes made there over to the copy, so that it neither holds a read transaction
/// between its steps (which would keep the WAL from being emptied) nor ever starts again.
class Backup {
 public:
  /// Errors: already_exists, storage_full, storage_failed.
  [[nodiscard]] static Result<Backup, StoreError> begin(Connection& source, std::string file);
  Backup(Backup&& other) noexcept;
  Backup& operator=(Backup&&) = delete;
  /// Removes what is unfinished.
  ~Backup();

  /// Copies the next megabyte. Nothing: there is more to do. The file is then durable under its
  /// name.
  [[nodiscard]] Result<std::optional<BackupInfo>, StoreError> step();

 private:
  Backup(Connection copy, sqlite3_backup* backup, std::string file)
      : copy_(std::move(copy)), backup_(backup), file_(std::move(file)) {}
  [[nodiscard]] Result<BackupInfo, StoreError> finish();

  std::optional<Connection> copy_;
  sqlite3_backup* backup_;
  std::string file_;
};

}  // namespace righttask::store::sqlite
