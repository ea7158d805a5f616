#include "server/join_pacer.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace righttask::server {
namespace {

/// What may go at once: short, since the loop does nothing else meanwhile.
constexpr std::chrono::milliseconds kBurst{100};

MemberId member_of(const protocol::ToRoom& join) {
  return std::get<JoinRequest>(join.message).member;
}

Rate rate_of(const Limits& limits) {
  const std::uint32_t per_second = limits.joins_per_second_max;
  if (per_second == 0) return {};
  return {per_second, std::max<Duration>(kBurst, Duration(std::chrono::seconds(1)) / per_second)};
}

}  // namespace

JoinPacer::JoinPacer(const Limits& limits)
    : rate_(rate_of(limits)),
      line_max_(std::size_t{limits.joins_per_second_max} *
                static_cast<std::size_t>(limits.join_wait_max.count())) {}

JoinPacer::Turn JoinPacer::offer(protocol::ToRoom& join, Instant now) {
  if (in_line_.empty() && bucket_.try_take(rate_, 1, now)) return Turn::now;
  // Those that have gone take up memory, so they count until their turn comes.
  if (line_.size() >= line_max_) return Turn::refuse;
  in_line_.insert(member_of(join));
  line_.push_back(std::move(join));
  return Turn::later;
}

bool JoinPacer::change(MemberId member, Access access) {
  if (!in_line_.contains(member)) return false;
  for (protocol::ToRoom& join : line_) {
    if (member_of(join) == member) std::get<JoinRequest>(join.message).access = access;
  }
  return true;
}

std::optional<protocol::ToRoom> JoinPacer::next(Instant now) {
  while (!line_.empty() && !in_line_.contains(member_of(line_.front()))) line_.pop_front();
  if (line_.empty() || !bucket_.try_take(rate_, 1, now)) return std::nullopt;
  protocol::ToRoom join = std::move(line_.front());
  line_.pop_front();
  in_line_.erase(member_of(join));
  return join;
}

}  // namespace righttask::server
