#include "store/testing/crash_disk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "runtime/guarded.h"

namespace righttask::store::testing {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kSector = 512;
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr int kShmLocks = SQLITE_SHM_NLOCK;

struct Handle;

struct File {
  Bytes cached;                 // what is read
  Bytes durable;                // what is on the disk
  std::set<std::size_t> dirty;  // pages of `cached` that a sync would write
  std::set<Handle*> handles;
  std::vector<std::unique_ptr<std::array<unsigned char, 32768>>> shm;
  std::set<Handle*> mapped;
};
using FileRef = std::shared_ptr<File>;

struct Disk {
  std::map<std::string, FileRef> names;
  std::map<std::string, FileRef> durable_names;
  std::uint64_t operations = 0;
  std::uint64_t syncs = 0;
  std::uint64_t cut_at = kNever;
  std::uint64_t full_at = kNever;
  std::uint64_t fail_sync_at = kNever;
  std::uint64_t fail_syncs = 0;
  bool die_of_failed_sync = false;
  int last_errno = 0;

  [[nodiscard]] bool off() const { return operations >= cut_at; }
};

/// What SQLite allocates for an open file.
struct Handle {
  sqlite3_file base;
  runtime::Guarded<Disk>* disk;
  File* file;
  FileRef* owner;  // allocated, since SQLite neither constructs nor destroys
  bool names_matter;
  int level;
  std::uint16_t shm_shared;
  std::uint16_t shm_exclusive;
};

Handle* as_handle(sqlite3_file* file) {
  return reinterpret_cast<Handle*>(file);
}

template <typename Use>
int with_disk(sqlite3_file* file, Use use) {
  Handle* handle = as_handle(file);
  return handle->disk->with([&](Disk& disk) { return use(disk, *handle); });
}

/// Counts one more operation: SQLITE_OK, or `failure` if the power is off.
int begin_operation(Disk& disk, int failure) {
  if (disk.off()) return failure;
  ++disk.operations;
  return disk.off() ? failure : SQLITE_OK;
}

// ---- files ------------------------------------------------------------------------------------

int close_file(sqlite3_file* file) {
  const int code = with_disk(file, [](Disk&, Handle& handle) {
    handle.file->handles.erase(&handle);
    return SQLITE_OK;
  });
  delete as_handle(file)->owner;
  return code;
}

int read_file(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  return with_disk(file, [&](Disk& disk, Handle& handle) -> int {
    if (disk.off()) return SQLITE_IOERR_READ;
    const Bytes& content = handle.file->cached;
    const auto at = static_cast<std::size_t>(offset);
    const auto size = static_cast<std::size_t>(amount);
    const std::size_t there = at < content.size() ? std::min(size, content.size() - at) : 0;
    if (there > 0) std::memcpy(out, content.data() + at, there);
    if (there == size) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + there, 0, size - there);
    return SQLITE_IOERR_SHORT_READ;
  });
}

void put(File& file, const void* data, std::size_t size, std::size_t at) {
  if (file.cached.size() < at + size) file.cached.resize(at + size);
  std::memcpy(file.cached.data() + at, data, size);
  for (std::size_t page = at / kPage; page * kPage < at + size; ++page) file.dirty.insert(page);
}

int write_file(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  return with_disk(file, [&](Disk& disk, Handle& handle) -> int {
    CHECK(amount < 0x20000);  // more is beyond what SQLite's own VFS writes at once
    const bool was_off = disk.off();
    const int code = begin_operation(disk, SQLITE_IOERR_WRITE);
    if (was_off) return code;
    if (code == SQLITE_OK && disk.operations >= disk.full_at) {
      disk.last_errno = ENOSPC;
      return SQLITE_FULL;
    }
    put(*handle.file, data, static_cast<std::size_t>(amount), static_cast<std::size_t>(offset));
    return code;
  });
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return with_disk(file, [&](Disk& disk, Handle& handle) -> int {
    const int code = begin_operation(disk, SQLITE_IOERR_TRUNCATE);
    if (code != SQLITE_OK) return code;
    File& f = *handle.file;
    f.cached.resize(static_cast<std::size_t>(size));
    f.dirty.erase(f.dirty.lower_bound((f.cached.size() + kPage - 1) / kPage), f.dirty.end());
    return SQLITE_OK;
  });
}

