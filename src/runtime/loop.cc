#include "runtime/loop.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace righttask::runtime {
namespace {

constexpr std::size_t kEventsMax = 1024;
constexpr std::size_t kSourcesMax = 255;
constexpr int kEndOfTurnRounds = 16;
constexpr std::uint64_t kTagMask = (std::uint64_t{1} << 56) - 1;

std::uint64_t full_tag(std::uint8_t source, std::uint64_t tag) {
  return (std::uint64_t{source} << 56) | (tag & kTagMask);
}

}  // namespace

Loop::Loop(std::unique_ptr<Poller> poller)
    : poller_(std::move(poller)), events_(kEventsMax), now_(poller_->now()) {}

Loop::~Loop() = default;

std::uint8_t Loop::add_source(IoSource& source) {
  const auto free = std::find(sources_.begin(), sources_.end(), nullptr);
  const auto index = static_cast<std::size_t>(free - sources_.begin());
  CHECK(index < kSourcesMax);  // 255 would let a tag collide with the poller's own
  if (free == sources_.end()) {
    sources_.push_back(&source);
  } else {
    *free = &source;
  }
  return static_cast<std::uint8_t>(index);
}

void Loop::remove_source(std::uint8_t source) {
  sources_[source] = nullptr;
}

bool Loop::watch(int fd, std::uint8_t source, std::uint64_t tag, Readiness interest) {
  return poller_->add(fd, full_tag(source, tag), interest);
}

void Loop::modify(int fd, std::uint8_t source, std::uint64_t tag, Readiness interest) {
  poller_->modify(fd, full_tag(source, tag), interest);
}

void Loop::unwatch(int fd) {
  poller_->remove(fd);
}

TimerId Loop::call_at(Instant when, Task task) {
  const std::uint64_t id = next_timer_++;
  timers_.emplace(id, std::move(task));
  heap_.push_back({when, id});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
  return TimerId{id};
}

void Loop::cancel(TimerId timer) {
  timers_.erase(timer.value());
  // A timer that is set and cancelled over and over must not fill the heap.
  if (heap_.size() > 2 * timers_.size() + 64) {
    std::erase_if(heap_, [this](const Timer& t) { return !timers_.contains(t.id); });
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>{});
  }
}

void Loop::at_end_of_turn(Task task) {
  end_of_turn_.push_back(std::move(task));
}

bool Loop::post(Task task) {
  return put_in_mailbox(task, kMailboxMax);
}

void Loop::post_answer(Task task) {
  CHECK(put_in_mailbox(task, std::numeric_limits<std::size_t>::max()));
}

bool Loop::put_in_mailbox(Task& task, std::size_t mailbox_max) {
  bool first = false;
  {
    const std::lock_guard lock(mailbox_mutex_);
    if (mailbox_.size() >= mailbox_max) return false;
    first = mailbox_.empty();
    mailbox_.push_back(std::move(task));
  }
  if (first) poller_->wake();  // the others ride along
  return true;
}

void Loop::stop() {
  stopping_.store(true, std::memory_order_release);
  poller_->wake();
}

void Loop::run() {
  while (!stopping_.exchange(false, std::memory_order_acquire)) take_turn(std::nullopt);
}

std::size_t Loop::turn(Duration wait_max) {
  return take_turn(wait_max);
}

std::size_t Loop::take_turn(std::optional<Duration> wait_max) {
  const std::size_t ready = poller_->wait(events_, time_to_wait(wait_max));
  now_ = poller_->now();
  std::size_t ran = run_events(ready);
  ran += run_mailbox();
  now_ = poller_->now();
  ran += run_timers();
  run_end_of_turn();
  return ran;
}

std::optional<Duration> Loop::time_to_wait(std::optional<Duration> wait_max) {
  if (!end_of_turn_.empty()) return Duration::zero();
  while (!heap_.empty() && !timers_.contains(heap_.front().id)) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
  }
  if (heap_.empty()) return wait_max;
  const Duration next = std::max(heap_.front().when - poller_->now(), Duration::zero());
  return wait_max ? std::min(*wait_max, next) : next;
}

std::size_t Loop::run_events(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto& event = events_[i];
    // A source may have gone since, by the hand of an earlier event of this turn.
    if (IoSource* source = sources_[event.tag >> 56]) {
      source->on_ready(event.tag & kTagMask, event.ready);
    }
  }
  return count;
}

std::size_t Loop::run_mailbox() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mailbox_mutex_);
    tasks.swap(mailbox_);
  }
  for (Task& task : tasks) task();
  return tasks.size();
}

std::size_t Loop::run_timers() {
  std::size_t ran = 0;
  // Timers set meanwhile wait for the next turn, even those already due.
  const std::uint64_t newest = next_timer_;
  std::vector<Timer> later;
  while (!heap_.empty() && heap_.front().when <= now_) {
    const Timer timer = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
    if (timer.id >= newest) {
      later.push_back(timer);
      continue;
    }
    const auto found = timers_.find(timer.id);
    if (found == timers_.end()) continue;
    Task task = std::move(found->second);
    timers_.erase(found);
    task();
    ++ran;
  }
  for (const Timer& timer : later) {
    heap_.push_back(timer);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
  }
  return ran;
}

void Loop::run_end_of_turn() {
  std::vector<Task> tasks;
  for (int round = 0; round < kEndOfTurnRounds && !end_of_turn_.empty(); ++round) {
    tasks.clear();
    tasks.swap(end_of_turn_);
    for (Task& task : tasks) task();
  }
}

}  // namespace righttask::runtime
