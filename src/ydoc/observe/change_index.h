#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "ydoc/store/transaction.h"

namespace ydoc {

/// A part of an item that one transaction treated alike.
struct Piece {
  std::uint32_t offset;  // in the item
  std::uint32_t length;
  bool added;    // by the transaction, or after it began
  bool deleted;  // by the transaction
};

/// Which units of a document a transaction added and which it deleted.
///
/// In Yjs a whole item is old or new, deleted or not. Here typing extends items at once, and
/// items of queued transactions merge; what is asked about is therefore the unit.
class ChangeIndex {
 public:
  /// `grown` by client ascending; `deleted` as Transaction::deleted() of a closed round.
  void fill(std::vector<Growth> grown, std::span<const DeletedRange> deleted);

  [[nodiscard]] bool adds(const Store& store, ShortId id) const {
    return id.clock >= state_before(store, id.client);
  }
  [[nodiscard]] bool deletes(ShortId id) const;

  /// Calls `visit(Piece)` for the parts of an item from left to right. O(log n) each.
  template <typename Visit>
  void for_each_piece(const Store& store, const Item& item, Visit&& visit) const {
    const Clock32 before = state_before(store, item.client);
    const std::uint32_t old = before <= item.clock ? 0 : std::min(before, item.end()) - item.clock;
    pieces(item, 0, old, false, visit);
    pieces(item, old, item.length, true, visit);
  }

 private:
  [[nodiscard]] Clock32 state_before(const Store& store, ClientIndex client) const;
  /// The first range that ends behind `id`, perhaps of another client.
  [[nodiscard]] std::size_t range_at(ShortId id) const;

  template <typename Visit>
  void pieces(const Item& item, std::uint32_t offset, std::uint32_t end, bool added,
              Visit&& visit) const {
    if (offset == end) return;
    if (!item.deleted || deleted_.empty()) {
      visit(Piece{offset, end - offset, added, false});
      return;
    }
    for (std::size_t i = range_at({item.client, item.clock + offset}); offset < end; ++i) {
      const bool none = i == deleted_.size() || deleted_[i].client != item.client ||
                        deleted_[i].clock >= item.clock + end;
      const std::uint32_t from =
          none ? end : std::max(deleted_[i].clock, item.clock + offset) - item.clock;
      if (from > offset) visit(Piece{offset, from - offset, added, false});
      if (none) return;
      const Clock32 range_end = deleted_[i].clock + deleted_[i].length;
      const std::uint32_t to = std::min(range_end, item.clock + end) - item.clock;
      visit(Piece{from, to - from, added, true});
      offset = to;
    }
  }

  std::vector<Growth> grown_;
  std::vector<DeletedRange> deleted_;  // by client, then clock
};

}  // namespace ydoc