void write_page(File& file, std::size_t page) {
  const std::size_t at = page * kPage;
  const std::size_t end = std::min(at + kPage, file.cached.size());
  if (end <= at) return;
  if (file.durable.size() < end) file.durable.resize(end);
  std::copy(file.cached.begin() + static_cast<std::ptrdiff_t>(at),
            file.cached.begin() + static_cast<std::ptrdiff_t>(end),
            file.durable.begin() + static_cast<std::ptrdiff_t>(at));
}

int sync_file(sqlite3_file* file, int /*flags*/) {
  return with_disk(file, [](Disk& disk, Handle& handle) -> int {
    if (const int code = begin_operation(disk, SQLITE_IOERR_FSYNC)) return code;
    ++disk.syncs;
    File& f = *handle.file;
    if (disk.operations >= disk.fail_sync_at && disk.fail_syncs > 0) {
      --disk.fail_syncs;
      disk.last_errno = EIO;
      f.dirty.clear();
      if (disk.die_of_failed_sync) disk.cut_at = disk.operations;
      return SQLITE_IOERR_FSYNC;
    }
    for (const std::size_t page : f.dirty) write_page(f, page);
    f.dirty.clear();
    f.durable.resize(f.cached.size());
    if (handle.names_matter) disk.durable_names = disk.names;
    return SQLITE_OK;
  });
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return with_disk(file, [&](Disk& disk, Handle& handle) -> int {
    if (disk.off()) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(handle.file->cached.size());
    return SQLITE_OK;
  });
}

// ---- locks, between the connections of this process -------------------------------------------

int lock_file(sqlite3_file* file, int level) {
  return with_disk(file, [&](Disk&, Handle& handle) -> int {
    if (handle.level >= level) return SQLITE_OK;
    for (const Handle* other : handle.file->handles) {
      if (other == &handle) continue;
      const bool clash = level == SQLITE_LOCK_SHARED     ? other->level >= SQLITE_LOCK_PENDING
                         : level == SQLITE_LOCK_RESERVED ? other->level >= SQLITE_LOCK_RESERVED
                                                         : other->level >= SQLITE_LOCK_SHARED;
      if (clash) return SQLITE_BUSY;
    }
    handle.level = level;
    return SQLITE_OK;
  });
}

int unlock_file(sqlite3_file* file, int level) {
  return with_disk(file, [&](Disk&, Handle& handle) {
    handle.level = std::min(handle.level, level);
    return SQLITE_OK;
  });
}

int check_reserved(sqlite3_file* file, int* reserved) {
  return with_disk(file, [&](Disk&, Handle& handle) {
    *reserved = std::ranges::any_of(handle.file->handles, [](const Handle* other) {
      return other->level >= SQLITE_LOCK_RESERVED;
    });
    return SQLITE_OK;
  });
}

int control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return static_cast<int>(kPage);
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;  // as SQLite's own VFS says
}

// ---- the WAL's index, shared memory -----------------------------------------------------------

int map_shm(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  return with_disk(file, [&](Disk&, Handle& handle) -> int {
    CHECK(size == 32768);
    File& f = *handle.file;
    f.mapped.insert(&handle);
    const auto index = static_cast<std::size_t>(region);
    while (extend != 0 && f.shm.size() <= index) {
      f.shm.push_back(std::make_unique<std::array<unsigned char, 32768>>());
    }
    *out = index < f.shm.size() ? f.shm[index]->data() : nullptr;
    return SQLITE_OK;
  });
}

