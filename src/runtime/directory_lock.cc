#include "runtime/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "runtime/process.h"

namespace righttask::runtime {
namespace {

/// The pid that the holder wrote, or nothing if there is none to read.
std::string holder_of(int fd) {
  std::array<char, 24> text{};
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  long pid = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc{}) {
    return "another process";
  }
  return "process " + std::to_string(pid);
}

}  // namespace

Result<DirectoryLock, std::string> DirectoryLock::take(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) {
    // The new name must last as long as what will be written below it.
    const auto parent = std::filesystem::absolute(directory).lexically_normal().parent_path();
    if (const int error = sync_directory(parent.string())) {
      return fail("cannot sync " + parent.string() + ": " + error_text(error));
    }
  } else if (errno != EEXIST) {
    return fail("cannot make the directory " + directory + ": " + error_text(errno));
  }
  const std::string path = directory + "/lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) return fail("cannot open " + path + ": " + error_text(errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail("cannot lock " + path + ": " + error_text(errno));
    return fail(directory + " is in use by " + holder_of(file.get()));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // What stands there is for people; on a full disk the lock holds without it.
  if (::ftruncate(file.get(), 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(file.get(), pid.data(), pid.size(), 0);
  }
  return DirectoryLock(std::move(file));
}

int sync_directory(const std::string& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return errno;
  return 0;
}

}  // namespace righttask::runtime
