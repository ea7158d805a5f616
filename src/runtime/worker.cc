#include "runtime/worker.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace righttask::runtime {
namespace {

constexpr std::size_t kThreadNameMax = 15;  // of Linux, in bytes

/// A thread starts with the signals of its maker blocked. With all of them, it is left to the loop
/// to take the process's (Signals), whichever of the two was made first. Faults of the thread
/// itself stay with it: sanitizers report by them.
std::thread start_without_signals(Task body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    sigdelset(&all, fault);
  }
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([task = std::move(body)]() mutable { task(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

Thread::Thread(const std::string& name, Task body)
    : thread_(start_without_signals(std::move(body))) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, kThreadNameMax).c_str());
}

Thread::~Thread() {
  thread_.join();
}

Worker::Worker(const std::string& name) : thread_(name, [this] { run(); }) {}

Worker::~Worker() {
  tasks_.close();
}

void Worker::run() {
  std::vector<Task> tasks;
  while (tasks_.take(tasks)) {
    for (Task& task : tasks) task();
    tasks.clear();
  }
}

}  // namespace righttask::runtime
