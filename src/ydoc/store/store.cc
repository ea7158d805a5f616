#include "ydoc/store/store.h"

namespace ydoc {
namespace {

void fill_content(Block& block, const Item& item, const Store& store) {
  switch (item.kind) {
    case ContentKind::string:
    case ContentKind::embed:
      block.text = item.bytes();
      break;
    case ContentKind::any:
    case ContentKind::json:
    case ContentKind::binary:
      block.data = righttask::byte_view(item.bytes());
      break;
    case ContentKind::format:
      block.key = store.names[item.format_key()];
      block.text = store.names[item.format_value()];
      break;
    case ContentKind::type: {
      const SharedType& type = store.types[item.type()];
      block.type_ref = static_cast<TypeRef>(type.kind);
      if (type.name != kNoName) block.text = store.names[type.name];
      break;
    }
    case ContentKind::doc:
      block.text = doc_guid(item);
      block.data = doc_options(item);
      break;
    case ContentKind::gc:
    case ContentKind::deleted:
    case ContentKind::skip:
      break;
  }
}

}  // namespace

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
  Block block;
  block.id = wide({item.client, item.clock});
  block.length = item.length;
  block.kind = item.kind;
  block.has_origin = item.origin.exists();
  block.has_right_origin = item.right_origin.exists();
  if (block.has_origin) block.origin = wide(item.origin);
  if (block.has_right_origin) block.right_origin = wide(item.right_origin);
  block.has_parent_sub = item.parent_sub != kNoName;
  if (!block.has_origin && !block.has_right_origin) {
    if (block.has_parent_sub) block.parent_sub = names[item.parent_sub];
    const SharedType& parent = types[item.parent];
    if (parent.item == kNoItem) {
      block.parent_kind = ParentKind::root;
      block.parent_name = names[parent.name];
    } else {
      const Item& holder = items[parent.item];
      block.parent_kind = ParentKind::item;
      block.parent_id = wide({holder.client, holder.clock});
    }
  }
  fill_content(block, item, *this);
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