int lock_shm(sqlite3_file* file, int offset, int count, int flags) {
  return with_disk(file, [&](Disk&, Handle& handle) -> int {
    std::uint16_t mask = 0;
    for (int i = offset; i < offset + count && i < kShmLocks; ++i) {
      mask = static_cast<std::uint16_t>(mask | (1u << i));
    }
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      handle.shm_shared = static_cast<std::uint16_t>(handle.shm_shared & ~mask);
      handle.shm_exclusive = static_cast<std::uint16_t>(handle.shm_exclusive & ~mask);
      return SQLITE_OK;
    }
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (const Handle* other : handle.file->mapped) {
      if (other == &handle) continue;
      if ((other->shm_exclusive & mask) != 0) return SQLITE_BUSY;
      if (exclusive && (other->shm_shared & mask) != 0) return SQLITE_BUSY;
    }
    auto& held = exclusive ? handle.shm_exclusive : handle.shm_shared;
    held = static_cast<std::uint16_t>(held | mask);
    return SQLITE_OK;
  });
}

void barrier(sqlite3_file* file) {
  (void)with_disk(file, [](Disk&, Handle&) { return SQLITE_OK; });
}

int unmap_shm(sqlite3_file* file, int /*remove*/) {
  return with_disk(file, [](Disk&, Handle& handle) {
    handle.shm_shared = handle.shm_exclusive = 0;
    handle.file->mapped.erase(&handle);
    // The first to come back finds nothing and recovers, as with SQLite's own VFS.
    if (handle.file->mapped.empty()) handle.file->shm.clear();
    return SQLITE_OK;
  });
}

constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shm,
    .xShmLock = lock_shm,
    .xShmBarrier = barrier,
    .xShmUnmap = unmap_shm,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

// ---- the VFS ----------------------------------------------------------------------------------

