#include <algorithm>
#include <utility>

#include "net/server_impl.h"

// How fast one connection may send. Too fast, it is not closed but not read, and the kernel slows
// it down; the others then have the loop for themselves.

namespace righttask::net {
namespace {

/// One timer for all who wait, and what each of them may then send comes in parts of this length.
constexpr std::chrono::milliseconds kRateStep{50};

}  // namespace

void Server::Impl::charge(std::uint32_t slot, std::uint64_t messages, std::uint64_t bytes) {
  Connection& c = slab_.at(slot);
  if (c.phase != Phase::websocket && c.phase != Phase::request) return;
  if (options_.message_rate.per_second == 0 && options_.byte_rate.per_second == 0) return;
  if (c.meter == MeterPool::kNone) c.meter = meters_.take();
  Meter& meter = meters_[c.meter];
  const Instant now = loop_.now();
  meter.messages.take(options_.message_rate, messages, now);
  meter.bytes.take(options_.byte_rate, bytes, now);
  if (meter.messages.overdrawn(options_.message_rate, now) ||
      meter.bytes.overdrawn(options_.byte_rate, now)) {
    throttle(slot);
  }
}

void Server::Impl::throttle(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.throttled) return;
  c.throttled = true;
  ++probe_.rate_pauses_total;
  throttled_.push_back(id_of(slot));
  schedule_unthrottle();
}

void Server::Impl::schedule_unthrottle() {
  if (rate_timer_) return;
  rate_timer_ = loop_.call_after(kRateStep, [this] {
    rate_timer_.reset();
    unthrottle();
  });
}

/// Reads again from those who have waited long enough.
void Server::Impl::unthrottle() {
  std::erase_if(throttled_, [this](ConnectionId id) {
    Connection* c = slab_.find(id);
    if (!c || !c->throttled) return true;
    const Meter& meter = meters_[c->meter];
    const Instant now = loop_.now();
    if (meter.messages.overdrawn(options_.message_rate, now) ||
        meter.bytes.overdrawn(options_.byte_rate, now)) {
      return false;
    }
    c->throttled = false;
    if (c->phase == Phase::websocket) c->since = now_ms();
    if (c->input) c->input->message_since = now_ms();  // it could not send meanwhile
    resume(slot_of(id));
    return true;
  });
  if (!throttled_.empty()) schedule_unthrottle();
}

void Server::Impl::forget_meter(Connection& c) {
  if (c.meter == MeterPool::kNone) return;
  meters_.give_back(std::exchange(c.meter, MeterPool::kNone));
}

}  // namespace righttask::net
