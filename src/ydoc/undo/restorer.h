#pragma once

#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ydoc/doc_engine.h"
#include "ydoc/store/range_set.h"

namespace ydoc {

/// Brings deleted items back: a copy takes the old one's place, and the old one remembers it
/// (Item::redone). Lives inside one transaction, for one stack item of an UndoManager.
///
/// The searches of Yjs, without their squares: a list whose type was brought back is indexed by
/// the items that were, and nothing recurses over types in types.
/// Source: Yjs 13.6, src/structs/Item.js, redoItem.
class Restorer {
 public:
  struct Rules {
    /// What the same stack item inserted. Values of a key that are about to be deleted, or that
    /// `deleted_by_undo` says were, give way to an older one that comes back.
    const RangeSet& insertions;
    std::function<bool(ShortId)> deleted_by_undo;
    bool ignore_remote_map_changes;
    /// Items passed over while looking for places. Beyond, content comes back at the beginning
    /// of its list, and a key's value only where nothing stands in its way.
    std::uint64_t steps_max;
  };

  Restorer(Doc::Engine& engine, Rules rules)
      : engine_(engine), store_(engine.store), rules_(std::move(rules)) {}

  /// This one is to come back.
  void want(ItemRef ref) {
    if (wanted_.insert(ref).second) order_.push_back(ref);
  }
  /// Brings back what is wanted, in that order, types before what they hold. Returns whether
  /// anything is back, also if it had been before.
  bool run();

 private:
  /// A list whose type was deleted and brought back as another one. Nothing is added to it.
  struct OldList {
    struct Start {
      ShortId id;
      std::uint64_t place;  // units before it
    };
    std::vector<Start> starts;                  // by id; pieces cut off later are not listed
    std::map<std::uint64_t, ItemRef> restored;  // by place
    [[nodiscard]] std::uint64_t place(const Item& item) const;
  };

  bool restore(ItemRef ref);
  bool put_back(ItemRef ref, ItemRef holder);
  void copy(ItemRef ref, TypeId parent, ItemRef left, ItemRef right);
  [[nodiscard]] bool find_key_place(ItemRef ref, TypeId parent, ItemRef& left);
  [[nodiscard]] ItemRef follow(ItemRef ref);
  [[nodiscard]] ItemRef trace(ItemRef ref, ItemRef holder);
  [[nodiscard]] ItemRef nearest_left(ItemRef from, ItemRef holder);
  [[nodiscard]] ItemRef nearest_right(ItemRef from, ItemRef holder);
  [[nodiscard]] ItemRef indexed_left(ItemRef from, ItemRef holder);
  [[nodiscard]] ItemRef indexed_right(ItemRef from, ItemRef holder);
  [[nodiscard]] OldList& old_list(TypeId list);
  [[nodiscard]] ItemRef holder_of(const Item& item) const { return store_.types[item.parent].item; }
  [[nodiscard]] bool exhausted() const { return steps_ > rules_.steps_max; }

  Doc::Engine& engine_;
  Store& store_;
  Rules rules_;
  std::vector<ItemRef> order_;
  std::unordered_set<ItemRef> wanted_;
  std::vector<ItemRef> open_;  // an item to restore, its type's item, that one's …
  std::unordered_map<TypeId, OldList> old_lists_;
  std::uint64_t steps_ = 0;
};

/// The item as what it was brought back last, cut at where the copy begins; kCollected if that
/// is gone. Source: followRedone.
[[nodiscard]] ItemRef newest_copy(Transaction& changes, ItemRef ref);

/// Sets whether an item and the types it lies in are kept from collection. Stops where it is so
/// already. Source: keepItem.
void keep_item(Store& store, ItemRef ref, bool keep);

}  // namespace ydoc
