#pragma once

#include <limits>
#include <string>
#include <thread>

#include "runtime/loop.h"
#include "runtime/work_queue.h"

namespace righttask::runtime {

/// A thread that runs `body` once, named for `top` and the debugger, and takes no signals. The
/// destructor waits for it, so `body` must have been told to end by then. A BugError that leaves it
/// ends the process.
class Thread {
 public:
  Thread(const std::string& name, Task body);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  std::thread thread_;
};

/// One thread for blocking work, done in the order in which it was asked for. Those who ask bound
/// how much that is. The destructor runs what is queued, then waits.
class Worker {
 public:
  explicit Worker(const std::string& name);
  ~Worker();

  /// Any thread. False once the worker is being destroyed.
  bool post(Task task) { return tasks_.push(std::move(task), 0); }

 private:
  void run();

  WorkQueue<Task> tasks_{std::numeric_limits<std::size_t>::max()};
  Thread thread_;
};

}  // namespace righttask::runtime
