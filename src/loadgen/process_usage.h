#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

// What the kernel says about a process, from /proc. Errors are sentences: it has gone, or it is
// another user's.

namespace righttask::loadgen {

struct Memory {
  std::uint64_t private_bytes = 0;  // clean and dirty pages that nobody shares
  std::uint64_t dirty_bytes = 0;    // of those, the dirty ones: heap, stacks, written data
};

/// smaps_rollup: Private_Clean + Private_Dirty. Costs some milliseconds for each GiB, during which
/// the process cannot map memory.
[[nodiscard]] Result<Memory, std::string> memory_of(pid_t process);

struct CpuTime {
  std::chrono::nanoseconds total{0};      // of all threads (schedstat)
  std::chrono::nanoseconds user{0};       // of it, outside the kernel (stat: ticks of 10 ms)
  std::chrono::nanoseconds ksoftirqd{0};  // of all ksoftirqd threads, whoever caused it
};

/// Network work that the kernel has moved out of the process is ksoftirqd's: without it a busy
/// server looks cheaper than it is.
[[nodiscard]] Result<CpuTime, std::string> cpu_of(pid_t process);

[[nodiscard]] std::chrono::nanoseconds own_cpu();

}  // namespace righttask::loadgen
