#include "ydoc/types/editor.h"

#include <algorithm>

#include "base/utf8.h"
#include "ydoc/types/text_edit.h"

namespace ydoc {
namespace {

using righttask::byte_view;
using righttask::fail;
using righttask::Writer;

TypeRef wire_type(TypeKind kind) {
  return static_cast<TypeRef>(kind);
}

Any doc_options_of(const NewDoc& doc) {
  Any::Object options;
  if (!doc.gc) options.push_back({"gc", Any{false}});
  if (doc.auto_load) options.push_back({"autoLoad", Any{true}});
  // None of its own: Yjs says so for null and undefined alike.
  const bool meta = doc.meta && !doc.meta->as<Null>() && !doc.meta->as<Undefined>();
  if (meta) options.push_back({"meta", *doc.meta});
  return Any{std::move(options)};
}

const Bytes* binary_of(const NewValue& value) {
  const Any* const any = value.plain();
  return any == nullptr ? nullptr : any->as<Bytes>();
}

bool is_plain(const NewValue& value) {
  return value.plain() != nullptr && binary_of(value) == nullptr;
}

}  // namespace

Block Editor::block(ContentKind kind, std::uint64_t length) const {
  Block block;
  block.id = engine_.next_id();
  block.kind = kind;
  block.length = length;
  return block;
}

Gap Editor::gap_at(TypeId list, std::uint32_t index) {
  const ListPlace place = store_.positions.find(store_, list, index);
  if (place.ref == kNoItem) return {kNoItem, store_.types[list].start};
  const Item& item = store_.items[place.ref];
  if (place.offset < item.length) {
    const auto at = store_.clients[item.client].structs.find(item.clock);
    changes().split(item.client, at, place.offset);
    if (store_.types[list].indexed) store_.positions.remember(list, place.ref, index);
  }
  return {place.ref, store_.items[place.ref].right};
}

void Editor::remember(TypeId list, ItemRef ref, std::uint32_t end) {
  if (store_.types[list].indexed) store_.positions.remember(list, ref, end);
}

ItemRef Editor::insert(TypeId list, Gap& gap, Block block) {
  block.id = engine_.next_id();
  gap.left = engine_.integrator.insert(block, list, kNoName, gap.left, gap.right);
  return gap.left;
}

void Editor::insert_values(TypeId list, Gap& gap, std::span<const NewValue> values) {
  for (std::size_t i = 0; i < values.size();) {
    if (!is_plain(values[i])) {
      insert_value(list, kNoName, gap, values[i++]);
      continue;
    }
    Writer writer;
    AnyNumbers numbers(writer);
    std::uint64_t count = 0;
    for (; i < values.size() && is_plain(values[i]); ++i, ++count) {
      const Any& plain = *values[i].plain();
      if (const double* const number = plain.as<double>()) {
        numbers.add(*number);
      } else {
        numbers.flush();
        write_any(writer, plain);
      }
    }
    numbers.flush();
    Block plain = block(ContentKind::any, count);
    plain.data = writer.view();
    insert(list, gap, plain);
  }
}

ItemRef Editor::insert_value(TypeId parent, NameId key, Gap& gap, const NewValue& value) {
  Writer writer;
  Block made = block(ContentKind::any, 1);
  const NewType* const type = value.type();
  const NewDoc* const doc = value.document();
  if (doc != nullptr) {
    made.kind = ContentKind::doc;
    made.text = doc->guid;
    write_any(writer, doc_options_of(*doc));
    made.data = writer.view();
  } else if (type != nullptr) {
    made.kind = ContentKind::type;
    made.type_ref = wire_type(type->kind);
    made.text = type->name;
  } else if (const Bytes* binary = binary_of(value)) {
    made.kind = ContentKind::binary;
    made.data = *binary;
  } else {
    write_any(writer, *value.plain());
    made.data = writer.view();
  }
  gap.left = engine_.integrator.insert(made, parent, key, gap.left, gap.right);
  const ItemRef ref = gap.left;
  if (type != nullptr) fill(ref, *type);
  if (doc != nullptr && doc->should_load) {
    changes().note_document_wanted({store_.items[ref].client, store_.items[ref].clock});
  }
  return ref;
}

/// In Yjs's order: the list, then the keys.
void Editor::fill(ItemRef holder, const NewType& content) {
  const TypeId type = store_.items[holder].type();
  if (is_text(content.kind)) {
    TextEdit(*this, type).apply(content.delta);
  } else if (!content.children.empty()) {
    Gap gap;
    insert_values(type, gap, content.children);
  }
  for (const NewEntry& entry : content.entries) set(type, entry.key, entry.value);
}

void Editor::set(TypeId type, std::string_view key, const NewValue& value) {
  const NameId name = store_.names.intern(key);
  Gap gap{store_.types[type].newest(name), kNoItem};
  insert_value(type, name, gap, value);
}

bool Editor::remove_key(TypeId type, std::string_view key) {
  const NameId name = store_.names.find(key);
  if (name == kNoName) return false;
  const ItemRef newest = store_.types[type].newest(name);
  if (newest == kNoItem || store_.items[newest].deleted) return false;
  remove(newest);
  return true;
}

// Checks -----------------------------------------------------------------------------------------

bool is_utf8(std::string_view text) {
  return righttask::is_utf8(byte_view(text));
}

bool is_text_of_any(std::string_view text) {
  if (is_utf8(text)) return true;
  std::size_t from = 0;
  for (std::size_t at = text.find('\xed'); at != std::string_view::npos;
       at = text.find('\xed', at + 1)) {
    const bool surrogate = at + 2 < text.size() && (text[at + 1] & 0xe0) == 0xa0;
    if (!surrogate) continue;
    if (!is_utf8(text.substr(from, at - from)) || (text[at + 2] & 0xc0) != 0x80) return false;
    from = at + 3;
  }
  return is_utf8(text.substr(from));
}

namespace {

Edited check_type(const NewType& type, unsigned depth) {
  const bool xml = type.kind == TypeKind::xml_element || type.kind == TypeKind::xml_fragment;
  const bool list = xml || type.kind == TypeKind::array;
  if (depth == 0) return fail(EditError::too_deep);
  if (type.kind == TypeKind::unknown || (!list && !type.children.empty()) ||
      (!is_text(type.kind) && !type.delta.empty())) {
    return fail(EditError::wrong_content);
  }
  if (!is_utf8(type.name)) return fail(EditError::invalid_utf8);
  for (const NewValue& child : type.children) {
    const Edited good = xml ? check_xml_child(child, depth - 1) : check_value(child, depth - 1);
    if (!good) return good;
  }
  for (const NewEntry& entry : type.entries) {
    if (!is_utf8(entry.key)) return fail(EditError::invalid_utf8);
    if (auto good = check_value(entry.value, depth - 1); !good) return good;
  }
  return check_delta(type.delta, 0, depth - 1);
}

}  // namespace

Edited check_plain(const Any& value, unsigned depth) {
  if (const auto* text = value.as<std::string>()) {
    return is_text_of_any(*text) ? Edited{} : fail(EditError::invalid_utf8);
  }
  const auto* array = value.as<Any::Array>();
  const auto* object = value.as<Any::Object>();
  if (array == nullptr && object == nullptr) return {};
  if (depth == 0) return fail(EditError::too_deep);
  if (array != nullptr) {
    for (const Any& element : *array) {
      if (auto good = check_plain(element, depth - 1); !good) return good;
    }
    return {};
  }
  for (const AnyMember& member : *object) {
    if (!is_text_of_any(member.key)) return fail(EditError::invalid_utf8);
    if (auto good = check_plain(member.value, depth - 1); !good) return good;
  }
  return {};
}

Edited check_value(const NewValue& value, unsigned depth) {
  if (const Any* const plain = value.plain()) {
    return plain->as<double>() != nullptr ? Edited{} : check_plain(*plain);
  }
  if (const NewType* const type = value.type()) return check_type(*type, depth);
  const NewDoc* const doc = value.document();
  if (!is_utf8(doc->guid)) return fail(EditError::invalid_utf8);
  // It is written as a member of the options.
  return doc->meta ? check_plain(*doc->meta, kPlainDepthMax - 1) : Edited{};
}

Edited check_xml_child(const NewValue& value, unsigned depth) {
  const NewType* const type = value.type();
  const bool xml =
      type != nullptr && type->kind >= TypeKind::xml_element && type->kind <= TypeKind::xml_text;
  if (!xml) return fail(EditError::wrong_content);
  return check_type(*type, depth);
}

}  // namespace ydoc
