#pragma once

#include <span>
#include <vector>

#include "ydoc/codec/merge.h"
#include "ydoc/doc.h"
#include "ydoc/store/client_table.h"

namespace ydoc {

/// What a pending struct waits for.
struct Wait {
  ClientId client;
  Clock clock;   // see MissingClock
  Clock needed;  // there is nothing to do before this unit of the client is here
};

/// Structs that wait for others to arrive, as updates in V2, which holds every value whole: Yjs's
/// store.pendingStructs.
///
/// Up to kMergeAtOnce bytes every addition is merged at once, as Yjs does, so that the bytes are
/// Yjs's too. Beyond, additions are gathered and merged when they have grown to half of what was
/// merged before: the cost of an addition stays in proportion to its own size. Nor are they tried
/// before what is needed has come, while Yjs tries whenever a client has grown that is waited for.
class PendingStructs {
 public:
  [[nodiscard]] bool empty() const { return parts_.empty(); }
  /// Their size: encoded bytes, and two more a struct, of which V2 can hold any number in few.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// By client, ascending.
  [[nodiscard]] std::vector<MissingClock> missing() const;

  /// Whether something that was missing has arrived. If not, missing() says how far it has come.
  [[nodiscard]] bool worth_a_try(const ClientTable& clients);

  enum class Added {
    nothing_new,
    more,     // beyond kMergeAtOnce also where the addition was known
    dropped,  // there would have been more than bytes_max
  };
  Added add(CountedUpdate update_v2, std::span<const Wait> waits, std::size_t bytes_max);

  /// Everything as one update; not empty.
  [[nodiscard]] const Bytes& merged() const;
  /// The same, leaving nothing.
  [[nodiscard]] Bytes take();

 private:
  static constexpr std::size_t kMergeAtOnce = 64u << 10;

  [[nodiscard]] static std::size_t weight_of(const CountedUpdate& update) {
    return update.bytes.size() + 2 * update.structs;
  }
  void merge() const;
  void order_waits();

  // What they hold together never changes by merging them.
  mutable std::vector<CountedUpdate> parts_;
  mutable std::size_t bytes_ = 0;
  std::vector<Wait> waits_;  // by client, ascending; the lowest clocks of each
};

}  // namespace ydoc
