#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/clock.h"

namespace righttask::runtime {

/// What a descriptor is watched for, and what has become true of it. Level-triggered.
struct Readiness {
  bool readable = false;
  bool writable = false;
  /// Reported whether asked for or not: the peer has gone altogether, or the socket failed.
  bool broken = false;
  bool operator==(const Readiness&) const = default;
};

/// The loop's one door to the outside world: readiness, time and waiting. The real one is epoll;
/// a simulation supplies one whose time moves only when everybody waits. One thread, but `wake`.
class Poller {
 public:
  struct Event {
    std::uint64_t tag = 0;
    Readiness ready;
  };

  virtual ~Poller() = default;

  /// False when the kernel refuses (out of memory or watches); errno says why.
  [[nodiscard]] virtual bool add(int fd, std::uint64_t tag, Readiness interest) = 0;
  virtual void modify(int fd, std::uint64_t tag, Readiness interest) = 0;
  virtual void remove(int fd) = 0;

  /// Waits until something is ready, `wake` is called or the time is over (absent: for ever), and
  /// fills `events` from the front. Returns how many.
  virtual std::size_t wait(std::span<Event> events, std::optional<Duration> timeout) = 0;
  /// Ends a wait, now or the next one. Any thread.
  virtual void wake() = 0;

  /// Never runs backwards.
  [[nodiscard]] virtual Instant now() = 0;
};

/// epoll, eventfd and CLOCK_MONOTONIC. Throws std::system_error when the process is out of
/// descriptors.
[[nodiscard]] std::unique_ptr<Poller> make_epoll_poller();

}  // namespace righttask::runtime
