#include "ydoc/store/integrator.h"

#include <bit>

#include "ydoc/store/hash.h"
#include "ydoc/store/split.h"

namespace ydoc {

using righttask::as_text;

void Integrator::Passed::clear() {
  if (order_.size() > kScanMax) {
    std::vector<ItemRef>().swap(order_);
    std::vector<std::uint32_t>().swap(slots_);
    indexed_ = 0;
  }
  order_.clear();
}

std::size_t Integrator::Passed::slot_of(ItemRef ref) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = mix_hash(ref) & mask;
  while (slots_[slot] != 0 && order_[slots_[slot] - 1] != ref) slot = (slot + 1) & mask;
  return slot;
}

void Integrator::Passed::index_all() {
  if (order_.size() * 2 > slots_.size()) {
    slots_.assign(std::bit_ceil(order_.size() * 4), 0);
    indexed_ = 0;
  }
  for (; indexed_ < order_.size(); ++indexed_) slots_[slot_of(order_[indexed_])] = indexed_ + 1;
}

std::int64_t Integrator::Passed::position(ItemRef ref) {
  if (order_.size() > kScanMax) {
    index_all();
    return std::int64_t{slots_[slot_of(ref)]} - 1;
  }
  for (std::size_t i = 0; i < order_.size(); ++i) {
    if (order_[i] == ref) return static_cast<std::int64_t>(i);
  }
  return -1;
}

ClientIndex Integrator::index_of(ClientId id) {
  if (cached_index_ == kNoClient || cached_id_ != id) {
    cached_index_ = store_.clients.find(id);
    cached_id_ = id;
  }
  return cached_index_;
}

ShortId Integrator::shorten(const Id& id) {
  return {index_of(id.client), static_cast<Clock32>(id.clock)};
}

const Id* Integrator::missing(const Block& block) {
  const auto absent = [&](const Id& id) {
    if (id.client == block.id.client) return false;
    const ClientIndex index = index_of(id.client);
    return index == kNoClient || id.clock >= store_.clients[index].state;
  };
  if (block.kind == ContentKind::gc) return nullptr;
  if (block.has_origin && absent(block.origin)) return &block.origin;
  if (block.has_right_origin && absent(block.right_origin)) return &block.right_origin;
  if (block.parent_kind == ParentKind::item && absent(block.parent_id)) return &block.parent_id;
  return nullptr;
}

void Integrator::touch(const Block& block) {
  if (block.has_origin) touch_cut(shorten(block.origin).plus(1));
  if (block.has_right_origin) touch_cut(shorten(block.right_origin));
}

/// As if the item that holds `id` had been cut there and its pieces had merged again.
void Integrator::touch_cut(ShortId id) {
  if (id.clock >= store_.clients[id.client].state) return;
  const ItemRef ref = store_.find(id);
  if (ref == kCollected) return;
  const Item& item = store_.items[ref];
  const std::uint32_t offset = id.clock - item.clock;
  if (offset == 0) return;
  const bool cuts_pair =
      item.kind == ContentKind::string && store_.places.find(item, ref, offset).second_half;
  if (item.redone || cuts_pair) {
    transaction_->clean_start(id);
  } else {
    transaction_->merge_later(id);
  }
}

void Integrator::inherit(Place& place, const Item& from) const {
  place.parent = from.parent;
  place.parent_sub = from.parent_sub;
}

/// The item that starts at `id`; mostly the one next to the left neighbour, which needs no search.
ItemRef Integrator::right_of(ItemRef left, ShortId id) {
  if (left != kNoItem && left != kCollected) {
    const ItemRef next = store_.items[left].right;
    if (next != kNoItem && store_.items[next].first_id() == id) return next;
  }
  return transaction_->clean_start(id);
}

Integrator::Place Integrator::find_place(const Block& block, ClientIndex client,
                                         std::uint32_t offset) {
  Place place;
  if (block.has_origin) {
    place.origin = shorten(block.origin);
    place.left = transaction_->clean_end(place.origin);
  }
  if (block.has_right_origin) {
    place.right_origin = shorten(block.right_origin);
    place.right = right_of(place.left, place.right_origin);
  }
  if (place.left == kCollected || place.right == kCollected) return place;
  if (place.left != kNoItem) {
    inherit(place, store_.items[place.left]);
  } else if (place.right != kNoItem) {
    inherit(place, store_.items[place.right]);
  } else {
    find_parent(place, block);
  }
  if (offset > 0) continue_known(place, client, static_cast<Clock32>(block.id.clock) + offset - 1);
  return place;
}

