#pragma once

#include <functional>
#include <initializer_list>

#include "runtime/file_descriptor.h"
#include "runtime/loop.h"

namespace righttask::runtime {

/// A write to a closed socket is an error code, not the end of the process.
void ignore_sigpipe();

/// Turns signals into calls on the loop's thread. Blocks them in the calling thread and in those
/// it starts later, so construct it before any other thread that is none of runtime's (Thread takes
/// no signals). Signals stay blocked afterwards.
class Signals final : IoSource {
 public:
  using Callback = std::move_only_function<void(int signal)>;

  Signals(Loop& loop, std::initializer_list<int> signals, Callback callback);
  ~Signals() override;

 private:
  void on_ready(std::uint64_t tag, Readiness ready) override;

  Loop& loop_;
  std::uint8_t source_;
  FileDescriptor fd_;
  Callback callback_;
};

}  // namespace righttask::runtime
