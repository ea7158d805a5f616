#include "ydoc/store/store.h"

#include "ydoc/store/stored_struct.h"

namespace ydoc {

TypeId Store::root(std::string_view name) {
  const NameId id = names.intern(name);
  if (const std::uint32_t* const found = roots.find(id)) return *found;
  const TypeId type = types.make();
  types[type].name = id;
  roots.set(id, type);
  return type;
}

TypeId Store::find_root(std::string_view name) const {
  const NameId id = names.find(name);
  if (id == kNoName) return kNoType;
  const std::uint32_t* const found = roots.find(id);
  return found == nullptr ? kNoType : *found;
}

Block Store::block_of(const Item& item) const {
  const StoredStruct from(*this, item);
  const auto plain = [](const CodedId& id) { return Id{id.client->id, id.clock}; };
  Block block;
  block.id = wide({item.client, item.clock});
  block.length = item.length;
  block.kind = item.kind;
  block.has_origin = from.has_origin();
  block.has_right_origin = from.has_right_origin();
  if (block.has_origin) block.origin = plain(from.origin());
  if (block.has_right_origin) block.right_origin = plain(from.right_origin());
  block.has_parent_sub = from.has_parent_sub();
  if (!block.has_origin && !block.has_right_origin) {
    if (block.has_parent_sub) block.parent_sub = from.parent_sub();
    block.parent_kind = from.parent_kind();
    if (block.parent_kind == ParentKind::root) {
      block.parent_name = from.parent_name();
    } else {
      block.parent_id = plain(from.parent_id());
    }
  }
  block.type_ref = from.type_ref();
  block.text = from.text();
  if (item.kind == ContentKind::format) {
    block.key = from.key();
  } else {
    block.data = from.data();
  }
  return block;
}

std::size_t Store::memory_bytes() const {
  std::size_t bytes = items.used() * sizeof(Item) + clients.memory_bytes() + types.memory_bytes() +
                      names.memory_bytes() + roots.memory_bytes() + positions.memory_bytes();
  for (ClientIndex c = 0; c < clients.size(); ++c) {
    const StructList& structs = clients[c].structs;
    auto at = structs.first();
    for (std::size_t i = 0; i < structs.size(); ++i, at = structs.next(at)) {
      const ItemRef ref = structs.at(at).ref;
      if (ref != kCollected && items[ref].content_size == Item::kOnHeap) {
        bytes += sizeof(Blob) + items[ref].blob->capacity;
      }
    }
  }
  return bytes;
}

}  // namespace ydoc
