#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace righttask {

/// So many a second, and at once what comes together in `burst`.
struct Rate {
  std::uint64_t per_second = 0;  // 0: without bound
  Duration burst{};
};

/// A token bucket in eight bytes: kept is when it will be full, not how much is in it, so nothing
/// has to be added as time passes (the generic cell rate algorithm; ITU-T I.371). Takings may go
/// beyond what is there: whoever takes learns that it was too much and waits.
///
/// Starts full. `count` below 2^33 a call, which at one a second are 272 years.
class TokenBucket {
 public:
  void take(const Rate& rate, std::uint64_t count, Instant now) {
    if (rate.per_second == 0) return;
    full_at_ = std::max(full_at_, now) +
               Duration(static_cast<Duration::rep>(count * kNanoseconds / rate.per_second));
  }

  /// More has been taken than was there.
  [[nodiscard]] bool overdrawn(const Rate& rate, Instant now) const {
    return rate.per_second != 0 && full_at_ - now > rate.burst;
  }

  /// As if it had never been used: it need not be kept.
  [[nodiscard]] bool full(Instant now) const { return full_at_ <= now; }

  /// Takes `count` if they are there, and says whether they were.
  [[nodiscard]] bool try_take(const Rate& rate, std::uint64_t count, Instant now) {
    TokenBucket after = *this;
    after.take(rate, count, now);
    if (after.overdrawn(rate, now)) return false;
    *this = after;
    return true;
  }

 private:
  static constexpr std::uint64_t kNanoseconds = 1'000'000'000;

  Instant full_at_{};
};

}  // namespace righttask
