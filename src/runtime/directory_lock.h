#pragma once

#include <string>

#include "base/result.h"
#include "runtime/file_descriptor.h"

namespace righttask::runtime {

/// Keeps a second process out of a directory: an advisory lock on its file `lock`, which holds
/// the owner's pid for people to read. The kernel lets go of it when the process ends, however
/// that happens; the file stays. Does not work across machines (NFS).
class DirectoryLock {
 public:
  /// Makes the directory, if need be (mode 0700; its parent must exist). The error is a sentence
  /// for the operator: who holds the lock, or what the system said.
  [[nodiscard]] static Result<DirectoryLock, std::string> take(const std::string& directory);

 private:
  explicit DirectoryLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

/// Makes names in a directory durable: files that were made, renamed or deleted there.
/// Zero, or errno.
[[nodiscard]] int sync_directory(const std::string& directory);

}  // namespace righttask::runtime
