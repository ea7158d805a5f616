#include "room/quota.h"

#include <algorithm>
#include <chrono>

namespace righttask {
namespace {

constexpr std::chrono::seconds kMeasureAgainAfter{10};
constexpr std::size_t kMeasureAgainPart = 16;
/// Events a second that are relayed in a room of any size.
constexpr std::uint64_t kRelaysLeast = 10;

}  // namespace

ydoc::ApplyBounds Quota::bounds(const ydoc::Doc& doc, ConnectionId sender, std::size_t update_bytes,
                                Instant now) {
  ydoc::ApplyBounds bounds;
  if (limits_.document_bytes_max > 0) {
    // What it was loaded with has not been counted.
    if (!known_) measured(doc.encode_state_as_update_v1().size());
    if (!has_room_for(update_bytes) && worth_measuring(now)) {
      measured(doc.encode_state_as_update_v1().size());
      measured_at_ = now;
    }
    bounds.growth = has_room_for(update_bytes);
  }
  if (limits_.new_clients_per_connection_max > 0) {
    const auto& introduced = counts().introduced;
    const auto found = introduced.find(sender);
    const std::size_t had = found == introduced.end() ? 0 : found->second;
    bounds.new_clients_max = limits_.new_clients_per_connection_max -
                             std::min<std::size_t>(had, limits_.new_clients_per_connection_max);
  }
  return bounds;
}

void Quota::took(ConnectionId sender, std::size_t update_bytes, const ydoc::ApplyResult& result) {
  if (result.clients_added > 0) counts().introduced[sender] += result.clients_added;
  if (!result.changed) return;
  if (result.structs_added == 0) shrank_ = true;
  document_bytes_ += update_bytes;
  since_measured_ += update_bytes;
}

void Quota::measured(std::size_t document_bytes) {
  known_ = true;
  document_bytes_ = document_bytes;
  since_measured_ = 0;
  shrank_ = false;
}

bool Quota::has_room_for(std::size_t update_bytes) const {
  return document_bytes_ + update_bytes <= limits_.document_bytes_max;
}

bool Quota::worth_measuring(Instant now) const {
  return since_measured_ >= limits_.document_bytes_max / kMeasureAgainPart ||
         (shrank_ && now - measured_at_ >= kMeasureAgainAfter);
}

Rate Quota::awareness_rate() const {
  return {limits_.awareness_per_second_max, limits_.rate_burst};
}

bool Quota::take_relay(MemberId member, std::size_t members, Instant now) {
  Rate rate = awareness_rate();
  if (limits_.awareness_relays_per_second_max > 0 && members > 0) {
    const std::uint64_t fitting =
        std::max<std::uint64_t>(kRelaysLeast, limits_.awareness_relays_per_second_max / members);
    rate.per_second = rate.per_second == 0 ? fitting : std::min(rate.per_second, fitting);
  }
  if (rate.per_second == 0) return true;
  return counts().paces[member].awareness.try_take(rate, 1, now);
}

bool Quota::takes_awareness(MemberId member, Instant now) const {
  if (!counts_) return true;
  const auto found = counts_->paces.find(member);
  return found == counts_->paces.end() || !found->second.awareness.overdrawn(awareness_rate(), now);
}

void Quota::took_awareness(MemberId member, Instant now) {
  if (awareness_rate().per_second > 0)
    counts().paces[member].awareness.take(awareness_rate(), 1, now);
}

bool Quota::take_sync(MemberId member, Instant now) {
  const Rate rate{limits_.syncs_per_second_max, limits_.rate_burst};
  if (rate.per_second == 0) return true;
  return counts().paces[member].syncs.try_take(rate, 1, now);
}

Refusal refusal_of(const ydoc::ApplyFailure& failure) {
  switch (failure.error) {
    case ydoc::ApplyError::growth:
      return Refusal::too_large;
    case ydoc::ApplyError::too_many_clients:
      return Refusal::too_many_clients;
    default:
      return Refusal::invalid_update;
  }
}

}  // namespace righttask
