#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

#include "base/clock.h"
#include "runtime/loop.h"

namespace righttask::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Virtual time: it stands still while a task runs and jumps to the next one. Tasks of one moment
/// run in the order in which they were asked for.
class SimClock {
 public:
  using Task = runtime::Task;

  /// Whose a task is. The process's are forgotten when it dies.
  enum class Owner : std::uint8_t { world, process };

  [[nodiscard]] Instant now() const { return now_; }

  void after(Duration delay, Owner owner, Task task) {
    tasks_.emplace(std::pair(now_ + delay, next_++), Entry{owner, std::move(task)});
  }

  /// Runs the next task. False when there is none.
  bool step() {
    if (tasks_.empty()) return false;
    auto node = tasks_.extract(tasks_.begin());
    now_ = node.key().first;
    node.mapped().task();
    return true;
  }

  /// The time of the next task, or far in the future.
  [[nodiscard]] Instant next() const {
    return tasks_.empty() ? Instant::max() : tasks_.begin()->first.first;
  }

  void forget_process() {
    std::erase_if(tasks_, [](const auto& entry) { return entry.second.owner == Owner::process; });
  }

 private:
  struct Entry {
    Owner owner;
    Task task;
  };

  Instant now_{};
  std::uint64_t next_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, Entry> tasks_;
};

}  // namespace righttask::sim
