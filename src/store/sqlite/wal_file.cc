#include "store/sqlite/wal_file.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace righttask::store::sqlite {
namespace {

/// The log, opened as SQLite opens it, so that a VFS of the tests sees what is done here.
class WalFile {
 public:
  WalFile(const std::string& path, const std::string& vfs)
      : vfs_(sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str())),
        names_(sqlite3_create_filename(path.c_str(), (path + "-journal").c_str(),
                                       (path + "-wal").c_str(), 0, nullptr)) {}
  ~WalFile() {
    if (file() != nullptr && file()->pMethods != nullptr) file()->pMethods->xClose(file());
    sqlite3_free_filename(names_);
  }
  WalFile(const WalFile&) = delete;
  WalFile& operator=(const WalFile&) = delete;

  /// SQLITE_NOTFOUND when there is none.
  int open() {
    if (vfs_ == nullptr || names_ == nullptr) return SQLITE_ERROR;
    const char* name = sqlite3_filename_wal(names_);
    int exists = 0;
    if (const int code = vfs_->xAccess(vfs_, name, SQLITE_ACCESS_EXISTS, &exists)) return code;
    if (exists == 0) return SQLITE_NOTFOUND;
    memory_ = std::make_unique<std::max_align_t[]>(
        static_cast<std::size_t>(vfs_->szOsFile) / sizeof(std::max_align_t) + 1);
    int flags = 0;
    return vfs_->xOpen(vfs_, name, file(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, &flags);
  }

  int size(std::uint64_t& bytes) {
    sqlite3_int64 size = 0;
    const int code = file()->pMethods->xFileSize(file(), &size);
    bytes = static_cast<std::uint64_t>(size);
    return code;
  }

  int write_back(std::uint64_t bytes) {
    // SQLite's own VFS writes a multiple of 128 KiB as nothing, since it expects at most a page.
    constexpr std::uint64_t kChunk = 64u << 10;
    Bytes chunk(static_cast<std::size_t>(std::min(bytes, kChunk)));
    for (std::uint64_t at = 0; at < bytes; at += kChunk) {
      const int amount = static_cast<int>(std::min(kChunk, bytes - at));
      const auto offset = static_cast<sqlite3_int64>(at);
      if (const int c = file()->pMethods->xRead(file(), chunk.data(), amount, offset)) return c;
      if (const int c = file()->pMethods->xWrite(file(), chunk.data(), amount, offset)) return c;
    }
    return file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL);
  }

 private:
  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory_.get()); }

  sqlite3_vfs* vfs_;
  sqlite3_filename names_;
  std::unique_ptr<std::max_align_t[]> memory_;
};

}  // namespace

Result<std::uint64_t, int> wal_bytes(const std::string& path, const std::string& vfs) {
  WalFile wal(path, vfs);
  const int opened = wal.open();
  if (opened == SQLITE_NOTFOUND) return 0;
  if (opened != SQLITE_OK) return fail(opened);
  std::uint64_t bytes = 0;
  if (const int code = wal.size(bytes); code != SQLITE_OK) return fail(code);
  return bytes;
}

int rewrite_wal(const std::string& path, const std::string& vfs) {
  WalFile wal(path, vfs);
  const int opened = wal.open();
  if (opened == SQLITE_NOTFOUND) return SQLITE_OK;
  if (opened != SQLITE_OK) return opened;
  std::uint64_t bytes = 0;
  if (const int code = wal.size(bytes); code != SQLITE_OK) return code;
  return wal.write_back(bytes);
}

}  // namespace righttask::store::sqlite
