#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/rng.h"

namespace righttask::store::testing {

/// A disk in memory, as an SQLite VFS of its own, that fails when told to and forgets what was not
/// synced. It behaves like a page cache above a disk:
///
/// - What is written is read back at once, and lies on the disk once the file is synced.
/// - A failed sync loses what it should have written: the pages count as clean, are still read as
///   written, and no later sync writes them, unless they are written again.
/// - Names of files are durable once a WAL or journal was synced, as SQLite's own VFS does it.
///
/// Operations are writes, truncations, syncs and deletions, numbered from 1. Any thread.
class CrashDisk {
 public:
  CrashDisk();
  ~CrashDisk();
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;

  /// The name under which SQLite knows it.
  [[nodiscard]] const std::string& vfs() const;

  /// How many operations there have been since the disk was made or last restarted.
  [[nodiscard]] std::uint64_t operations() const;
  [[nodiscard]] std::uint64_t syncs() const;

  /// The operation with this number and all after it fail: the power is off. That operation may
  /// have been done in part.
  void cut_at(std::uint64_t operation);
  [[nodiscard]] bool is_off() const;
  /// Writes from this operation on find the disk full.
  void fill_at(std::uint64_t operation);
  /// The first `times` syncs at or after this operation fail.
  void fail_sync_at(std::uint64_t operation, std::uint64_t times = 1);
  /// As if the process were killed by it: after the failed sync nothing works any more, until
  /// `heal` lets the next process find what the page cache holds.
  void die_of_failed_sync();
  /// Forgets the faults that were asked for.
  void heal();

  enum class Loss : std::uint8_t {
    all,   // nothing that was not synced has reached the disk
    torn,  // of each page so written any sectors may have, one of them cut anywhere
  };
  /// The power is off and on again; whatever had files open must be gone.
  void restart(Loss loss, Rng& rng);

  /// What can be read of a file, to be looked through or to have bits flipped.
  [[nodiscard]] std::string read(const std::string& name) const;
  void write(const std::string& name, const std::string& content);
  [[nodiscard]] bool exists(const std::string& name) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace righttask::store::testing
