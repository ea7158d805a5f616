#include "ydoc/testing/author.h"

#include "base/check.h"
#include "base/utf8.h"
#include "base/writer.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/update_writer.h"

namespace ydoc::testing {
namespace {

Bytes integer(std::int64_t value) {
  righttask::Writer writer;
  writer.byte(125);
  writer.var_int(value);
  return writer.take();
}

}  // namespace

TypeId Author::root(std::string_view name, TypeKind kind) {
  CHECK(doc_.declare_root(name, kind));
  return doc_.store().find_root(name);
}

std::vector<TypeId> Author::types() const {
  const Store& store = doc_.store();
  std::vector<TypeId> found;
  for (const auto& [name, type] : store.roots.entries()) found.push_back(type);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto look = [&](ItemRef ref) {
      const Item& item = store.items[ref];
      if (!item.deleted && item.kind == ContentKind::type) found.push_back(item.type());
    };
    for (ItemRef r = store.types[found[i]].start; r != kNoItem; r = store.items[r].right) look(r);
    if (const NameMap* keys = store.types[found[i]].keys.get()) {
      for (const auto& entry : keys->entries()) look(entry.value);
    }
  }
  return found;
}

void Author::receive(ByteView update) {
  CHECK(doc_.apply_update_v1(update).has_value());
}

Block Author::next_block(ContentKind kind, std::uint64_t length) const {
  Block block;
  block.id = {id_, doc_.store().clients.state(id_)};
  block.kind = kind;
  block.length = length;
  return block;
}

void Author::name_parent(Block& block, TypeId parent) const {
  if (block.has_origin || block.has_right_origin) return;
  const Store& store = doc_.store();
  const SharedType& type = store.types[parent];
  if (type.item == kNoItem) {
    block.parent_kind = ParentKind::root;
    block.parent_name = store.names[type.name];
  } else {
    const Item& holder = store.items[type.item];
    block.parent_kind = ParentKind::item;
    block.parent_id = store.wide({holder.client, holder.clock});
  }
}

void Author::place_in_list(Block& block, TypeId parent, std::uint32_t at) const {
  const Store& store = doc_.store();
  ItemRef ref = store.types[parent].start;
  for (; at > 0 && ref != kNoItem; ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    const std::uint32_t units = item.deleted || !item.countable() ? 0 : item.length;
    block.has_origin = true;
    if (units > at) {  // inside this item
      block.origin = store.wide({item.client, item.clock + at - 1});
      block.has_right_origin = true;
      block.right_origin = store.wide({item.client, item.clock + at});
      return;
    }
    block.origin = store.wide(item.last_id());
    at -= units;
  }
  if (ref != kNoItem) {
    block.has_right_origin = true;
    block.right_origin = store.wide({store.items[ref].client, store.items[ref].clock});
  }
  name_parent(block, parent);
}

void Author::place_under_key(Block& block, TypeId parent, std::string_view key) const {
  const Store& store = doc_.store();
  const NameId name = store.names.find(key);
  const ItemRef newest = name == kNoName ? kNoItem : store.types[parent].newest(name);
  block.has_parent_sub = true;
  block.parent_sub = key;
  if (newest != kNoItem) {
    block.has_origin = true;
    block.origin = store.wide(store.items[newest].last_id());
  }
  name_parent(block, parent);
}

Bytes Author::send(const Block& block) {
  UpdateWriterV1 writer;
  writer.begin_section(block.id.client, block.id.clock);
  writer.block(block);
  writer.begin_deletes(0);
  Bytes update = writer.take();
  receive(update);
  return update;
}

Bytes Author::send_deletes(std::vector<DeleteRange> ranges) {
  sort_and_merge(ranges);
  UpdateWriterV1 writer;
  write_deletes(writer, ranges);
  Bytes update = writer.take();
  receive(update);
  return update;
}

Bytes Author::insert_text(TypeId parent, std::uint32_t at, std::string_view text) {
  Block block = next_block(ContentKind::string, righttask::utf16_length(text));
  block.text = text;
  place_in_list(block, parent, at);
  return send(block);
}

Bytes Author::insert_value(TypeId parent, std::uint32_t at, std::int64_t value) {
  const Bytes bytes = integer(value);
  Block block = next_block(ContentKind::any, 1);
  block.data = bytes;
  place_in_list(block, parent, at);
  return send(block);
}

Bytes Author::insert_format(TypeId parent, std::uint32_t at, std::string_view key,
                            std::string_view json) {
  Block block = next_block(ContentKind::format, 1);
  block.key = key;
  block.text = json;
  place_in_list(block, parent, at);
  return send(block);
}

Bytes Author::insert_type(TypeId parent, std::uint32_t at, TypeRef kind, std::string_view name) {
  Block block = next_block(ContentKind::type, 1);
  block.type_ref = kind;
  block.text = name;
  place_in_list(block, parent, at);
  return send(block);
}

Bytes Author::set_value(TypeId parent, std::string_view key, std::int64_t value) {
  const Bytes bytes = integer(value);
  Block block = next_block(ContentKind::any, 1);
  block.data = bytes;
  place_under_key(block, parent, key);
  return send(block);
}

Bytes Author::set_type(TypeId parent, std::string_view key, TypeRef kind) {
  Block block = next_block(ContentKind::type, 1);
  block.type_ref = kind;
  place_under_key(block, parent, key);
  return send(block);
}

Bytes Author::remove(TypeId parent, std::uint32_t at, std::uint32_t length) {
  const Store& store = doc_.store();
  std::vector<DeleteRange> ranges;
  for (ItemRef ref = store.types[parent].start; ref != kNoItem && length > 0;
       ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    if (item.deleted || !item.countable()) continue;
    if (at >= item.length) {
      at -= item.length;
      continue;
    }
    const std::uint32_t count = std::min(length, item.length - at);
    const Id id = store.wide({item.client, item.clock + at});
    ranges.push_back({id.client, id.clock, count});
    length -= count;
    at = 0;
  }
  return send_deletes(std::move(ranges));
}

Bytes Author::remove_key(TypeId parent, std::string_view key) {
  const Store& store = doc_.store();
  const ItemRef newest = store.types[parent].newest(store.names.find(key));
  std::vector<DeleteRange> ranges;
  if (newest != kNoItem && !store.items[newest].deleted) {
    const Item& item = store.items[newest];
    const Id id = store.wide({item.client, item.clock});
    ranges.push_back({id.client, id.clock, item.length});
  }
  return send_deletes(std::move(ranges));
}

}  // namespace ydoc::testing
