#include "runtime/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace righttask::runtime {

void ignore_sigpipe() {
  std::signal(SIGPIPE, SIG_IGN);
}

Signals::Signals(Loop& loop, std::initializer_list<int> signals, Callback callback)
    : loop_(loop), source_(loop.add_source(*this)), callback_(std::move(callback)) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  fd_.reset(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_.valid() || !loop.watch(fd_.get(), source_, 0, {.readable = true})) {
    const int error = errno;
    loop.remove_source(source_);
    throw std::system_error(error, std::generic_category(), "signalfd");
  }
}

Signals::~Signals() {
  loop_.unwatch(fd_.get());
  loop_.remove_source(source_);
}

void Signals::on_ready(std::uint64_t /*tag*/, Readiness /*ready*/) {
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof info) == sizeof info) {
    callback_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace righttask::runtime
