#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <limits>
#include <system_error>

#include "runtime/file_descriptor.h"
#include "runtime/poller.h"

namespace righttask::runtime {
namespace {

constexpr std::size_t kEventsMax = 1024;  // a wait
constexpr std::uint64_t kWakeTag = ~std::uint64_t{0};

std::uint32_t epoll_mask(Readiness interest) {
  return (interest.readable ? std::uint32_t{EPOLLIN} : 0U) |
         (interest.writable ? std::uint32_t{EPOLLOUT} : 0U);
}

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

class EpollPoller final : public Poller {
 public:
  EpollPoller()
      : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        wake_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeTag;
    checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "epoll_ctl");
  }

  bool add(int fd, std::uint64_t tag, Readiness interest) override {
    return control(EPOLL_CTL_ADD, fd, tag, interest);
  }
  void modify(int fd, std::uint64_t tag, Readiness interest) override {
    control(EPOLL_CTL_MOD, fd, tag, interest);
  }
  void remove(int fd) override { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

  std::size_t wait(std::span<Event> events, std::optional<Duration> timeout) override {
    const int room = static_cast<int>(std::min(events.size(), raw_.size()));
    const int got = epoll_wait(epoll_.get(), raw_.data(), room, milliseconds(timeout));
    std::size_t count = 0;
    for (int i = 0; i < got; ++i) {  // -1 for a signal: nothing is ready
      const epoll_event& event = raw_[static_cast<std::size_t>(i)];
      if (event.data.u64 == kWakeTag) {
        eventfd_t ignored;
        eventfd_read(wake_.get(), &ignored);
        continue;
      }
      events[count++] = {event.data.u64,
                         {.readable = (event.events & EPOLLIN) != 0,
                          .writable = (event.events & EPOLLOUT) != 0,
                          .broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0}};
    }
    return count;
  }

  void wake() override { eventfd_write(wake_.get(), 1); }

  Instant now() override {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
  }

 private:
  bool control(int operation, int fd, std::uint64_t tag, Readiness interest) {
    epoll_event event{};
    event.events = epoll_mask(interest);
    event.data.u64 = tag;
    return epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  /// Rounded up, or the loop would spin through the last fraction of a millisecond.
  static int milliseconds(std::optional<Duration> timeout) {
    if (!timeout) return -1;
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
    return static_cast<int>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<int>::max()));
  }

  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::array<epoll_event, kEventsMax> raw_;
};

}  // namespace

std::unique_ptr<Poller> make_epoll_poller() {
  return std::make_unique<EpollPoller>();
}

}  // namespace righttask::runtime
