#pragma once

#include "ydoc/store/client_table.h"
#include "ydoc/store/item_arena.h"
#include "ydoc/store/string_pool.h"
#include "ydoc/store/type_table.h"

namespace ydoc {

/// Everything a document holds, and the few operations that keep its parts consistent.
/// docs/adr/0003 explains the layout.
struct Store {
  ItemArena items;
  ClientTable clients;
  TypeTable types;
  StringPool names;
  NameMap roots;             // by name: a TypeId
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

  /// The block that `item` is written as. Views point into this store.
  [[nodiscard]] Block block_of(const Item& item) const;

  /// Of an XML element or hook. A root has none of its own: Yjs calls it UNDEFINED.
  [[nodiscard]] std::string_view node_name(TypeId id) const {
    return types[id].item == kNoItem ? "UNDEFINED" : names[types[id].name];
  }

  [[nodiscard]] Id wide(ShortId id) const { return {clients[id.client].id, id.clock}; }

  /// Memory in use, allocator overhead aside. O(items).
  [[nodiscard]] std::size_t memory_bytes() const;
};

}  // namespace ydoc
