#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace righttask::loadgen {

/// Durations from 1 ns to 18 minutes, each kept to within 1.6%: 64 steps to every doubling.
/// Recording costs an increment and no allocation. A value.
class Histogram {
 public:
  Histogram() : counts_(kDoublings * kSteps) {}

  void record(std::chrono::nanoseconds took, std::uint64_t times = 1) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
    counts_[std::min(index_of(value), counts_.size() - 1)] += times;
    count_ += times;
    sum_ns_ += static_cast<double>(value) * static_cast<double>(times);
    max_ = std::max(max_, took);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::chrono::nanoseconds max() const { return max_; }
  [[nodiscard]] std::chrono::nanoseconds mean() const {
    const double of = static_cast<double>(std::max<std::uint64_t>(count_, 1));
    return std::chrono::nanoseconds(static_cast<std::int64_t>(sum_ns_ / of));
  }

  /// The least duration that `share` of all do not exceed, e.g. 0.99; zero when there are none.
  [[nodiscard]] std::chrono::nanoseconds percentile(double share) const {
    const double wanted = share * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] != 0 && static_cast<double>(seen) >= wanted) {
        return std::min(max_, std::chrono::nanoseconds(static_cast<std::int64_t>(top_of(i))));
      }
    }
    return max_;
  }

  void clear() { *this = Histogram(); }

 private:
  static constexpr std::size_t kSteps = 64;
  static constexpr std::size_t kDoublings = 36;

  /// Below 2 * kSteps every value has a place of its own.
  static std::size_t index_of(std::uint64_t value) {
    if (value < 2 * kSteps) return static_cast<std::size_t>(value);
    const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 7;
    return shift * kSteps + static_cast<std::size_t>(value >> shift);
  }

  /// The largest value of a place.
  static std::uint64_t top_of(std::size_t index) {
    if (index < 2 * kSteps) return index;
    const std::size_t shift = index / kSteps - 1;
    return ((index - shift * kSteps + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;
  std::chrono::nanoseconds max_{0};
};

}  // namespace righttask::loadgen
