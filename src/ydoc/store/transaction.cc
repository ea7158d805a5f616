#include "ydoc/store/transaction.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ydoc/any.h"
#include "ydoc/store/split.h"

namespace ydoc {
namespace {

constexpr std::size_t kScratchKeep = 64;

template <typename T>
void reset(std::vector<T>& scratch) {
  if (scratch.capacity() > kScratchKeep) {
    std::vector<T>().swap(scratch);
  } else {
    scratch.clear();
  }
}

}  // namespace

void Transaction::begin(bool watched) {
  stamp_ = ++store_.rounds;
  store_.places.clear();
  watched_ = watched;
  deleting_clients_ = 0;
}

void Transaction::rest() {
  reset(grown_);
  reset(deleted_);
  reset(merge_candidates_);
  reset(changed_);
  reset(changed_keys_);
  documents_.reset();
  reset(frames_);
  reset(doomed_);
}

ItemRef Transaction::split(ClientIndex client, StructList::Cursor at, std::uint32_t offset) {
  Client& owner = store_.clients[client];
  const ItemRef left_ref = owner.structs.at(at).ref;
  const ItemRef right_ref = store_.items.make();
  Item& left = store_.items[left_ref];
  Item& right = store_.items[right_ref];
  right.client = client;
  right.clock = left.clock + offset;
  right.length = left.length - offset;
  right.left = left_ref;
  right.right = left.right;
  right.origin = {client, right.clock - 1};
  right.right_origin = left.right_origin;
  right.parent = left.parent;
  right.parent_sub = left.parent_sub;
  right.kind = left.kind;
  right.clear_flags();
  right.deleted = left.deleted;
  right.keep = left.keep;
  if (left.redone) store_.set_redone(right_ref, store_.redone_as(left_ref).plus(offset));
  if (store_.tail.ref == left_ref && store_.tail.units > offset) store_.tail = {};
  const UnitPlace place = store_.places.find(left, left_ref, offset);
  split_units(left, place, right);
  store_.places.cut(left_ref, right_ref, offset, place);
  left.length = offset;
  left.right = right_ref;
  if (right.right != kNoItem) {
    store_.items[right.right].left = right_ref;
  } else if (right.parent_sub != kNoName) {
    store_.types[right.parent].set_newest(right.parent_sub, right_ref);
  }
  owner.structs.insert_after(at, {right.clock, right_ref});
  if (store_.types[right.parent].indexed) store_.positions.split(store_, left_ref, right_ref);
  merge_candidates_.push_back({client, right.clock});
  return right_ref;
}

ItemRef Transaction::clean_start(ShortId id) {
  const StructList& structs = store_.clients[id.client].structs;
  const auto at = structs.find(id.clock);
  const auto entry = structs.at(at);
  if (entry.clock == id.clock || entry.ref == kCollected) return entry.ref;
  return split(id.client, at, id.clock - entry.clock);
}

ItemRef Transaction::clean_end(ShortId id) {
  const StructList& structs = store_.clients[id.client].structs;
  const auto at = structs.find(id.clock);
  const auto entry = structs.at(at);
  if (entry.ref == kCollected) return kCollected;
  const std::uint32_t length = id.clock - entry.clock + 1;
  if (length != store_.items[entry.ref].length) split(id.client, at, length);
  return entry.ref;
}

void Transaction::note_growth(Client& owner, ClientIndex client) {
  if (owner.added_stamp == stamp_) return;
  owner.added_stamp = stamp_;
  owner.state_before = owner.state;
  grown_.push_back({client, owner.state});
}

void Transaction::add_struct(ClientIndex client, Clock32 length, ItemRef ref) {
  Client& owner = store_.clients[client];
  note_growth(owner, client);
  owner.structs.push_back({owner.state, ref});
  owner.state += length;
}

void Transaction::extend_struct(ClientIndex client, Clock32 length) {
  Client& owner = store_.clients[client];
  note_growth(owner, client);
  owner.state += length;
}

void Transaction::note_deleted(ClientIndex client, Clock32 clock, std::uint32_t length) {
  Client& owner = store_.clients[client];
  if (owner.deleted_stamp != stamp_) {
    owner.deleted_stamp = stamp_;
    owner.deleted_order = deleting_clients_++;
  }
  deleted_.push_back({client, clock, length});
}

void Transaction::note_changed(TypeId id, NameId key) {
  SharedType& type = store_.types[id];
  if (type.changed && !watched_) return;
  if (type.item != kNoItem) {
    const Item& item = store_.items[type.item];
    if (item.deleted || item.clock >= state_before(item.client)) return;
  }
  if (watched_ && (changed_keys_.empty() || changed_keys_.back() != ChangedKey{id, key})) {
    changed_keys_.push_back({id, key});
  }
  if (type.changed) return;
  type.changed = true;
  changed_.push_back(id);
}

Clock32 Transaction::state_before_closed(ClientIndex client) const {
  for (const Growth& growth : grown_) {
    if (growth.client == client) return growth.before;
  }
  return store_.clients[client].state;
}

void Transaction::remove(ItemRef ref) {
  if (store_.items[ref].deleted) return;
  remove_one(ref);
  remove_children();
}

void Transaction::remove_one(ItemRef ref) {
  Item& item = store_.items[ref];
  SharedType& parent = store_.types[item.parent];
  if (item.countable() && item.parent_sub == kNoName) parent.length -= item.length;
  item.deleted = true;
  note_deleted(item.client, item.clock, item.length);
  note_changed(item.parent, item.parent_sub);
  if (parent.indexed) store_.positions.removed(store_, ref);
  if (item.kind == ContentKind::type) {
    frames_.push_back({item.type(), store_.types[item.type()].start, 0});
  } else if (item.kind == ContentKind::doc) {
    document_changes().removed.push_back({item.client, item.clock});
  }
}

/// An item that was deleted before this round and is about to be collected with its parent: it
/// may merge then, though nothing else in this round says so.
void Transaction::revisit_deleted(ItemRef ref) {
  const Item& item = store_.items[ref];
  if (item.clock < state_before(item.client))
    merge_candidates_.push_back({item.client, item.clock});
}

/// Depth first, the list before the keys, as the recursion of ContentType.delete goes.
void Transaction::remove_children() {
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    ItemRef child = frame.next;
    const SharedType& type = store_.types[frame.type];
    if (child != kNoItem) {
      frame.next = store_.items[child].right;
    } else if (type.keys != nullptr && frame.key < type.keys->entries().size()) {
      child = type.keys->entries()[frame.key++].value;
    } else {
      frames_.pop_back();
      continue;
    }
    if (store_.items[child].deleted) {
      revisit_deleted(child);
    } else {
      remove_one(child);
    }
  }
}

