#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "ydoc/snapshot.h"
#include "ydoc/store/store.h"

namespace ydoc {

/// A document's items as a snapshot sees them. Borrows the snapshot, and stays right while the
/// store gets no more clients.
class SnapshotLens {
 public:
  /// O(clients log clients).
  SnapshotLens(const Store& store, const Snapshot& snapshot);

  /// The snapshot knows the unit, deleted or not. O(1).
  [[nodiscard]] bool knows(ShortId id) const { return id.clock < clients_[id.client].state; }

  /// The snapshot holds the unit, not deleted. O(log ranges).
  [[nodiscard]] bool shows(ShortId id) const {
    if (!knows(id)) return false;
    const auto range = first_range_beyond(id);
    return range == ranges_of(id.client).end() || range->clock > id.clock;
  }

  /// How many of the item's units, from its first on, the snapshot knows. O(1).
  [[nodiscard]] std::uint32_t known_units(const Item& item) const {
    const Clock state = clients_[item.client].state;
    if (state <= item.clock) return 0;
    return static_cast<std::uint32_t>(std::min<Clock>(state - item.clock, item.length));
  }

  /// Calls `visit(first, end)` for each stretch of the item's units that is shown, in order.
  template <typename Visit>
  void for_each_shown(const Item& item, Visit&& visit) const {
    const Clock end = std::min<Clock>(item.end(), clients_[item.client].state);
    const auto ranges = ranges_of(item.client);
    auto range = first_range_beyond({item.client, item.clock});
    for (Clock at = item.clock; at < end;) {
      if (range != ranges.end() && range->clock <= at) {
        at = range->clock + range->length;
        ++range;
        continue;
      }
      const Clock stop = range == ranges.end() ? end : std::min(end, range->clock);
      visit(static_cast<std::uint32_t>(at - item.clock),
            static_cast<std::uint32_t>(stop - item.clock));
      at = stop;
    }
  }

 private:
  struct Client {
    Clock state = 0;
    std::uint32_t first = 0;  // of its ranges
    std::uint32_t end = 0;
  };

  [[nodiscard]] std::span<const DeleteRange> ranges_of(ClientIndex client) const {
    const Client& own = clients_[client];
    return ranges_.subspan(own.first, own.end - own.first);
  }
  /// The client's first range that ends beyond the unit.
  [[nodiscard]] std::span<const DeleteRange>::iterator first_range_beyond(ShortId id) const {
    const auto ranges = ranges_of(id.client);
    return std::partition_point(ranges.begin(), ranges.end(), [&](const DeleteRange& range) {
      return range.clock + range.length <= id.clock;
    });
  }

  std::span<const DeleteRange> ranges_;
  std::vector<Client> clients_;  // by number in the store
};

}  // namespace ydoc
