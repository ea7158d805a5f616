#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "loadgen/histogram.h"
#include "loadgen/update_ranges.h"

namespace righttask::loadgen {

/// Who is in which room and who of them sends. Rooms are filled one after the other; in each the
/// first members send, and the last may be ones that never read.
struct Seating {
  std::uint32_t members = 0;
  std::uint32_t members_per_room = 1;
  std::uint32_t senders_per_room = 0;
  std::uint32_t deaf_per_room = 0;  // never read, and are owed nothing

  [[nodiscard]] std::uint32_t rooms() const {
    return (members + members_per_room - 1) / members_per_room;
  }
  [[nodiscard]] std::uint32_t room_of(std::uint32_t member) const {
    return member / members_per_room;
  }
  [[nodiscard]] std::uint32_t place_of(std::uint32_t member) const {
    return member % members_per_room;
  }
  [[nodiscard]] bool deaf(std::uint32_t member) const {
    return place_of(member) >= members_per_room - deaf_per_room;
  }
};

/// What was delivered, counted since the measuring began.
struct Deliveries {
  std::uint64_t delivered = 0;     // updates that reached a member for the first time
  std::uint64_t frames = 0;        // messages they came in: fewer, where a server merges
  std::uint64_t duplicates = 0;    // updates that a member had already
  std::uint64_t out_of_order = 0;  // of the delivered, those that came behind a later one
  std::uint64_t echoes = 0;        // own updates that came back to their sender
  std::uint64_t foreign = 0;       // ranges of clients that are none of ours
  std::uint64_t malformed = 0;     // messages that are no update
  std::uint64_t bytes = 0;         // of the updates, without what is around them
};

/// Follows every update to every member of its room.
///
/// A sender owns a Yjs client id and appends at consecutive clocks, the same number of units each
/// time, so that a range of clocks names updates, however a server has merged them. For each
/// member and sender of its room the trace keeps how far the member has heard; what lies between
/// that and the end of a range that arrives has been delivered just now, and took from its push
/// until now.
///
/// No I/O, no clock: what time it is comes in.
class Trace {
 public:
  /// Sender s of room r is client `first_client + r * seating.senders_per_room + s`.
  Trace(const Seating& seating, ydoc::ClientId first_client, std::uint32_t units_per_update);

  [[nodiscard]] ydoc::ClientId client_of(std::uint32_t member) const;

  /// The clock at which this member, a sender, writes its next update; owed to the others from now
  /// on.
  ydoc::Clock send(std::uint32_t member, Instant now);

  /// A message reached a member that is in.
  void take(std::uint32_t member, ByteView update, Instant now);

  /// The member came in, with a state that holds this much; it is owed what is missing there.
  void enter(std::uint32_t member, ByteView state);

  /// The member went, and is owed nothing.
  void leave(std::uint32_t member);

  /// The sender's oldest push that was not acknowledged now is; how long that took.
  void acknowledge(std::uint32_t member, Instant now);

  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  /// Deliveries that have not come.
  [[nodiscard]] std::uint64_t outstanding() const { return outstanding_; }
  [[nodiscard]] const Deliveries& counts() const { return counts_; }
  [[nodiscard]] const Histogram& latencies() const { return latencies_; }
  [[nodiscard]] const Histogram& ack_latencies() const { return ack_latencies_; }

  /// Counts and latencies start anew; what is under way is counted when it arrives.
  void begin_measuring();

  /// Forgets the times of updates that all have had. O(members × senders of a room): to be called
  /// once in a while, or a long run would take eight bytes of memory an update.
  void trim();

 private:
  struct Sender {
    std::deque<Instant> sent_at;
    std::uint64_t forgotten = 0;     // updates before the first of sent_at
    std::uint64_t acknowledged = 0;  // updates

    [[nodiscard]] std::uint64_t sent() const { return forgotten + sent_at.size(); }
  };
  struct Span {  // of updates
    std::uint64_t begin;
    std::uint64_t end;
  };

  void take_span(std::uint32_t member, std::uint32_t sender, Span span, Instant now);
  void fill_gaps(std::uint32_t member, std::uint32_t sender, Span span, Instant now);
  void deliver(std::uint32_t sender, Span span, Instant now);
  [[nodiscard]] bool own(std::uint32_t member, std::uint32_t sender) const;
  [[nodiscard]] std::uint64_t& heard(std::uint32_t member, std::uint32_t sender) {
    return heard_[std::size_t{member} * seating_.senders_per_room +
                  sender % seating_.senders_per_room];
  }
  [[nodiscard]] bool owed(std::uint32_t member) const {
    return in_[member] && !seating_.deaf(member);
  }

  Seating seating_;
  ydoc::ClientId first_client_;
  std::uint32_t units_;
  std::vector<Sender> senders_;           // by room, then by place
  std::vector<std::uint64_t> heard_;      // updates, by member, then by sender of its room
  std::vector<bool> in_;                  // by member
  std::vector<std::uint32_t> listeners_;  // by room: members that are in and owed
  /// Updates before heard() that a member lacks, by member and sender.
  std::unordered_map<std::uint64_t, std::vector<Span>> gaps_;
  std::vector<ClockRange> ranges_;  // of the message just read
  std::uint64_t sent_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t outstanding_ = 0;
  Deliveries counts_;
  Histogram latencies_;
  Histogram ack_latencies_;
};

}  // namespace righttask::loadgen