void Integrator::find_parent(Place& place, const Block& block) {
  if (block.parent_kind == ParentKind::root) {
    place.parent = store_.root(block.parent_name);
  } else if (block.parent_kind == ParentKind::item) {
    // A parent that is gone, or was never a type, leaves a collected range; so does Yjs.
    const ItemRef holder = store_.find(shorten(block.parent_id));
    if (holder == kCollected || store_.items[holder].kind != ContentKind::type) return;
    place.parent = store_.items[holder].type();
  }
  if (block.has_parent_sub) place.parent_sub = store_.names.intern(block.parent_sub);
}

/// Of a block whose beginning is known, the rest goes behind the last known unit. Where that is
/// not in the place the block names, two replicas have used the same client id; Yjs would link
/// two lists together, while here nothing but a collected range results.
void Integrator::continue_known(Place& place, ClientIndex client, Clock32 last) {
  place.origin = {client, last};
  place.left = transaction_->clean_end(place.origin);
  if (place.left == kCollected) {
    place.parent = kNoType;
    return;
  }
  const Item& left = store_.items[place.left];
  if (left.parent != place.parent || left.parent_sub != place.parent_sub) place.parent = kNoType;
}

/// Typing: the block goes on where the newest struct of its client ends, so it would become an
/// item of its own only to be merged at the end of the transaction. Until then it would not be
/// kept from collection as its left neighbour may be.
bool Integrator::extends_left(const Block& block, const Item& left, const Place& place) const {
  if (left.deleted || left.redone || left.keep || left.kind != block.kind ||
      left.right != place.right || left.right_origin != place.right_origin ||
      left.last_id() != place.origin) {
    return false;
  }
  switch (block.kind) {
    case ContentKind::string:
      return left.bytes().size() + block.text.size() <= kContentMax;
    case ContentKind::any:
    case ContentKind::json:
      return left.bytes().size() + block.data.size() <= kContentMax;
    default:
      return false;
  }
}

void Integrator::extend(ItemRef ref, const Block& block, ClientIndex client) {
  Item& left = store_.items[ref];
  const auto length = static_cast<std::uint32_t>(block.length);
  if (block.kind != ContentKind::string) store_.tail = {ref, left.length, left.bytes().size()};
  append_content(left, block.kind == ContentKind::string ? block.text : as_text(block.data));
  left.length += length;
  transaction_->extend_struct(client, length);
  SharedType& parent = store_.types[left.parent];
  parent.length += length;
  if (parent.indexed) store_.positions.grown(store_, ref, length);
  transaction_->note_changed(left.parent, kNoName);
}

void Integrator::integrate(const Block& block, std::uint32_t offset) {
  const auto length = static_cast<std::uint32_t>(block.length - offset);
  if (block.kind == ContentKind::gc) {
    transaction_->add_struct(store_.clients.find_or_add(block.id.client), length, kCollected);
    return;
  }
  Place place = find_place(block, store_.clients.find(block.id.client), offset);
  // Added only now, so that a client without structs never exists.
  const ClientIndex client = store_.clients.find_or_add(block.id.client);
  cached_id_ = block.id.client;
  cached_index_ = client;
  if (place.parent == kNoType) {
    transaction_->add_struct(client, length, kCollected);
    return;
  }
  if (place.left != kNoItem && place.origin.client == client && offset == 0 &&
      place.origin.clock + 1 == store_.clients[client].state && place.parent_sub == kNoName &&
      extends_left(block, store_.items[place.left], place)) {
    extend(place.left, block, client);
    return;
  }
  put(block, offset, client, place);
}

ItemRef Integrator::insert(const Block& content, TypeId parent, NameId parent_sub, ItemRef left,
                           ItemRef right, bool may_extend) {
  Place place{.left = left,
              .right = right,
              .origin = {},
              .right_origin = {},
              .parent = parent,
              .parent_sub = parent_sub};
  if (left != kNoItem) place.origin = store_.items[left].last_id();
  if (right != kNoItem) {
    place.right_origin = {store_.items[right].client, store_.items[right].clock};
  }
  const ClientIndex client = store_.clients.find_or_add(content.id.client);
  cached_index_ = kNoClient;
  if (may_extend && left != kNoItem && place.origin.client == client && parent_sub == kNoName &&
      place.origin.clock + 1 == store_.clients[client].state &&
      extends_left(content, store_.items[left], place)) {
    extend(left, content, client);
    return left;
  }
  return put(content, 0, client, place);
}

/// Makes the item of `block` and links it in, past conflicting items where others were first.
ItemRef Integrator::put(const Block& block, std::uint32_t offset, ClientIndex client,
                        Place& place) {
  const bool disturbed = place.left == kNoItem
                             ? place.right == kNoItem || store_.items[place.right].left != kNoItem
                             : store_.items[place.left].right != place.right;
  if (disturbed) resolve_conflicts(place, block.id.client);

  const ItemRef ref = store_.items.make();
  Item& item = store_.items[ref];
  item.client = client;
  item.clock = store_.clients[client].state;
  item.length = static_cast<std::uint32_t>(block.length - offset);
  item.origin = place.origin;
  item.right_origin = place.right_origin;
  item.parent = place.parent;
  item.parent_sub = place.parent_sub;
  item.kind = block.kind;
  item.clear_flags();
  give_content(ref, block, offset);
  link(ref, place);
  return ref;
}

