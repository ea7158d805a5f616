#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "model/limits.h"
#include "model/messages.h"
#include "protocol/session.h"

namespace righttask::server {

/// Lets so many joins a second through and keeps the others in line, in order. Clients come back
/// all at once after an outage, not all of them with jitter, and each join costs the encoding of a
/// document. What would wait too long is refused; clients try again by themselves, later each time.
/// Shard-local. (Spec: LIM-29)
class JoinPacer {
 public:
  explicit JoinPacer(const Limits& limits);

  enum class Turn : std::uint8_t {
    now,     // the request is as it was: carry it out
    later,   // it was taken, and comes out of `next`
    refuse,  // the line is too long; the request is as it was
  };
  /// `join` holds a JoinRequest.
  [[nodiscard]] Turn offer(protocol::ToRoom& join, Instant now);
  /// The first in line, when it may go on.
  [[nodiscard]] std::optional<protocol::ToRoom> next(Instant now);
  /// The member has gone. True if it was in line, and no room has heard of it.
  bool cancel(MemberId member) { return in_line_.erase(member) > 0; }
  /// What the member may do has changed. True if it was in line: it will join by that.
  bool change(MemberId member, Access access);

  [[nodiscard]] std::size_t waiting() const { return in_line_.size(); }

 private:
  Rate rate_;
  std::size_t line_max_;
  TokenBucket bucket_;
  std::deque<protocol::ToRoom> line_;  // with those that have gone meanwhile
  std::unordered_set<MemberId> in_line_;
};

}  // namespace righttask::server
