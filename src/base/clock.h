#pragma once

#include <chrono>
#include <cstdint>

namespace righttask {

/// Monotonic time as the shell hands it to the pure core; simulation runs its own.
struct MonotonicClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
using Instant = MonotonicClock::time_point;
using Duration = MonotonicClock::duration;

/// Seconds since 1970-01-01 UTC, where a person or a peer reads the time.
using UnixSeconds = std::chrono::sys_seconds;

}  // namespace righttask
