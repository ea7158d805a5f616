#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "base/token_bucket.h"
#include "model/limits.h"
#include "model/messages.h"
#include "ydoc/doc.h"

namespace righttask {

/// What members may still bring into a room. Pure; shard-local.
///
/// How large a document is, is known exactly only by encoding it. In between, every update counts
/// with its bytes, which is more than it will take: typed text is merged. So the estimate is set
/// right when it says that the document is full, but only if it may be wrong by enough: since it
/// was last right, a sixteenth of what is allowed has come, or something was deleted and ten
/// seconds have passed. What that costs is thus bounded for every byte that comes, and a document
/// may be called full from fifteen sixteenths on. (Spec: LIM-26)
class Quota {
 public:
  explicit Quota(const Limits& limits) : limits_(limits) {}

  /// What an update of so many bytes may bring. O(1), but for the times when the document is
  /// encoded.
  [[nodiscard]] ydoc::ApplyBounds bounds(const ydoc::Doc& doc, ConnectionId sender,
                                         std::size_t update_bytes, Instant now);
  /// An update has been applied.
  void took(ConnectionId sender, std::size_t update_bytes, const ydoc::ApplyResult& result);
  /// The whole document has been encoded anyway.
  void measured(std::size_t document_bytes);

  /// Counts one event that is relayed to a room of so many members; false when there are too many.
  [[nodiscard]] bool take_relay(MemberId member, std::size_t members, Instant now);
  /// Whether an awareness update of the member may be taken; if it tells something new, it counts.
  [[nodiscard]] bool takes_awareness(MemberId member, Instant now) const;
  void took_awareness(MemberId member, Instant now);
  /// Counts one request for what the member lacks; false when there are too many.
  [[nodiscard]] bool take_sync(MemberId member, Instant now);
  void forget(MemberId member) {
    if (counts_) counts_->paces.erase(member);
  }

 private:
  [[nodiscard]] bool has_room_for(std::size_t update_bytes) const;
  [[nodiscard]] bool worth_measuring(Instant now) const;
  [[nodiscard]] Rate awareness_rate() const;

  const Limits& limits_;

  bool known_ = false;              // whether it was measured at all
  std::size_t document_bytes_ = 0;  // no less than it is
  std::size_t since_measured_ = 0;  // bytes of updates
  bool shrank_ = false;             // an update without growth was taken since
  Instant measured_at_{};           // when it was last measured for being full

  struct Pace {
    TokenBucket awareness;
    TokenBucket syncs;
  };
  struct Counts {
    // Client ids that each connection has introduced. An entry stays for as long as the room: it
    // stands for at least one client of the document, which stays too.
    std::unordered_map<ConnectionId, std::size_t> introduced;
    std::unordered_map<MemberId, Pace> paces;
  };
  [[nodiscard]] Counts& counts() {
    if (!counts_) counts_ = std::make_unique<Counts>();
    return *counts_;
  }
  std::unique_ptr<Counts> counts_;  // null: none yet
};

/// Why an update was not taken, to its sender.
[[nodiscard]] Refusal refusal_of(const ydoc::ApplyFailure& failure);

}  // namespace righttask
