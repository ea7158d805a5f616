#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

// What the kernel says about a process, from /proc. Ends the program when it cannot be read: a
// measurement without it would be none.

namespace righttask::bench {

struct Memory {
  std::uint64_t private_bytes = 0;  // clean and dirty pages that nobody shares
  std::uint64_t dirty_bytes = 0;    // of those, the dirty ones: heap, stacks, written data
};

/// smaps_rollup: Private_Clean + Private_Dirty.
[[nodiscard]] Memory memory_of(pid_t process);

/// Time on a processor, of all threads (schedstat, in nanoseconds).
[[nodiscard]] std::chrono::nanoseconds cpu_of(pid_t process);

/// The part of it spent outside the kernel (stat, in ticks of 10 ms as a rule).
[[nodiscard]] std::chrono::nanoseconds user_cpu_of(pid_t process);

/// Time of all ksoftirqd threads: network work the kernel has moved out of the process that
/// caused it. Without it a busy server looks cheaper than it is.
[[nodiscard]] std::chrono::nanoseconds cpu_of_ksoftirqd();

}  // namespace righttask::bench
