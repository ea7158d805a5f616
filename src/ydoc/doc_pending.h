#pragma once

#include <vector>

#include "ydoc/codec/merge.h"
#include "ydoc/doc.h"
#include "ydoc/store/client_table.h"

namespace ydoc {

/// Structs that wait for others to arrive, as updates in V2, which holds every value whole: Yjs's
/// store.pendingStructs.
///
/// Up to kMergeAtOnce bytes every addition is merged at once, as Yjs does, so that the bytes are
/// Yjs's too. Beyond, additions are gathered and merged when they have grown to half of what was
/// merged before: the cost of an addition stays in proportion to its own size.
class PendingStructs {
 public:
  [[nodiscard]] bool empty() const { return parts_.empty(); }
  /// Their size: encoded bytes, and two more a struct, of which V2 can hold any number in few.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// By client, ascending.
  [[nodiscard]] const std::vector<MissingClock>& missing() const { return missing_; }

  /// Whether something that was missing has arrived.
  [[nodiscard]] bool worth_a_try(const ClientTable& clients) const;

  enum class Added {
    nothing_new,
    more,     // beyond kMergeAtOnce also where the addition was known
    dropped,  // there would have been more than bytes_max
  };
  Added add(CountedUpdate update_v2, std::vector<MissingClock> missing, std::size_t bytes_max);

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

  // What they hold together never changes by merging them.
  mutable std::vector<CountedUpdate> parts_;
  mutable std::size_t bytes_ = 0;
  std::vector<MissingClock> missing_;
};

/// Sorts by client and keeps the lowest clock of each.
void order_missing(std::vector<MissingClock>& missing);

}  // namespace ydoc
