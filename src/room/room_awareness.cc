#include "room/room_awareness.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/bytes.h"

namespace righttask {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A frame sent and its repetition received take some 14 µs of the processor (400 members, of whom
// 100 move), so that one room's awareness may cost about a seventh of a core; and it leaves at no
// more than 64 MB/s.
constexpr nanoseconds kPausePerMember{100'000};
constexpr nanoseconds kPausePerByte{16};  // and member
constexpr nanoseconds kPauseLeast = milliseconds(25);
/// Well below the 30 s after which clients take for gone whom they do not hear of.
constexpr nanoseconds kPauseMost = milliseconds(5'000);

Duration pause_after(std::size_t bytes, std::size_t members) {
  const auto member = kPausePerMember + kPausePerByte * static_cast<std::int64_t>(bytes);
  return std::clamp(member * static_cast<std::int64_t>(members), kPauseLeast, kPauseMost);
}

AwarenessTableLimits table_limits(const Limits& limits) {
  AwarenessTableLimits table;
  table.update_bytes_max = limits.awareness_bytes_max;
  return table;
}

}  // namespace

RoomAwareness::RoomAwareness(const Limits& limits) : table_(table_limits(limits)) {}

Result<bool, Refusal> RoomAwareness::take(const AwarenessRequest& request, Instant now) {
  const bool nothing_waits = table_.changed() == 0;
  const auto news = table_.take(request.member, request.subject, *request.update, now);
  if (!news || !*news) return news;
  if (nothing_waits) {
    sole_ = request.member;
  } else if (sole_ != request.member) {
    sole_.reset();
  }
  return news;
}

void RoomAwareness::leave(MemberId member, Instant now) {
  table_.leave(member, now);
  sole_.reset();
}

void RoomAwareness::lose(MemberId member, Instant now, Instant until) {
  table_.lose(member, now, until);
}

void RoomAwareness::expire(Instant now) {
  const std::size_t before = table_.changed();
  table_.expire(now);
  if (table_.changed() != before) sole_.reset();
}

std::optional<Broadcast> RoomAwareness::take_due(std::size_t members, Instant now) {
  if (table_.changed() == 0 || now < quiet_until_) return std::nullopt;
  Bytes update = table_.take_changes();
  const auto except = std::exchange(sole_, std::nullopt);
  if (members == 0) return std::nullopt;
  quiet_until_ = now + pause_after(update.size(), members);
  return Broadcast{AwarenessUpdate{share(std::move(update))}, except};
}

std::optional<Instant> RoomAwareness::next_wake() const {
  const auto expiry = table_.next_expiry();
  if (table_.changed() == 0) return expiry;
  return expiry ? std::min(*expiry, quiet_until_) : quiet_until_;
}

AwarenessUpdate RoomAwareness::state() const {
  return {share(table_.state())};
}

}  // namespace righttask
