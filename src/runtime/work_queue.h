#pragma once

#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"

namespace righttask::runtime {

/// Work on its way to one thread that takes all that has gathered at once. Bounded by cost (bytes):
/// what was pushed counts until it is released, so that work in hand counts too. Any thread.
template <typename Item>
class WorkQueue {
 public:
  explicit WorkQueue(std::size_t cost_max) : cost_max_(cost_max) {}

  /// False, and `item` untouched, when it would not fit, or the queue is closed. An empty queue
  /// takes one item of any cost; what costs nothing always fits.
  [[nodiscard]] bool push(Item&& item, std::size_t cost) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || (cost > 0 && cost_ > 0 && cost_ + cost > cost_max_)) return false;
      cost_ += cost;
      items_.push_back(std::move(item));
    }
    filled_.notify_one();
    return true;
  }

  /// Gives back what items cost that are done with.
  void release(std::size_t cost) {
    const std::lock_guard lock(mutex_);
    CHECK(cost <= cost_);
    cost_ -= cost;
  }

  /// Appends all that has gathered to `out`, waiting for it at most so long (absent: for ever).
  /// False once the queue is closed and everything has been taken.
  bool take(std::vector<Item>& out, std::optional<Duration> wait_max = std::nullopt) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return closed_ || !items_.empty(); };
    if (wait_max) {
      filled_.wait_for(lock, *wait_max, ready);
    } else {
      filled_.wait(lock, ready);
    }
    const bool going_on = !closed_ || !items_.empty();
    out.insert(out.end(), std::make_move_iterator(items_.begin()),
               std::make_move_iterator(items_.end()));
    items_.clear();
    return going_on;
  }

  /// Takes nothing more. What is queued is still handed out.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_.notify_all();
  }

  [[nodiscard]] std::size_t cost() const {
    const std::lock_guard lock(mutex_);
    return cost_;
  }

 private:
  const std::size_t cost_max_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<Item> items_;  // this and below guarded by mutex_
  std::size_t cost_ = 0;
  bool closed_ = false;
};

}  // namespace righttask::runtime
