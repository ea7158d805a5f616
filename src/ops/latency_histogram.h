#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace righttask::ops {

/// How long things took, counted by fixed bounds from 0.5 ms to 10 s: what a disk and its faults
/// can make of a commit. Shard-local: no lock, no allocation, a few comparisons for each.
class LatencyHistogram {
 public:
  static constexpr std::array kBounds = {
      std::chrono::microseconds(500),       std::chrono::microseconds(1'000),
      std::chrono::microseconds(2'500),     std::chrono::microseconds(5'000),
      std::chrono::microseconds(10'000),    std::chrono::microseconds(25'000),
      std::chrono::microseconds(50'000),    std::chrono::microseconds(100'000),
      std::chrono::microseconds(250'000),   std::chrono::microseconds(500'000),
      std::chrono::microseconds(1'000'000), std::chrono::microseconds(2'500'000),
      std::chrono::microseconds(10'000'000)};

  void observe(std::chrono::nanoseconds took) {
    const auto bound = std::ranges::lower_bound(kBounds, took);
    ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
    ++count_;
    sum_ += took;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::chrono::nanoseconds sum() const { return sum_; }
  /// How many took at most kBounds[bound] and longer than the bound before; behind the last
  /// bound, those that took longer than all.
  [[nodiscard]] std::uint64_t count_in(std::size_t bound) const { return counts_[bound]; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds sum_{};
};

}  // namespace righttask::ops
