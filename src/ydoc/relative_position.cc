#include "ydoc/relative_position.h"

#include <cmath>

#include "base/check.h"
#include "base/reader.h"
#include "base/utf8.h"
#include "base/writer.h"
#include "ydoc/doc_engine.h"

namespace ydoc {
namespace {

using righttask::fail;
using righttask::kSafeIntegerMax;
using righttask::Reader;
using righttask::Writer;

enum Place : std::uint64_t { kItem = 0, kRoot = 1, kType = 2 };

constexpr unsigned kJsonDepthMax = 4;  // a position needs two

Decoded<Id> read_id(Reader& reader) {
  const auto client = reader.var_uint();
  if (!client) return fail(client.error());
  const auto clock = reader.var_uint();
  if (!clock) return fail(clock.error());
  return Id{*client, *clock};
}

void write_id(Writer& writer, const Id& id) {
  writer.var_uint(id.client);
  writer.var_uint(id.clock);
}

// Values ----------------------------------------------------------------------------------------

/// A whole number that JavaScript holds exactly.
std::optional<std::int64_t> integer_of(const Any* value) {
  const auto* number = value == nullptr ? nullptr : value->as<double>();
  if (number == nullptr || std::abs(*number) > static_cast<double>(kSafeIntegerMax) ||
      *number != std::trunc(*number)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number);
}

/// A member that is there and says something.
const Any* member(const Any& value, std::string_view key) {
  const Any* const found = value.find(key);
  const bool empty = found == nullptr || found->as<Null>() || found->as<Undefined>();
  return empty ? nullptr : found;
}

Decoded<Id> id_of(const Any& value) {
  if (value.as<Any::Object>() == nullptr) return fail(DecodeError::invalid_position);
  const auto client = integer_of(value.find("client"));
  const auto clock = integer_of(value.find("clock"));
  if (!client || !clock || *client < 0 || *clock < 0) return fail(DecodeError::invalid_position);
  return Id{static_cast<ClientId>(*client), static_cast<Clock>(*clock)};
}

Any value_of(const Id& id) {
  return Any{Any::Object{{"client", Any{static_cast<double>(id.client)}},
                         {"clock", Any{static_cast<double>(id.clock)}}}};
}

// Looking up ------------------------------------------------------------------------------------

/// A unit in the store.
struct Unit {
  ItemRef ref = kCollected;
  std::uint32_t offset = 0;  // in the item
};

/// Nothing if the unit has not arrived. Source: getItem, followRedone in structs/Item.js.
std::optional<Unit> find_unit(const Store& store, const Id& id, Redone redone) {
  const ClientIndex client = store.clients.find(id.client);
  if (client == kNoClient || id.clock >= store.clients[client].state) return std::nullopt;
  ShortId at{client, static_cast<Clock32>(id.clock)};
  while (true) {
    const ItemRef ref = store.find(at);
    if (ref == kCollected) return Unit{};
    const Item& item = store.items[ref];
    const std::uint32_t offset = at.clock - item.clock;
    if (redone == Redone::ignore || !item.redone) return Unit{ref, offset};
    at = store.redone_as(ref).plus(offset);
  }
}

RelativePosition at_type(const Store& store, TypeId id, std::optional<Id> item,
                         std::int64_t assoc) {
  RelativePosition position{.item = item, .root = {}, .type = {}, .assoc = assoc};
  const SharedType& type = store.types[id];
  if (type.item == kNoItem) {
    position.root = store.names[type.name];
  } else {
    position.type = store.wide({store.items[type.item].client, store.items[type.item].clock});
  }
  return position;
}

}  // namespace

/// Source: createRelativePositionFromTypeIndex.
std::optional<RelativePosition> RelativePosition::at(const Shared& type, std::uint32_t index,
                                                     std::int64_t assoc) {
  if (!type.exists()) return std::nullopt;
  Store& store = type.engine().store;
  const auto to = [&](std::optional<Id> item) { return at_type(store, type.id(), item, assoc); };
  if (assoc < 0) {
    if (index == 0) return to(std::nullopt);
    --index;
  }
  if (index < store.types[type.id()].length) {
    const ListPlace place = store.positions.find(store, type.id(), index + 1);
    const Item& item = store.items[place.ref];
    return to(store.wide({item.client, item.clock + (place.offset - 1)}));
  }
  if (assoc >= 0) return to(std::nullopt);
  const ItemRef last = store.positions.last_item(store, type.id());
  return to(last == kNoItem ? std::nullopt
                            : std::optional(store.wide(store.items[last].last_id())));
}

Decoded<RelativePosition> RelativePosition::decode(ByteView bytes) {
  Reader reader(bytes);
  RelativePosition position;
  const auto place = reader.var_uint();
  if (!place) return fail(place.error());
  if (*place == kRoot) {
    const auto name = reader.var_string();
    if (!name) return fail(name.error());
    position.root = *name;
  } else if (*place == kItem || *place == kType) {
    const auto id = read_id(reader);
    if (!id) return fail(id.error());
    (*place == kItem ? position.item : position.type) = *id;
  } else {
    return fail(DecodeError::invalid_position);
  }
  if (reader.done()) return position;  // as written before there was an assoc
  const auto assoc = reader.var_int();
  if (!assoc) return fail(assoc.error());
  position.assoc = assoc->value;
  if (!reader.done()) return fail(DecodeError::trailing_bytes);
  return position;
}

Bytes RelativePosition::encode() const {
  Writer writer;
  if (item) {
    writer.var_uint(kItem);
    write_id(writer, *item);
  } else if (root) {
    writer.var_uint(kRoot);
    writer.var_string(*root);
  } else {
    CHECK(type.has_value());
    writer.var_uint(kType);
    write_id(writer, *type);
  }
  writer.var_int(assoc);
  return writer.take();
}

Decoded<RelativePosition> RelativePosition::from_json(std::string_view json) {
  const auto value = parse_json(json, kJsonDepthMax);
  if (!value) return fail(value.error());
  return from_value(*value);
}

Decoded<RelativePosition> RelativePosition::from_value(const Any& value) {
  if (value.as<Any::Object>() == nullptr) return fail(DecodeError::invalid_position);
  RelativePosition position;
  for (const auto& [key, id] : {std::pair{"type", &position.type}, {"item", &position.item}}) {
    const Any* const given = member(value, key);
    if (given == nullptr) continue;
    const auto read = id_of(*given);
    if (!read) return fail(read.error());
    *id = *read;
  }
  if (const Any* const given = member(value, "tname")) {
    const auto* name = given->as<std::string>();
    if (name == nullptr) return fail(DecodeError::invalid_position);
    // JSON may hold half a surrogate pair, which is no name.
    if (!righttask::is_utf8(righttask::byte_view(*name))) return fail(DecodeError::invalid_utf8);
    position.root = *name;
  }
  if (const Any* const given = member(value, "assoc")) {
    const auto assoc = integer_of(given);
    if (!assoc) return fail(DecodeError::invalid_position);
    position.assoc = *assoc;
  }
  if (!position.item && !position.root && !position.type) {
    return fail(DecodeError::invalid_position);
  }
  return position;
}

/// Yjs leaves out a root's name that is empty. Where nothing else names the place it is written.
Any RelativePosition::value() const {
  Any::Object members;
  if (type) members.push_back({"type", value_of(*type)});
  if (root && !(root->empty() && item)) members.push_back({"tname", Any{*root}});
  if (item) members.push_back({"item", value_of(*item)});
  members.push_back({"assoc", Any{static_cast<double>(assoc)}});
  return Any{std::move(members)};
}

std::string RelativePosition::json() const {
  std::string out;
  append_json(out, value());
  return out;
}

/// Source: createAbsolutePositionFromRelativePosition. A root that nobody has named is not made.
std::optional<AbsolutePosition> RelativePosition::resolve(Doc& doc, Redone redone) const {
  Store& store = doc.engine().store;
  const auto at = [&](TypeId id, std::uint32_t index) {
    return AbsolutePosition{Shared(doc.engine(), id), index, assoc};
  };
  if (item) {
    const auto unit = find_unit(store, *item, redone);
    if (!unit || unit->ref == kCollected) return std::nullopt;
    const Item& found = store.items[unit->ref];
    const ItemRef holder = store.types[found.parent].item;
    if (holder != kNoItem && store.items[holder].deleted) return at(found.parent, 0);
    const bool visible = !found.deleted && found.countable();
    const std::uint32_t within = visible ? unit->offset + (assoc < 0 ? 1 : 0) : 0;
    // What stands before a value under a key are its older values, all deleted.
    if (found.parent_sub != kNoName) return at(found.parent, within);
    return at(found.parent, store.positions.index_at(store, unit->ref) + within);
  }
  TypeId id = kNoType;
  if (root) {
    id = store.find_root(*root);
    if (id == kNoType) return std::nullopt;
  } else {
    CHECK(type.has_value());
    const auto unit = find_unit(store, *type, redone);
    if (!unit || unit->ref == kCollected) return std::nullopt;
    const Item& found = store.items[unit->ref];
    if (found.kind != ContentKind::type) return std::nullopt;
    id = found.type();
  }
  return at(id, assoc < 0 ? 0 : store.types[id].length);
}

}  // namespace ydoc