runtime::Guarded<Disk>& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<runtime::Guarded<Disk>*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
  Handle* handle = as_handle(file);
  std::memset(handle, 0, sizeof *handle);
  return disk_of(vfs).with([&](Disk& disk) -> int {
    if (disk.off()) return SQLITE_CANTOPEN;
    FileRef found;
    if (name == nullptr) {
      found = std::make_shared<File>();
    } else if (const auto at = disk.names.find(name); at != disk.names.end()) {
      found = at->second;
    } else if ((flags & SQLITE_OPEN_CREATE) == 0) {
      return SQLITE_CANTOPEN;
    } else {
      found = disk.names[name] = std::make_shared<File>();
    }
    handle->disk = &disk_of(vfs);
    handle->file = found.get();
    handle->owner = new FileRef(found);
    handle->names_matter = (flags & SQLITE_OPEN_MAIN_DB) == 0;
    found->handles.insert(handle);
    handle->base.pMethods = &kMethods;
    if (out != nullptr) *out = flags;
    return SQLITE_OK;
  });
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  return disk_of(vfs).with([&](Disk& disk) -> int {
    if (const int code = begin_operation(disk, SQLITE_IOERR_DELETE)) return code;
    if (disk.names.erase(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
    if (sync_directory != 0) disk.durable_names.erase(name);
    return SQLITE_OK;
  });
}

int access_file(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* exists) {
  return disk_of(vfs).with([&](Disk& disk) -> int {
    if (disk.off()) return SQLITE_IOERR_ACCESS;
    const auto found = disk.names.find(name);
    *exists = found != disk.names.end();
    return SQLITE_OK;
  });
}

int full_pathname(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}
int randomness(sqlite3_vfs*, int size, char* out) {
  sqlite3_vfs* system = sqlite3_vfs_find("unix");
  return system->xRandomness(system, size, out);
}
int sleep_no_time(sqlite3_vfs*, int microseconds) {
  return microseconds;
}
int current_time(sqlite3_vfs*, sqlite3_int64* now) {
  sqlite3_vfs* system = sqlite3_vfs_find("unix");
  return system->xCurrentTimeInt64(system, now);
}
int last_error(sqlite3_vfs* vfs, int, char*) {
  return disk_of(vfs).with([](Disk& disk) { return disk.last_errno; });
}

/// What of a file has reached the disk when the power went.
void lose(File& file, CrashDisk::Loss loss, Rng& rng) {
  if (loss == CrashDisk::Loss::torn) {
    if (file.cached.size() < file.durable.size() && rng.chance(2)) {
      file.durable.resize(file.cached.size());
    }
    for (const std::size_t page : file.dirty) {
      for (std::size_t at = page * kPage; at < (page + 1) * kPage; at += kSector) {
        const std::size_t end = std::min(at + kSector, file.cached.size());
        if (end <= at || rng.chance(2)) continue;
        std::size_t size = end - at;
        if (rng.chance(16)) size = rng.below(static_cast<std::uint32_t>(size)) + 1;
        if (file.durable.size() < at + size) file.durable.resize(at + size);
        std::copy_n(file.cached.begin() + static_cast<std::ptrdiff_t>(at), size,
                    file.durable.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
  }
  file.dirty.clear();
  file.cached = file.durable;
  file.shm.clear();
}

}  // namespace

struct CrashDisk::State {
  std::string name;
  sqlite3_vfs vfs{};
  runtime::Guarded<Disk> disk;
};

CrashDisk::CrashDisk() : state_(std::make_unique<State>()) {
  state_->name = "crash-" + std::to_string(reinterpret_cast<std::uintptr_t>(state_.get()));
  sqlite3_vfs& vfs = state_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = state_->name.c_str();
  vfs.pAppData = &state_->disk;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_pathname;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep_no_time;
  vfs.xCurrentTimeInt64 = current_time;
  vfs.xGetLastError = last_error;
  CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

CrashDisk::~CrashDisk() {
  sqlite3_vfs_unregister(&state_->vfs);
}

const std::string& CrashDisk::vfs() const {
  return state_->name;
}

std::uint64_t CrashDisk::operations() const {
  return state_->disk.with([](Disk& disk) { return disk.operations; });
}

std::uint64_t CrashDisk::syncs() const {
  return state_->disk.with([](Disk& disk) { return disk.syncs; });
}

void CrashDisk::cut_at(std::uint64_t operation) {
  state_->disk.with([&](Disk& disk) { disk.cut_at = operation; });
}

bool CrashDisk::is_off() const {
  return state_->disk.with([](Disk& disk) { return disk.off(); });
}

void CrashDisk::fill_at(std::uint64_t operation) {
  state_->disk.with([&](Disk& disk) { disk.full_at = operation; });
}

void CrashDisk::fail_sync_at(std::uint64_t operation, std::uint64_t times) {
  state_->disk.with([&](Disk& disk) {
    disk.fail_sync_at = operation;
    disk.fail_syncs = times;
  });
}

void CrashDisk::die_of_failed_sync() {
  state_->disk.with([](Disk& disk) { disk.die_of_failed_sync = true; });
}

void CrashDisk::heal() {
  state_->disk.with([](Disk& disk) {
    disk.cut_at = disk.full_at = disk.fail_sync_at = kNever;
    disk.fail_syncs = 0;
    disk.die_of_failed_sync = false;
  });
}

void CrashDisk::restart(Loss loss, Rng& rng) {
  heal();
  state_->disk.with([&](Disk& disk) {
    if (loss == Loss::torn && rng.chance(2)) disk.durable_names = disk.names;
    disk.names = disk.durable_names;
    for (const auto& [name, file] : disk.names) {
      CHECK(file->handles.empty());
      lose(*file, loss, rng);
    }
    disk.operations = disk.syncs = 0;
  });
}

std::string CrashDisk::read(const std::string& name) const {
  return state_->disk.with([&](Disk& disk) -> std::string {
    const auto found = disk.names.find(name);
    return found == disk.names.end() ? "" : std::string(as_text(found->second->cached));
  });
}

void CrashDisk::write(const std::string& name, const std::string& content) {
  state_->disk.with([&](Disk& disk) {
    auto& file = disk.names[name];
    if (!file) file = std::make_shared<File>();
    const ByteView view = byte_view(content);
    file->cached.assign(view.begin(), view.end());
    file->durable = file->cached;
    file->dirty.clear();
    disk.durable_names[name] = file;
  });
}

bool CrashDisk::exists(const std::string& name) const {
  return state_->disk.with([&](Disk& disk) { return disk.names.contains(name); });
}

}  // namespace righttask::store::testing