void Transaction::close() {
  for (const TypeId type : changed_) store_.types[type].changed = false;
  if (watched_) drop_dead_changed_keys();
  if (documents_ != nullptr) sum_up_documents();
  if (deleted_.size() < 2) return;
  const auto before = [this](const DeletedRange& a, const DeletedRange& b) {
    if (a.client == b.client) return a.clock < b.clock;
    return store_.clients[a.client].deleted_order < store_.clients[b.client].deleted_order;
  };
  // A whole document's deletions come in order.
  if (!std::is_sorted(deleted_.begin(), deleted_.end(), before)) {
    std::sort(deleted_.begin(), deleted_.end(), before);
  }
  std::size_t kept = 0;
  for (std::size_t i = 1; i < deleted_.size(); ++i) {
    DeletedRange& left = deleted_[kept];
    const DeletedRange& right = deleted_[i];
    if (left.client == right.client && left.clock + left.length >= right.clock) {
      left.length = std::max(left.length, right.clock + right.length - left.clock);
    } else {
      deleted_[++kept] = right;
    }
  }
  deleted_.resize(kept + 1);
}

/// What happened to a type that was deleted later is not worth telling (Yjs: ContentType.delete).
void Transaction::drop_dead_changed_keys() {
  std::erase_if(changed_keys_, [this](const ChangedKey& changed) {
    const ItemRef holder = store_.types[changed.type].item;
    return holder != kNoItem && store_.items[holder].deleted;
  });
}

void Transaction::recover_changed_keys() {
  if (watched_) return;
  watched_ = true;
  std::unordered_map<TypeId, std::vector<ChangedKey>> found;
  for (const TypeId type : changed_) found[type];
  const auto note = [&](ItemRef ref) {
    if (ref == kCollected) return;
    const Item& item = store_.items[ref];
    const auto at = found.find(item.parent);
    if (at != found.end()) at->second.push_back({item.parent, item.parent_sub});
  };
  for (const auto& [client, before] : grown_) {
    const StructList& structs = store_.clients[client].structs;
    for (auto at = structs.find(before);; at = structs.next(at)) {
      note(structs.at(at).ref);
      if (structs.is_last(at)) break;
    }
  }
  for (const DeletedRange& range : deleted_) {
    const StructList& structs = store_.clients[range.client].structs;
    const Clock32 end = range.clock + range.length;
    for (auto at = structs.find(range.clock);; at = structs.next(at)) {
      if (structs.at(at).clock >= end) break;
      note(structs.at(at).ref);
      if (structs.is_last(at)) break;
    }
  }
  for (const TypeId type : changed_) {
    const std::vector<ChangedKey>& keys = found[type];
    changed_keys_.insert(changed_keys_.end(), keys.begin(), keys.end());
  }
  drop_dead_changed_keys();
}

DocumentChanges& Transaction::document_changes() {
  if (documents_ == nullptr) documents_ = std::make_unique<DocumentChanges>();
  return *documents_;
}

void Transaction::note_document(const Item& item) {
  const ShortId place{item.client, item.clock};
  document_changes().added.push_back(place);
  righttask::Reader reader(doc_options(item));
  const Any options = *read_any(reader, ~0U);  // checked when it came in
  const Any* const load = options.find("autoLoad");
  if (load != nullptr && *load == Any{true}) document_changes().wanted.push_back(place);
}

void Transaction::note_document_wanted(ShortId place) {
  document_changes().wanted.push_back(place);
}

/// In Yjs a document that is destroyed leaves a new one that is not loaded.
void Transaction::note_document_unwanted(ShortId place) {
  std::erase(document_changes().wanted, place);
  document_changes().added.push_back(place);
  document_changes().removed.push_back(place);
}

/// What is here at the end and what was there before. (In Yjs a document that came and went may
/// still be among those to be loaded.)
void Transaction::sum_up_documents() {
  const auto is_gone = [this](ShortId place) {
    const ItemRef ref = store_.find(place);
    return ref == kCollected || store_.items[ref].deleted;
  };
  const auto is_new = [this](ShortId place) { return place.clock >= state_before(place.client); };
  const auto repeats = [](std::vector<ShortId>& places) {
    std::unordered_set<std::uint64_t> seen;
    std::erase_if(places, [&](ShortId place) {
      return !seen.insert((std::uint64_t{place.client} << 32) | place.clock).second;
    });
  };
  std::erase_if(documents_->added, is_gone);
  std::erase_if(documents_->wanted, is_gone);
  std::erase_if(documents_->removed, is_new);
  repeats(documents_->added);
  repeats(documents_->wanted);
  repeats(documents_->removed);
}

void Transaction::finish(bool collect) {
  if (collect) collect_deleted();
  merge_deleted();
  merge_grown();
  merge_candidates();
  store_.places.clear();
}

}  // namespace ydoc