ItemRef Integrator::first_sibling(const Place& place) {
  const SharedType& parent = store_.types[place.parent];
  if (place.parent_sub == kNoName) return parent.start;
  Store::OldestOfKey& oldest = store_.oldest;
  if (oldest.type == place.parent && oldest.key == place.parent_sub) return oldest.ref;
  ItemRef first = parent.newest(place.parent_sub);
  while (first != kNoItem && store_.items[first].left != kNoItem) {
    first = store_.items[first].left;
    ++steps_;
  }
  if (first != kNoItem) oldest = {place.parent, place.parent_sub, first};
  return first;
}

/// Where in passed_ the item is that holds the origin of the one passed last, or -1.
std::int64_t Integrator::origin_among_passed(const Item& other) {
  if (!other.origin.exists()) return -1;
  // Mostly its neighbour, the one passed before, if any was.
  if (other.left != kNoItem && store_.items[other.left].last_id() == other.origin) {
    return passed_.size() - 2;
  }
  return passed_.position(store_.find(other.origin));
}

/// Moves place.left to the right, past the items that were inserted at the same place and come
/// first. In Yjs's terms `passed_` is itemsBeforeOrigin, and conflictingItems is its part from
/// `conflicting` on.
void Integrator::resolve_conflicts(Place& place, ClientId client) {
  passed_.clear();
  std::int64_t conflicting = 0;
  ItemRef other_ref = place.left == kNoItem ? first_sibling(place) : store_.items[place.left].right;
  while (other_ref != kNoItem && other_ref != place.right) {
    ++steps_;
    passed_.push(other_ref);
    const Item& other = store_.items[other_ref];
    if (other.origin == place.origin) {
      if (store_.clients[other.client].id < client) {
        place.left = other_ref;
        conflicting = passed_.size();
      } else if (other.right_origin == place.right_origin) {
        break;
      }
    } else {
      const std::int64_t at = origin_among_passed(other);
      if (at < 0) break;
      if (at < conflicting) {
        place.left = other_ref;
        conflicting = passed_.size();
      }
    }
    other_ref = other.right;
  }
}

void Integrator::give_content(ItemRef ref, const Block& block, std::uint32_t offset) {
  Item& item = store_.items[ref];
  if (block.kind == ContentKind::type) {
    const TypeId id = store_.types.make();
    SharedType& type = store_.types[id];
    type.item = ref;
    type.kind = kind_of(block.type_ref);
    if (type.kind == TypeKind::xml_element || type.kind == TypeKind::xml_hook) {
      type.name = store_.names.intern(block.text);
    }
    item.set_words(id, 0);
  } else if (block.kind == ContentKind::format) {
    const NameId key = store_.names.intern(block.key);
    item.set_words(key, store_.names.intern(block.text));
    store_.types[item.parent].has_formatting = true;
  } else {
    set_units(item, block, offset);
    if (block.kind == ContentKind::doc) transaction_->note_document(item);
  }
}

void Integrator::link(ItemRef ref, const Place& place) {
  Item& item = store_.items[ref];
  item.left = place.left;
  if (item.left != kNoItem) {
    item.right = store_.items[item.left].right;
    store_.items[item.left].right = ref;
  } else {
    item.right = first_sibling(place);
    if (item.parent_sub == kNoName) {
      store_.types[item.parent].start = ref;
    } else {
      store_.oldest = {item.parent, item.parent_sub, ref};
    }
  }
  if (item.right != kNoItem) {
    store_.items[item.right].left = ref;
  } else if (item.parent_sub != kNoName) {
    store_.types[item.parent].set_newest(item.parent_sub, ref);
    if (item.left != kNoItem) transaction_->remove(item.left);
  }
  if (item.parent_sub == kNoName && item.countable()) {
    store_.types[item.parent].length += item.length;
  }
  if (item.parent_sub == kNoName && store_.types[item.parent].indexed) {
    store_.positions.inserted(store_, ref);
  }
  transaction_->add_struct(item.client, item.length, ref);
  if (item.kind == ContentKind::deleted) {
    transaction_->note_deleted(item.client, item.clock, item.length);
    item.deleted = true;
  }
  transaction_->note_changed(item.parent, item.parent_sub);
  const ItemRef holder = store_.types[item.parent].item;
  if ((holder != kNoItem && store_.items[holder].deleted) ||
      (item.parent_sub != kNoName && item.right != kNoItem)) {
    transaction_->remove(ref);
  }
}

}  // namespace ydoc
