#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "ydoc/store/transaction.h"

namespace ydoc {

/// Ids of a store as ranges that do not touch one another, by client in the order in which the
/// clients came, then by clock. Yjs: a DeleteSet, sorted and merged.
class RangeSet {
 public:
  struct Range {
    Clock32 clock;
    Clock32 end;
  };
  struct Group {
    ClientIndex client;
    std::vector<Range> ranges;
  };

  /// O(log ranges) where the range goes on at the end, as it does when somebody types; elsewhere
  /// it moves what follows.
  void add(ClientIndex client, Clock32 clock, Clock32 end);
  [[nodiscard]] bool contains(ShortId id) const;
  [[nodiscard]] std::span<const Group> groups() const { return groups_; }

 private:
  static constexpr std::size_t kScanMax = 8;

  [[nodiscard]] const Group* find(ClientIndex client) const;
  [[nodiscard]] Group& group(ClientIndex client);

  std::vector<Group> groups_;
  std::unordered_map<ClientIndex, std::size_t> index_;  // empty while a scan will do
};

/// Calls `visit` with every item of the ranges, cut to their edges; what has been collected is
/// passed over. `visit` may cut items. O(log structs) each.
/// Source: Yjs 13.6, src/utils/DeleteSet.js, iterateDeletedStructs.
template <typename Visit>
void visit_items(Transaction& changes, const RangeSet& set, Visit&& visit) {
  const Store& store = changes.store();
  for (const RangeSet::Group& group : set.groups()) {
    for (const RangeSet::Range& range : group.ranges) {
      changes.clean_start({group.client, range.clock});
      for (Clock32 clock = range.clock; clock < range.end;) {
        const Client& owner = store.clients[group.client];
        const auto at = owner.structs.find(clock);
        const ItemRef ref = owner.structs.at(at).ref;
        if (ref == kCollected) {
          clock = owner.end_of(at);
          continue;
        }
        if (store.items[ref].end() > range.end) changes.clean_start({group.client, range.end});
        visit(ref);
        clock = store.items[ref].end();
      }
    }
  }
}

}  // namespace ydoc
