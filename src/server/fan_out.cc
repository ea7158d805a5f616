#include "server/fan_out.h"

#include <algorithm>

#include "ydoc/codec/merge.h"

namespace righttask::server {
namespace {

constexpr std::chrono::milliseconds kWindow{100};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

FanOut::Turn FanOut::add(Held held, std::size_t members, const Limits& limits, Instant now) {
  measure(now);
  const bool first = held_.empty();
  bytes_ += held.update->size();
  held_.push_back(std::move(held));
  if (bytes_ > kHeldBytesMax) return Turn::overflow;
  if (!first) return Turn::more;
  hold_ = hold_for(members, limits);
  return hold_ > Duration::zero() ? Turn::hold : Turn::end;
}

std::vector<FanOut::Held> FanOut::take() {
  bytes_ = 0;
  return std::exchange(held_, {});
}

/// Nothing where not even two would meet within the longest hold.
Duration FanOut::hold_for(std::size_t members, const Limits& limits) const {
  const double deliveries = rate_ * static_cast<double>(members);
  if (deliveries < kHotDeliveries || rate_ * seconds(limits.hold_max) < 2) return {};
  const std::chrono::duration<double, std::milli> wanted(deliveries / kDeliveriesPerMillisecond);
  return std::min(std::max(std::chrono::duration_cast<Duration>(wanted), Duration(kHoldMin)),
                  Duration(limits.hold_max));
}

void FanOut::measure(Instant now) {
  ++count_;
  const Duration elapsed = now - since_;
  if (elapsed < kWindow) return;
  rate_ = count_ / seconds(elapsed);
  since_ = now;
  count_ = 0;
}

std::optional<SharedBytes> merged(const std::vector<FanOut::Held>& held) {
  std::vector<ByteView> updates;
  updates.reserve(held.size());
  for (const FanOut::Held& one : held) updates.emplace_back(*one.update);
  auto all = ydoc::merge_updates_v1(updates, ydoc::DecodeLimits::trusted());
  if (!all) return std::nullopt;
  return share(*std::move(all));
}

}  // namespace righttask::server
