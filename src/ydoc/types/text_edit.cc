#include "ydoc/types/text_edit.h"

#include <algorithm>
#include <map>

#include "base/utf8.h"
#include "ydoc/codec/value_text.h"

namespace ydoc {

using righttask::fail;

// Positions and attributes -----------------------------------------------------------------------

/// An index beyond the end means behind everything, the last marks included, while the end itself
/// is right behind the last unit.
TextEdit::Position TextEdit::at(std::uint32_t index) {
  if (index > store_.types[text_].length) {
    return {{store_.positions.last_item(store_, text_), kNoItem}, std::nullopt};
  }
  return {editor_.gap_at(text_, index), std::nullopt};
}

AttributeMap& TextEdit::attributes(Position& position) const {
  if (position.attributes) return *position.attributes;
  AttributeMap& found = position.attributes.emplace();
  const ItemRef last = position.gap.left;
  if (last == kNoItem) return found;
  ItemRef from = store_.types[text_].start;
  while (true) {
    const ItemRef mark = store_.positions.next_mark(store_, text_, from, last);
    if (mark == kNoItem) return found;
    note_mark(found, store_.items[mark].format_key(), mark_value(mark));
    if (mark == last) return found;
    from = store_.items[mark].right;
  }
}

/// Source: updateCurrentAttributes.
void TextEdit::note_mark(AttributeMap& attributes, NameId key, const AttributeValue& value) const {
  if (value.json == null_) {
    attributes.erase(key);
  } else {
    attributes.set(key, value);
  }
}

/// To behind the item at the right.
void TextEdit::forward(Position& position) const {
  const ItemRef passed = position.gap.right;
  const Item& item = store_.items[passed];
  if (position.attributes && is_mark(passed)) {
    note_mark(*position.attributes, item.format_key(), mark_value(passed));
  }
  position.gap = {passed, item.right};
}

/// In the order of a JavaScript object's properties.
AttributeMap TextEdit::intern(const TextFormat& format) {
  Any::Object members = format;
  order_members(members);
  AttributeMap map;
  for (const AnyMember& member : members) {
    if (member.value.as<Undefined>() != nullptr) continue;
    map.set(store_.names.intern(member.key),
            {store_.names.intern(value_text_of(member.value)), {}});
  }
  return map;
}

bool TextEdit::is_mark(ItemRef ref) const {
  const Item& item = store_.items[ref];
  return !item.deleted && item.kind == ContentKind::format;
}

AttributeValue TextEdit::mark_value(ItemRef ref) const {
  return {store_.items[ref].format_value(), store_.identity_of(ref)};
}

bool TextEdit::same(const AttributeValue& a, const AttributeValue& b) const {
  return same_value(store_.names, a, b);
}

bool TextEdit::equal(const AttributeValue& a, const AttributeValue& b) const {
  return equal_value(store_.names, a, b);
}

/// The value of a key, or null.
AttributeValue TextEdit::value_of(const AttributeMap& attributes, NameId key) const {
  const AttributeValue* const found = attributes.find(key);
  return found == nullptr ? AttributeValue{null_, {}} : *found;
}

// Inserting --------------------------------------------------------------------------------------

void TextEdit::insert(std::uint32_t index, std::string_view text, const TextFormat* format) {
  if (text.empty()) return;
  Position position = at(index);
  index = std::min(index, store_.types[text_].length);
  if (format != nullptr) {
    insert_here(position, std::string(text), intern(*format));
    return;
  }
  inherit(position);
  const std::uint32_t units = put_text(position, text);
  editor_.remember(text_, position.gap.left, index + units);
}

void TextEdit::insert_object(std::uint32_t index, const NewValue& object,
                             const TextFormat* format) {
  Position position = at(index);
  insert_here(position, object, format == nullptr ? AttributeMap{} : intern(*format));
}

/// What is inserted with the formatting of its place needs no marks of its own: it goes behind
/// deleted items and behind marks that repeat what is in force.
void TextEdit::inherit(Position& position) const {
  while (position.gap.right != kNoItem) {
    const Item& right = store_.items[position.gap.right];
    if (!right.deleted) {
      if (right.kind != ContentKind::format) return;
      const AttributeValue now = value_of(attributes(position), right.format_key());
      if (!equal(now, mark_value(position.gap.right))) return;
    }
    forward(position);
  }
}

std::uint32_t TextEdit::put_text(Position& position, std::string_view text) {
  Block block;
  block.kind = ContentKind::string;
  block.length = righttask::utf16_length(text);
  block.text = text;
  editor_.insert(text_, position.gap, block);
  return static_cast<std::uint32_t>(block.length);
}

void TextEdit::put(Position& position, const std::variant<std::string, NewValue>& content) {
  if (const auto* characters = std::get_if<std::string>(&content)) {
    put_text(position, *characters);
    return;
  }
  const NewValue& object = std::get<NewValue>(content);
  const Any* const embed = object.plain();
  if (embed == nullptr) {
    editor_.insert_value(text_, kNoName, position.gap, object);
    return;
  }
  const std::string text = value_text_of(*embed);
  Block block;
  block.kind = ContentKind::embed;
  block.length = 1;
  block.text = text;
  editor_.insert(text_, position.gap, block);
}

/// Adds null for whatever is in force and not wanted. In Yjs an object's properties, so that keys
/// that are array indices come first.
void TextEdit::exclude_others(const AttributeMap& in_force, AttributeMap& wanted) const {
  bool indices = false;
  std::uint32_t index = 0;
  in_force.for_each([&](NameId key, const AttributeValue&) {
    if (wanted.find(key) != nullptr) return;
    wanted.set(key, {null_, {}});
    indices |= array_index(store_.names[key], index);
  });
  if (!indices) return;
  std::map<std::uint32_t, NameId> first;
  wanted.for_each([&](NameId key, const AttributeValue&) {
    if (array_index(store_.names[key], index)) first.emplace(index, key);
  });
  AttributeMap ordered;
  for (const auto& [at, key] : first) ordered.set(key, *wanted.find(key));
  wanted.for_each([&](NameId key, const AttributeValue& value) { ordered.set(key, value); });
  wanted = std::move(ordered);
}

/// Source: insertText.
void TextEdit::insert_here(Position& position, const std::variant<std::string, NewValue>& content,
                           AttributeMap wanted) {
  exclude_others(attributes(position), wanted);
  minimize(position, wanted);
  AttributeMap negated = open_marks(position, wanted);
  put(position, content);
  close_marks(position, std::move(negated));
}

/// Source: minimizeAttributeChanges.
void TextEdit::minimize(Position& position, const AttributeMap& wanted) const {
  while (position.gap.right != kNoItem) {
    const Item& right = store_.items[position.gap.right];
    if (!right.deleted) {
      if (right.kind != ContentKind::format) return;
      const AttributeValue want = value_of(wanted, right.format_key());
      if (!equal(want, mark_value(position.gap.right))) return;
    }
    forward(position);
  }
}

void TextEdit::put_mark(Position& position, NameId key, const AttributeValue& value) {
  Block block;
  block.kind = ContentKind::format;
  block.length = 1;
  // Interned, so that the views stay what they are while the mark is made.
  block.key = store_.names[key];
  block.text = store_.names[value.json];
  const ItemRef mark = editor_.insert(text_, position.gap, block);
  if (value.identity.exists()) store_.share_identity(mark, value.identity);
  note_mark(attributes(position), key, mark_value(mark));
}

/// Puts the marks without which what follows would lack what is wanted. Returns what was in force
/// before. Source: insertAttributes.
AttributeMap TextEdit::open_marks(Position& position, const AttributeMap& wanted) {
  AttributeMap negated;
  wanted.for_each([&](NameId key, const AttributeValue& value) {
    const AttributeValue before = value_of(attributes(position), key);
    if (equal(before, value)) return;
    negated.set(key, before);
    put_mark(position, key, value);
  });
  return negated;
}

/// Source: insertNegatedAttributes.
void TextEdit::close_marks(Position& position, AttributeMap negated) {
  while (position.gap.right != kNoItem) {
    const Item& right = store_.items[position.gap.right];
    if (!right.deleted) {
      if (right.kind != ContentKind::format) break;
      const AttributeValue* const want = negated.find(right.format_key());
      if (want == nullptr || !equal(*want, mark_value(position.gap.right))) break;
      negated.erase(right.format_key());
    }
    forward(position);
  }
  negated.for_each(
      [&](NameId key, const AttributeValue& value) { put_mark(position, key, value); });
}

// Formatting -------------------------------------------------------------------------------------

void TextEdit::format(std::uint32_t index, std::uint32_t length, const TextFormat& format) {
  if (length == 0) return;
  Position position = at(index);
  if (position.gap.right == kNoItem) return;
  format_here(position, length, intern(format));
}

/// Source: formatText.
void TextEdit::format_here(Position& position, std::uint32_t length, const AttributeMap& wanted) {
  minimize(position, wanted);
  AttributeMap negated = open_marks(position, wanted);
  while (position.gap.right != kNoItem) {
    const ItemRef ref = position.gap.right;
    const bool mark_or_deleted =
        store_.items[ref].deleted || store_.items[ref].kind == ContentKind::format;
    if (length == 0 && (negated.empty() || !mark_or_deleted)) break;
    if (is_mark(ref)) {
      const NameId key = store_.items[ref].format_key();
      const AttributeValue value = mark_value(ref);
      const AttributeValue* const want = wanted.find(key);
      if (want == nullptr) {
        attributes(position).set(key, value);
      } else if (equal(*want, value)) {
        negated.erase(key);
        editor_.remove(ref);
      } else {
        if (length == 0) break;  // what lies behind has its own value
        negated.set(key, value);
        editor_.remove(ref);
      }
    } else if (!store_.items[ref].deleted) {
      cut(ref, length);
      length -= store_.items[ref].length;
    }
    forward(position);
  }
  if (length > 0) put_text(position, std::string(length, '\n'));
  close_marks(position, std::move(negated));
}

/// Leaves the item with at most `length` units; the rest becomes one of its own.
void TextEdit::cut(ItemRef ref, std::uint32_t length) {
  const Item& item = store_.items[ref];
  if (length >= item.length) return;
  editor_.changes().clean_start({item.client, item.clock + length});
}

// Deleting ---------------------------------------------------------------------------------------

void TextEdit::remove(std::uint32_t index, std::uint32_t length) {
  if (length == 0) return;
  Position position = at(index);
  index = std::min(index, store_.types[text_].length);
  const ItemRef before = position.gap.left;
  remove_here(position, length);
  if (before != kNoItem) editor_.remember(text_, before, index);
}

/// What a text is made of; another type's values, which an odd peer may put into one, stay.
/// Source: deleteText.
void TextEdit::remove_here(Position& position, std::uint32_t length) {
  const Position start = position;
  while (length > 0 && position.gap.right != kNoItem) {
    const ItemRef ref = position.gap.right;
    const Item& item = store_.items[ref];
    const bool text = item.kind == ContentKind::string || item.kind == ContentKind::embed ||
                      item.kind == ContentKind::type;
    if (!item.deleted && text) {
      cut(ref, length);
      length -= item.length;
      editor_.remove(ref);
    }
    forward(position);
  }
  clean_gap(start, position);
}

/// Deletes the marks that have become redundant where content was deleted. Most texts have none.
/// Source: cleanupFormattingGap, as deleteText calls it.
void TextEdit::clean_gap(Position start, Position& current) {
  AttributeMap last;  // of each key the last mark before the next content, as its identity
  bool any = false;
  ItemRef end = start.gap.right;
  for (; end != kNoItem; end = store_.items[end].right) {
    if (store_.items[end].countable() && !store_.items[end].deleted) break;
    if (!is_mark(end)) continue;
    const Item& item = store_.items[end];
    last.set(item.format_key(), {item.format_value(), {item.client, item.clock}});
    any = true;
  }
  if (!any) return;
  const AttributeMap before = attributes(start);
  AttributeMap& now = attributes(current);
  bool reached = false;
  for (ItemRef ref = start.gap.right; ref != end; ref = store_.items[ref].right) {
    if (ref == current.gap.right) reached = true;
    if (!is_mark(ref)) continue;
    const Item& item = store_.items[ref];
    const NameId key = item.format_key();
    const AttributeValue value = mark_value(ref);
    const AttributeValue* const had = before.find(key);
    const bool unchanged = same(value_of(before, key), value);
    if (last.find(key)->identity == ShortId{item.client, item.clock} && !unchanged) {
      if (!reached) note_mark(now, key, value);
      continue;
    }
    editor_.remove(ref);
    const bool in_force = same(value_of(now, key), value);
    if (reached || !in_force || unchanged) continue;
    if (had == nullptr) {
      now.erase(key);
    } else {
      now.set(key, *had);
    }
  }
}

// Deltas -----------------------------------------------------------------------------------------

/// Source: applyDelta.
void TextEdit::apply(std::span<const DeltaOp> delta) {
  Position position = at(0);
  for (const DeltaOp& op : delta) {
    if (op.insert) {
      const auto* text = std::get_if<std::string>(&*op.insert);
      if (text != nullptr && text->empty()) continue;
      insert_here(position, *op.insert, intern(op.attributes));
    } else if (op.retain > 0) {
      format_here(position, op.retain, intern(op.attributes));
    } else if (op.remove > 0) {
      remove_here(position, op.remove);
    }
  }
}

// Checks -----------------------------------------------------------------------------------------

Edited check_format(const TextFormat& format) {
  for (const AnyMember& member : format) {
    if (!is_text_of_any(member.key)) return fail(EditError::invalid_utf8);
    if (auto good = check_plain(member.value); !good) return good;
  }
  return {};
}

Edited check_object(const NewValue& object, unsigned depth) {
  if (object.document() != nullptr) return fail(EditError::wrong_content);
  return check_value(object, depth);
}

Edited check_text(std::string_view text) {
  if (text.size() > kEditUnitsMax) return fail(EditError::too_large);
  return is_utf8(text) ? Edited{} : fail(EditError::invalid_utf8);
}

/// Follows how long the text is and how far the delta has come: what is retained beyond the end
/// lets it grow, too.
Edited check_delta(std::span<const DeltaOp> delta, std::uint32_t length, unsigned depth) {
  std::uint64_t end = length;
  std::uint64_t at = 0;
  for (const DeltaOp& op : delta) {
    if (auto good = check_format(op.attributes); !good) return good;
    if (!op.insert) {
      at += op.retain;
      if (op.retain == 0) end -= std::min<std::uint64_t>(op.remove, end - at);
    } else if (const auto* text = std::get_if<std::string>(&*op.insert)) {
      if (auto good = check_text(*text); !good) return good;
      const std::size_t units = righttask::utf16_length(*text);
      at += units;
      end += units;
    } else {
      if (auto good = check_object(std::get<NewValue>(*op.insert), depth); !good) return good;
      ++at;
      ++end;
    }
    end = std::max(end, at);
    if (end > std::uint64_t{length} + kEditUnitsMax) return fail(EditError::too_large);
  }
  return {};
}

}  // namespace ydoc
