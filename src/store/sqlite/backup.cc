#include "store/sqlite/backup.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "runtime/directory_lock.h"
#include "runtime/file_descriptor.h"

namespace righttask::store::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr int kPagesAStep = 256;

std::string partial(const std::string& file) {
  return file + ".partial";
}

bool sync_file(const std::string& path) {
  const runtime::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return fd.valid() && ::fsync(fd.get()) == 0;
}

/// Not over a file that has come meanwhile, where the file system can tell. Returns errno or 0.
int rename_to_new(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL) return errno;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Result<Backup, StoreError> Backup::begin(Connection& source, std::string file) {
  std::error_code ignored;
  if (fs::exists(file, ignored)) return fail(StoreError::already_exists);
  fs::remove(partial(file), ignored);  // of a backup that was cut off
  // For its owner alone, as the folder is that it is a copy of; made here, so that no link is
  // followed.
  if (!runtime::FileDescriptor(
           ::open(partial(file).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600))
           .valid()) {
    return fail(StoreError::storage_failed);
  }
  auto copy = Connection::open(partial(file), "", true);
  if (!copy) return fail(StoreError::storage_failed);
  // Synced once, when it is complete; a journal would only help a copy that is thrown away.
  if (const int code = copy->execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
      code != SQLITE_OK) {
    return fail(copy->failure(code).error);
  }
  sqlite3_backup* backup = sqlite3_backup_init(copy->get(), "main", source.get(), "main");
  if (backup == nullptr) return fail(StoreError::storage_failed);
  return Backup(std::move(*copy), backup, std::move(file));
}

Backup::Backup(Backup&& other) noexcept
    : copy_(std::move(other.copy_)),
      backup_(std::exchange(other.backup_, nullptr)),
      file_(std::exchange(other.file_, {})) {
  other.copy_.reset();
}

Backup::~Backup() {
  if (backup_ != nullptr) sqlite3_backup_finish(backup_);
  copy_.reset();
  std::error_code ignored;
  if (!file_.empty()) fs::remove(partial(file_), ignored);
}

Result<std::optional<BackupInfo>, StoreError> Backup::step() {
  const int code = sqlite3_backup_step(backup_, kPagesAStep);
  if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) return std::nullopt;
  if (code != SQLITE_DONE) return fail(copy_->failure(code).error);
  return finish();
}

Result<BackupInfo, StoreError> Backup::finish() {
  const int code = sqlite3_backup_finish(std::exchange(backup_, nullptr));
  if (code != SQLITE_OK) return fail(copy_->failure(code).error);
  copy_.reset();
  const std::string made = partial(file_);
  if (!sync_file(made)) return fail(StoreError::storage_failed);
  std::error_code error;
  BackupInfo info{fs::file_size(made, error)};
  if (error) return fail(StoreError::storage_failed);
  if (const int fault = rename_to_new(made, file_); fault != 0) {
    return fail(fault == EEXIST ? StoreError::already_exists : StoreError::storage_failed);
  }
  const auto directory = fs::absolute(file_).parent_path();
  if (runtime::sync_directory(directory.string()) != 0) return fail(StoreError::storage_failed);
  return info;
}

}  // namespace righttask::store::sqlite
