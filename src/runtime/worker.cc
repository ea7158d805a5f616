#include "runtime/worker.h"

#include <pthread.h>

#include <utility>

namespace righttask::runtime {
namespace {

constexpr std::size_t kThreadNameMax = 15;  // of Linux, in bytes

}  // namespace

Thread::Thread(const std::string& name, Task body)
    : thread_([task = std::move(body)]() mutable { task(); }) {
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
