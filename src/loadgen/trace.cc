#include "loadgen/trace.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace righttask::loadgen {
namespace {

std::uint64_t pair_key(std::uint32_t member, std::uint32_t sender) {
  return std::uint64_t{member} << 32 | sender;
}

}  // namespace

Trace::Trace(const Seating& seating, ydoc::ClientId first_client, std::uint32_t units_per_update)
    : seating_(seating), first_client_(first_client), units_(units_per_update) {
  CHECK(units_ > 0);
  senders_.resize(std::size_t{seating.rooms()} * seating.senders_per_room);
  heard_.resize(std::size_t{seating.members} * seating.senders_per_room);
  in_.resize(seating.members);
  listeners_.resize(seating.rooms());
}

ydoc::ClientId Trace::client_of(std::uint32_t member) const {
  const std::uint32_t place = seating_.place_of(member);
  if (place < seating_.senders_per_room) {
    return first_client_ + std::uint64_t{seating_.room_of(member)} * seating_.senders_per_room +
           place;
  }
  // Others have an id for their awareness alone.
  return first_client_ + senders_.size() + member;
}

bool Trace::own(std::uint32_t member, std::uint32_t sender) const {
  return seating_.place_of(member) == sender % seating_.senders_per_room &&
         seating_.room_of(member) == sender / seating_.senders_per_room;
}

ydoc::Clock Trace::send(std::uint32_t member, Instant now) {
  CHECK(seating_.place_of(member) < seating_.senders_per_room);
  const std::uint32_t room = seating_.room_of(member);
  Sender& sender =
      senders_[std::size_t{room} * seating_.senders_per_room + seating_.place_of(member)];
  const ydoc::Clock clock = sender.sent() * units_;
  sender.sent_at.push_back(now);
  ++sent_;
  outstanding_ += listeners_[room] - (owed(member) ? 1 : 0);
  return clock;
}

void Trace::take(std::uint32_t member, ByteView update, Instant now) {
  ++counts_.frames;
  counts_.bytes += update.size();
  if (!in_[member]) return;
  if (!read_ranges(update, ranges_)) {
    ++counts_.malformed;
    return;
  }
  const std::uint32_t first = seating_.room_of(member) * seating_.senders_per_room;
  for (const ClockRange& range : ranges_) {
    const ydoc::ClientId index = range.client - first_client_;  // wraps for lower ids
    if (index < first || index >= first + seating_.senders_per_room) {
      ++counts_.foreign;
      continue;
    }
    const auto sender = static_cast<std::uint32_t>(index);
    const Span span{(range.begin + units_ - 1) / units_, range.end / units_};
    if (span.end > senders_[sender].sent() || span.begin >= span.end) {
      ++counts_.malformed;  // nobody has sent that
    } else if (own(member, sender)) {
      counts_.echoes += span.end - span.begin;
    } else {
      take_span(member, sender, span, now);
    }
  }
}

void Trace::take_span(std::uint32_t member, std::uint32_t sender, Span span, Instant now) {
  std::uint64_t& upto = heard(member, sender);
  if (span.begin < upto) {
    fill_gaps(member, sender, {span.begin, std::min(span.end, upto)}, now);
    span.begin = upto;
  }
  if (span.begin >= span.end) return;
  if (span.begin > upto) gaps_[pair_key(member, sender)].push_back({upto, span.begin});
  upto = span.end;
  deliver(sender, span, now);
}

/// Of what lies before heard(): delivered late where it was missing, else a duplicate.
void Trace::fill_gaps(std::uint32_t member, std::uint32_t sender, Span span, Instant now) {
  std::uint64_t repeated = span.end - span.begin;
  if (!gaps_.empty()) {
    if (const auto found = gaps_.find(pair_key(member, sender)); found != gaps_.end()) {
      std::vector<Span> left;
      for (const Span gap : found->second) {
        const Span filled{std::max(gap.begin, span.begin), std::min(gap.end, span.end)};
        if (filled.begin >= filled.end) {
          left.push_back(gap);
          continue;
        }
        repeated -= filled.end - filled.begin;
        counts_.out_of_order += filled.end - filled.begin;
        deliver(sender, filled, now);
        if (gap.begin < filled.begin) left.push_back({gap.begin, filled.begin});
        if (filled.end < gap.end) left.push_back({filled.end, gap.end});
      }
      if (left.empty()) {
        gaps_.erase(found);
      } else {
        found->second = std::move(left);
      }
    }
  }
  counts_.duplicates += repeated;
}

