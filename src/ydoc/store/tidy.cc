// The end of a transaction: deleted content is collected and neighbours merge.
// Source: Yjs 13.6, src/utils/Transaction.js, tryGcDeleteSet, tryMergeDeleteSet,
// tryToMergeWithLefts, cleanupTransactions; src/structs/ContentType.js, gc.

#include "ydoc/store/split.h"
#include "ydoc/store/transaction.h"

namespace ydoc {

void Transaction::collect_deleted() {
  ClientIndex client = kNoClient;
  StructList::Cursor at;
  for (const DeletedRange& range : deleted_) {
    const Client& owner = store_.clients[range.client];
    const StructList& structs = owner.structs;
    const Clock32 end = range.clock + range.length;
    at = range.client == client ? structs.find_near(at, range.clock) : structs.find(range.clock);
    client = range.client;
    for (;; at = structs.next(at)) {
      const auto entry = structs.at(at);
      if (entry.clock >= end) break;
      if (entry.ref != kCollected) {
        Item& item = store_.items[entry.ref];
        if (item.deleted && !item.keep) collect_item(item);
      }
      if (structs.is_last(at)) break;
    }
  }
}

/// Drops an item's content but not its place. What a type held is collected altogether.
void Transaction::collect_item(Item& item) {
  if (item.kind == ContentKind::type) {
    doomed_.push_back(item.type());
    while (!doomed_.empty()) {
      const TypeId id = doomed_.back();
      doomed_.pop_back();
      for (ItemRef child = store_.types[id].start; child != kNoItem;) {
        const ItemRef next = store_.items[child].right;
        collect_child(child);
        child = next;
      }
      if (const NameMap* const keys = store_.types[id].keys.get()) {
        for (const auto& [key, newest] : keys->entries()) {
          for (ItemRef child = newest; child != kNoItem;) {
            const ItemRef next = store_.items[child].left;
            collect_child(child);
            child = next;
          }
        }
      }
      store_.release_type(id);
    }
  }
  free_content(item);
  item.kind = ContentKind::deleted;
}

void Transaction::collect_child(ItemRef ref) {
  const Item& item = store_.items[ref];
  if (item.kind == ContentKind::type) doomed_.push_back(item.type());
  StructList& structs = store_.clients[item.client].structs;
  structs.at(structs.find(item.clock)).ref = kCollected;
  store_.release_item(ref);
}

/// Whether two neighbours of a client's list are one run in every respect.
bool Transaction::mergeable(ItemRef left_ref, ItemRef right_ref) const {
  if (left_ref == kCollected || right_ref == kCollected) return left_ref == right_ref;
  const Item& left = store_.items[left_ref];
  const Item& right = store_.items[right_ref];
  return left.right == right_ref && left.deleted == right.deleted &&
         right.origin == left.last_id() && left.right_origin == right.right_origin &&
         !left.redone && !right.redone && content_merges(left, right);
}

/// Makes `right` part of `left`. Its entry is left for the caller to erase.
void Transaction::absorb(ItemRef left_ref, ItemRef right_ref) {
  if (left_ref == kCollected) return;
  Item& left = store_.items[left_ref];
  const Item& right = store_.items[right_ref];
  if (right.parent_sub != kNoName) {
    SharedType& parent = store_.types[right.parent];
    if (parent.newest(right.parent_sub) == right_ref) {
      parent.set_newest(right.parent_sub, left_ref);
    }
  }
  if (right.keep) left.keep = true;
  if (store_.types[left.parent].indexed) store_.positions.absorbed(store_, left_ref, right_ref);
  if (Store::RunTail& tail = store_.tail; tail.ref == right_ref) {
    tail = {left_ref, left.length + tail.units, left.bytes().size() + tail.bytes};
  }
  store_.places.forget(left_ref);
  append_content(left, right.bytes());
  left.length += right.length;
  left.right = right.right;
  if (left.right != kNoItem) store_.items[left.right].left = left_ref;
  store_.release_item(right_ref);
}

/// Merges the struct at `at` with as many of its left neighbours as possible. `at` moves to
/// where the result stands. Returns how many structs have gone. Whether two structs merge does
/// not depend on others that do, so they are counted first and then joined from the left, which
/// copies each content once.
std::size_t Transaction::merge_lefts(ClientIndex client, StructList::Cursor& at) {
  StructList& structs = store_.clients[client].structs;
  // What mostly comes of it, without a look at the content.
  if (structs.is_first(at) || !mergeable(structs.at(structs.prev(at)).ref, structs.at(at).ref)) {
    return 0;
  }
  const auto bytes_of = [this](ItemRef ref) {
    return ref == kCollected ? 0 : store_.items[ref].bytes().size();
  };
  std::size_t count = 0;
  std::size_t bytes = bytes_of(structs.at(at).ref);
  while (!structs.is_first(at)) {
    const auto left = structs.prev(at);
    const ItemRef left_ref = structs.at(left).ref;
    if (!mergeable(left_ref, structs.at(at).ref)) break;
    bytes += bytes_of(left_ref);
    if (bytes > kContentMax) break;
    at = left;
    ++count;
  }
  if (count == 0) return 0;  // more than an item may hold
  const ItemRef first = structs.at(at).ref;
  auto next = at;
  for (std::size_t i = 0; i < count; ++i) {
    next = structs.next(next);
    absorb(first, structs.at(next).ref);
  }
  structs.erase_after(at, count);
  return count;
}

void Transaction::merge_deleted() {
  ClientIndex client = kNoClient;
  StructList::Cursor at;
  for (std::size_t i = deleted_.size(); i-- > 0;) {
    const DeletedRange& range = deleted_[i];
    const StructList& structs = store_.clients[range.client].structs;
    const Clock32 last = range.clock + (range.length - 1);
    at = range.client == client ? structs.find_near(at, last) : structs.find(last);
    client = range.client;
    if (!structs.is_last(at)) at = structs.next(at);
    while (!structs.is_first(at) && structs.at(at).clock >= range.clock) {
      merge_lefts(range.client, at);
      if (structs.is_first(at)) break;
      at = structs.prev(at);
    }
  }
}

void Transaction::merge_grown() {
  for (const auto& [client, before] : grown_) {
    const Client& owner = store_.clients[client];
    const StructList& structs = owner.structs;
    const Clock32 first = structs.at(structs.find(before)).clock;
    auto at = structs.last();
    while (!structs.is_first(at) && structs.at(at).clock >= first) {
      merge_lefts(client, at);
      if (structs.is_first(at)) break;
      at = structs.prev(at);
    }
  }
}

void Transaction::merge_candidates() {
  for (std::size_t i = merge_candidates_.size(); i-- > 0;) {
    const ShortId id = merge_candidates_[i];
    const StructList& structs = store_.clients[id.client].structs;
    auto at = structs.find(id.clock);
    if (!structs.is_last(at)) {
      auto right = structs.next(at);
      if (merge_lefts(id.client, right) > 1) continue;
      at = structs.find(id.clock);
    }
    merge_lefts(id.client, at);
  }
}

}  // namespace ydoc
