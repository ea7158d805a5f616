#include "ydoc/undo/restorer.h"

#include <algorithm>
#include <tuple>

namespace ydoc {
namespace {

/// A list is indexed only when that many items on one side were of no use.
constexpr unsigned kWalkMax = 64;

}  // namespace

bool Restorer::run() {
  bool any = false;
  for (const ItemRef ref : order_) any = restore(ref) || any;
  return any;
}

/// An item whose type is deleted needs it back first, which needs its own, and so on.
bool Restorer::restore(ItemRef ref) {
  open_.assign(1, ref);
  while (!open_.empty()) {
    const Item& item = store_.items[open_.back()];
    if (item.redone) {
      engine_.changes().clean_start(store_.redone_as(open_.back()));
      open_.pop_back();
      continue;
    }
    ItemRef holder = holder_of(item);
    if (holder != kNoItem && store_.items[holder].deleted) {
      if (!store_.items[holder].redone) {
        ++steps_;
        if (exhausted() || !wanted_.contains(holder)) return false;
        open_.push_back(holder);
        continue;
      }
      holder = follow(holder);
      if (holder == kCollected) return false;
    }
    if (!put_back(open_.back(), holder)) return false;
    open_.pop_back();
  }
  return true;
}

/// `holder`: where the item's type is now; kNoItem for a root.
bool Restorer::put_back(ItemRef ref, ItemRef holder) {
  const Item& item = store_.items[ref];
  if (holder != kNoItem && store_.items[holder].kind != ContentKind::type) return false;
  if (!engine_.options.client_id) return false;
  if (engine_.next_id().clock + item.length > kClockMax) return false;
  const TypeId parent = holder == kNoItem ? item.parent : store_.items[holder].type();
  ItemRef left = item.left;
  ItemRef right = ref;
  if (item.parent_sub != kNoName) {
    right = kNoItem;
    if (!find_key_place(ref, parent, left)) return false;
  } else if (parent != item.parent) {
    left = nearest_left(item.left, holder);
    right = nearest_right(ref, holder);
    if (exhausted()) {
      left = kNoItem;
      right = store_.types[parent].start;
    }
  }
  const std::uint64_t before = engine_.integrator.steps();
  copy(ref, parent, left, right);
  steps_ += engine_.integrator.steps() - before;
  return true;
}

void Restorer::copy(ItemRef ref, TypeId parent, ItemRef left, ItemRef right) {
  const Item& old = store_.items[ref];
  Block block = store_.block_of(old);
  block.id = engine_.next_id();
  const ItemRef made = engine_.integrator.insert(block, parent, old.parent_sub, left, right, false);
  const Item& item = store_.items[made];
  store_.set_redone(ref, {item.client, item.clock});
  keep_item(store_, made, true);
  if (old.kind == ContentKind::format) store_.share_identity(made, store_.identity_of(ref));
  if (const auto list = old_lists_.find(old.parent); list != old_lists_.end()) {
    list->second.restored.emplace(list->second.place(old), ref);
  }
}

/// Behind which item a key's value comes back; false if someone else's stands in its way.
bool Restorer::find_key_place(ItemRef ref, TypeId parent, ItemRef& left) {
  const Item& item = store_.items[ref];
  left = store_.types[parent].newest(item.parent_sub);
  if (item.right == kNoItem || rules_.ignore_remote_map_changes) return true;
  ItemRef at = ref;
  while (store_.items[at].right != kNoItem) {
    const Item& next = store_.items[store_.items[at].right];
    const ShortId id{next.client, next.clock};
    ++steps_;
    if (exhausted()) return false;
    if (!next.redone && !rules_.insertions.contains(id) && !rules_.deleted_by_undo(id)) {
      return false;
    }
    at = follow(store_.items[at].right);
    if (at == kCollected) return true;
  }
  if (store_.items[at].parent == parent) left = at;
  return true;
}

/// To the newest copy that begins where a copy of `ref` did; kCollected if it is gone.
ItemRef Restorer::follow(ItemRef ref) {
  while (ref != kCollected && store_.items[ref].redone) {
    ++steps_;
    ref = engine_.changes().clean_start(store_.redone_as(ref));
  }
  return ref;
}

/// The copy of an item that lies in the type of `holder`, or kNoItem.
ItemRef Restorer::trace(ItemRef ref, ItemRef holder) {
  ++steps_;
  while (holder_of(store_.items[ref]) != holder) {
    if (!store_.items[ref].redone) return kNoItem;
    ++steps_;
    ref = engine_.changes().clean_start(store_.redone_as(ref));
    if (ref == kCollected) return kNoItem;
  }
  return ref;
}

/// Of the items of an old list from `from` leftwards, the first that has a copy in the new one:
/// that copy.
ItemRef Restorer::nearest_left(ItemRef from, ItemRef holder) {
  unsigned walked = 0;
  for (ItemRef at = from; at != kNoItem; at = store_.items[at].left) {
    if (++walked > kWalkMax) return indexed_left(at, holder);
    if (const ItemRef found = trace(at, holder); found != kNoItem) return found;
  }
  return kNoItem;
}

ItemRef Restorer::nearest_right(ItemRef from, ItemRef holder) {
  unsigned walked = 0;
  for (ItemRef at = from; at != kNoItem; at = store_.items[at].right) {
    if (++walked > kWalkMax) return indexed_right(at, holder);
    if (const ItemRef found = trace(at, holder); found != kNoItem) return found;
  }
  return kNoItem;
}

/// As nearest_left, but jumps over what was never brought back.
ItemRef Restorer::indexed_left(ItemRef from, ItemRef holder) {
  const OldList& list = old_list(store_.items[from].parent);
  ItemRef at = from;
  while (at != kNoItem && !exhausted()) {
    if (store_.items[at].redone) {
      if (const ItemRef found = trace(at, holder); found != kNoItem) return found;
      at = store_.items[at].left;
      continue;
    }
    const auto behind = list.restored.lower_bound(list.place(store_.items[at]));
    if (behind == list.restored.begin()) return kNoItem;
    at = std::prev(behind)->second;
    // Pieces that were cut off it since are to the right of it and not in the index.
    while (store_.items[store_.items[at].right].redone) at = store_.items[at].right;
  }
  return kNoItem;
}

ItemRef Restorer::indexed_right(ItemRef from, ItemRef holder) {
  const OldList& list = old_list(store_.items[from].parent);
  ItemRef at = from;
  while (at != kNoItem && !exhausted()) {
    if (store_.items[at].redone) {
      if (const ItemRef found = trace(at, holder); found != kNoItem) return found;
      at = store_.items[at].right;
      continue;
    }
    const auto next = list.restored.lower_bound(list.place(store_.items[at]));
    if (next == list.restored.end()) return kNoItem;
    at = next->second;
  }
  return kNoItem;
}

namespace {

bool before(ShortId a, ShortId b) {
  return std::tie(a.client, a.clock) < std::tie(b.client, b.clock);
}

}  // namespace

std::uint64_t Restorer::OldList::place(const Item& item) const {
  const ShortId id{item.client, item.clock};
  const auto& start = *std::prev(std::ranges::upper_bound(starts, id, before, &Start::id));
  return start.place + (id.clock - start.id.clock);
}

Restorer::OldList& Restorer::old_list(TypeId type) {
  const auto [found, made] = old_lists_.try_emplace(type);
  OldList& list = found->second;
  if (!made) return list;
  std::uint64_t place = 0;
  for (ItemRef ref = store_.types[type].start; ref != kNoItem; ref = store_.items[ref].right) {
    const Item& item = store_.items[ref];
    list.starts.push_back({{item.client, item.clock}, place});
    if (item.redone) list.restored.emplace_hint(list.restored.end(), place, ref);
    place += item.length;
  }
  std::ranges::sort(list.starts, before, &OldList::Start::id);
  return list;
}

ItemRef newest_copy(Transaction& changes, ItemRef ref) {
  const Store& store = changes.store();
  std::uint32_t offset = 0;  // into `ref`
  while (store.items[ref].redone) {
    const ShortId next = store.redone_as(ref).plus(offset);
    ref = store.find(next);
    if (ref == kCollected) return kCollected;
    offset = next.clock - store.items[ref].clock;
  }
  if (offset == 0) return ref;
  const Item& item = store.items[ref];
  return changes.clean_start({item.client, item.clock + offset});
}

void keep_item(Store& store, ItemRef ref, bool keep) {
  while (ref != kNoItem && store.items[ref].keep != keep) {
    store.items[ref].keep = keep;
    ref = store.types[store.items[ref].parent].item;
  }
}

}  // namespace ydoc