void Trace::deliver(std::uint32_t sender, Span span, Instant now) {
  const Sender& from = senders_[sender];
  for (std::uint64_t i = span.begin; i < span.end; ++i) {
    if (i < from.forgotten) continue;
    latencies_.record(now - from.sent_at[static_cast<std::size_t>(i - from.forgotten)]);
  }
  counts_.delivered += span.end - span.begin;
  outstanding_ -= span.end - span.begin;
}

void Trace::enter(std::uint32_t member, ByteView state) {
  CHECK(!in_[member]);
  in_[member] = true;
  if (!owed(member)) return;
  const std::uint32_t room = seating_.room_of(member);
  ++listeners_[room];
  if (seating_.senders_per_room == 0) return;
  if (!read_ranges(state, ranges_)) {
    ++counts_.malformed;
    ranges_.clear();
  }
  const std::uint32_t first = room * seating_.senders_per_room;
  for (std::uint32_t s = 0; s < seating_.senders_per_room; ++s) heard(member, first + s) = 0;
  for (const ClockRange& range : ranges_) {
    const ydoc::ClientId index = range.client - first_client_;
    if (index < first || index >= first + seating_.senders_per_room) continue;
    std::uint64_t& upto = heard(member, static_cast<std::uint32_t>(index));
    upto = std::max<std::uint64_t>(upto, range.end / units_);
  }
  for (std::uint32_t s = 0; s < seating_.senders_per_room; ++s) {
    const std::uint32_t sender = first + s;
    std::uint64_t& upto = heard(member, sender);
    upto = std::min(upto, senders_[sender].sent());
    if (!own(member, sender)) outstanding_ += senders_[sender].sent() - upto;
  }
}

void Trace::leave(std::uint32_t member) {
  if (!in_[member]) return;
  if (owed(member)) {
    const std::uint32_t room = seating_.room_of(member);
    --listeners_[room];
    for (std::uint32_t s = 0; s < seating_.senders_per_room; ++s) {
      const std::uint32_t sender = room * seating_.senders_per_room + s;
      if (own(member, sender)) continue;
      outstanding_ -= senders_[sender].sent() - heard(member, sender);
      const auto gaps = gaps_.find(pair_key(member, sender));
      if (gaps == gaps_.end()) continue;
      for (const Span gap : gaps->second) outstanding_ -= gap.end - gap.begin;
      gaps_.erase(gaps);
    }
  }
  in_[member] = false;
}

void Trace::acknowledge(std::uint32_t member, Instant now) {
  if (seating_.place_of(member) >= seating_.senders_per_room) return;
  Sender& sender = senders_[std::size_t{seating_.room_of(member)} * seating_.senders_per_room +
                            seating_.place_of(member)];
  if (sender.acknowledged >= sender.sent()) return;  // of something else, such as a state
  const std::uint64_t index = sender.acknowledged++;
  ++acknowledged_;
  if (index < sender.forgotten) return;
  ack_latencies_.record(now - sender.sent_at[static_cast<std::size_t>(index - sender.forgotten)]);
}

void Trace::begin_measuring() {
  counts_ = {};
  latencies_.clear();
  ack_latencies_.clear();
}

void Trace::trim() {
  constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint64_t> keep_from(senders_.size(), kAll);
  for (std::uint32_t member = 0; member < seating_.members; ++member) {
    if (!owed(member)) continue;
    const std::uint32_t first = seating_.room_of(member) * seating_.senders_per_room;
    for (std::uint32_t s = 0; s < seating_.senders_per_room; ++s) {
      if (own(member, first + s)) continue;
      keep_from[first + s] = std::min(keep_from[first + s], heard(member, first + s));
    }
  }
  for (const auto& [key, gaps] : gaps_) {
    std::uint64_t& from = keep_from[static_cast<std::uint32_t>(key)];
    for (const Span gap : gaps) from = std::min(from, gap.begin);
  }
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    Sender& sender = senders_[i];
    std::uint64_t from = std::min(keep_from[i], sender.sent());
    if (acknowledged_ > 0) from = std::min(from, sender.acknowledged);  // else the dialect has none
    while (sender.forgotten < from) {
      sender.sent_at.pop_front();
      ++sender.forgotten;
    }
  }
}

}  // namespace righttask::loadgen
