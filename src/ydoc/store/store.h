#pragma once

#include "ydoc/store/client_table.h"
#include "ydoc/store/item_arena.h"
#include "ydoc/store/positions.h"
#include "ydoc/store/string_pool.h"
#include "ydoc/store/type_table.h"
#include "ydoc/store/unit_places.h"

namespace ydoc {

/// Everything a document holds, and the few operations that keep its parts consistent.
/// docs/adr/0003 explains the layout.
struct Store {
  ItemArena items;
  ClientTable clients;
  TypeTable types;
  StringPool names;
  NameMap roots;             // by name: a TypeId
  Positions positions;       // of lists that are edited by index
  UnitPlaces places;         // in contents that the open transaction cuts
  std::uint32_t rounds = 0;  // transactions begun; their stamps in Client

  /// A root, made when it is first named.
  [[nodiscard]] TypeId root(std::string_view name);
  [[nodiscard]] TypeId find_root(std::string_view name) const;

  /// The struct that holds an id, which lies below its client's state; kCollected where it has
  /// been collected.
  [[nodiscard]] ItemRef find(ShortId id) const {
    const StructList& structs = clients[id.client].structs;
    return structs.at(structs.find(id.clock)).ref;
  }

  /// What an item was brought back as; it has been (Item::redone).
  [[nodiscard]] ShortId redone_as(ItemRef ref) const { return redone_.at(ref); }
  void set_redone(ItemRef ref, ShortId as) {
    items[ref].redone = true;
    redone_[ref] = as;
  }

  /// Which value object a format mark holds, named by the mark that brought it. JavaScript
  /// compares objects by identity, and marks made from one another share theirs.
  [[nodiscard]] ShortId identity_of(ItemRef mark) const {
    const Item& item = items[mark];
    return item.shares ? identities_.at(mark) : ShortId{item.client, item.clock};
  }
  void share_identity(ItemRef mark, ShortId with) {
    items[mark].shares = true;
    identities_[mark] = with;
  }

  /// Where values were last appended to a run of them: its first `units` take `bytes`. Values
  /// differ in size, so that the update of an append would else go through the whole run.
  struct RunTail {
    ItemRef ref = kNoItem;
    std::uint32_t units = 0;
    std::size_t bytes = 0;
  };
  RunTail tail;

  void release_item(ItemRef ref) {
    if (tail.ref == ref) tail = {};
    if (items[ref].redone) redone_.erase(ref);
    if (items[ref].shares) identities_.erase(ref);
    places.forget(ref);
    items.release(ref);
  }
  /// The oldest item of the key that was asked for last: many clients setting one key at once
  /// would else walk past each other's items. An item with none to its left keeps that place
  /// until another takes it or its type goes.
  struct OldestOfKey {
    TypeId type = kNoType;
    NameId key = kNoName;
    ItemRef ref = kNoItem;
  };
  OldestOfKey oldest;

  void release_type(TypeId id) {
    if (oldest.type == id) oldest = {};
    if (types[id].indexed) positions.drop(id);
    types.release(id);
  }

  /// The block that `item` is written as. Views point into this store.
  [[nodiscard]] Block block_of(const Item& item) const;

  /// Of an XML element or hook. A root has none of its own: Yjs calls it UNDEFINED.
  [[nodiscard]] std::string_view node_name(TypeId id) const {
    return types[id].item == kNoItem ? "UNDEFINED" : names[types[id].name];
  }

  [[nodiscard]] Id wide(ShortId id) const { return {clients[id.client].id, id.clock}; }

  /// Memory in use, allocator overhead aside. O(items).
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::unordered_map<ItemRef, ShortId> redone_;
  std::unordered_map<ItemRef, ShortId> identities_;
};

}  // namespace ydoc
