#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/named_type.h"
#include "runtime/poller.h"

namespace righttask::runtime {

using Task = std::move_only_function<void()>;
using TimerId = NamedType<std::uint64_t, struct TimerIdTag>;

/// Hears about the descriptors it watches. Called on the loop's thread.
class IoSource {
 public:
  virtual ~IoSource() = default;
  /// `tag` is what `watch` was given, cut to 56 bits: enough for a slot and part of a generation,
  /// so that an event that outlived its descriptor can be told.
  virtual void on_ready(std::uint64_t tag, Readiness ready) = 0;
};

/// One thread's event loop. A turn is: wait, descriptors, tasks from other threads, timers that
/// are due, then what was asked for the end of the turn. Shard-local but for posting and `stop`.
class Loop {
 public:
  /// Tasks that other threads may have waiting here; past it `post` refuses.
  static constexpr std::size_t kMailboxMax = 1u << 16;

  explicit Loop(std::unique_ptr<Poller> poller = make_epoll_poller());
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// The time this turn began (advanced once more before timers). Costs nothing.
  [[nodiscard]] Instant now() const { return now_; }

  /// Sources are few (at most 255 at once): a listener, a server, a signal descriptor.
  [[nodiscard]] std::uint8_t add_source(IoSource& source);
  void remove_source(std::uint8_t source);
  /// False when the kernel refuses; errno says why.
  [[nodiscard]] bool watch(int fd, std::uint8_t source, std::uint64_t tag, Readiness interest);
  void modify(int fd, std::uint8_t source, std::uint64_t tag, Readiness interest);
  void unwatch(int fd);

  /// For few and long timers: a heap, O(log n). What belongs to each of many connections is
  /// scanned for instead. A timer fires once, in the first turn that begins at or after `when`.
  TimerId call_at(Instant when, Task task);
  TimerId call_after(Duration delay, Task task) { return call_at(now_ + delay, std::move(task)); }
  /// Cancelling what has fired or was cancelled does nothing.
  void cancel(TimerId timer);

  /// Runs before this turn ends (or, outside a turn, at the end of the next). A task may ask
  /// again: that runs in this turn too, up to a bound, then in the next.
  void at_end_of_turn(Task task);

  /// Any thread. False when the mailbox is full: the caller sheds the work.
  [[nodiscard]] bool post(Task task);
  /// Any thread. For the answer to something that this loop has asked for: never refused, since
  /// whoever takes the requests bounds how many answers there can be.
  void post_answer(Task task);

  /// Takes turns until `stop`.
  void run();
  /// Any thread; `run` returns after the turn that is under way.
  void stop();
  /// One turn that waits at most this long; for tests and simulation. Returns how many
  /// descriptor events, tasks and timers it ran.
  std::size_t turn(Duration wait_max);

 private:
  struct Timer {
    Instant when;
    std::uint64_t id;
    bool operator>(const Timer& other) const {
      return when != other.when ? when > other.when : id > other.id;
    }
  };

  bool put_in_mailbox(Task& task, std::size_t mailbox_max);
  std::size_t run_events(std::size_t count);
  std::size_t run_mailbox();
  std::size_t run_timers();
  void run_end_of_turn();
  [[nodiscard]] std::optional<Duration> time_to_wait(std::optional<Duration> wait_max);
  std::size_t take_turn(std::optional<Duration> wait_max);

  std::unique_ptr<Poller> poller_;
  std::vector<Poller::Event> events_;
  std::vector<IoSource*> sources_;
  Instant now_;

  std::vector<Timer> heap_;  // smallest first; entries of cancelled timers stay until they surface
  std::unordered_map<std::uint64_t, Task> timers_;
  std::uint64_t next_timer_ = 1;

  std::vector<Task> end_of_turn_;

  std::mutex mailbox_mutex_;
  std::vector<Task> mailbox_;  // guarded by mailbox_mutex_
  std::atomic<bool> stopping_{false};
};

}  // namespace righttask::runtime
