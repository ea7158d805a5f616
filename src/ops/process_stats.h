#pragma once

#include <cstdint>

namespace righttask::ops {

/// What the kernel says of this process. What it does not say is 0.
struct ProcessStats {
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t open_files_max = 0;
  double cpu_seconds = 0;         // of all threads, user and system
  double started_at_seconds = 0;  // Unix time
};

/// Reads /proc/self: a few system calls.
[[nodiscard]] ProcessStats read_process_stats();

}  // namespace righttask::ops
