#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ydoc/types/attribute_map.h"
#include "ydoc/types/editor.h"

namespace ydoc {

/// Local edits of one text, with Yjs's rules for format marks: which are needed, which become
/// redundant, where they go. Indexes and lengths count UTF-16 code units, objects one each.
/// Source: Yjs 13.6, src/types/YText.js.
class TextEdit {
 public:
  TextEdit(Editor& editor, TypeId text) : editor_(editor), store_(editor.store()), text_(text) {}

  /// `format`: nothing takes on the formatting of what stands before; an empty one has none.
  void insert(std::uint32_t index, std::string_view text, const TextFormat* format);
  /// `format` as above, but nothing means none.
  void insert_object(std::uint32_t index, const NewValue& object, const TextFormat* format);
  void remove(std::uint32_t index, std::uint32_t length);
  void format(std::uint32_t index, std::uint32_t length, const TextFormat& format);
  void apply(std::span<const DeltaOp> delta);

 private:
  /// A gap and the attributes in force there. They are worked out when first asked for: in most
  /// edits nothing depends on them.
  struct Position {
    Gap gap;
    std::optional<AttributeMap> attributes;
  };

  [[nodiscard]] Position at(std::uint32_t index);
  [[nodiscard]] AttributeMap& attributes(Position& position) const;
  void forward(Position& position) const;
  [[nodiscard]] AttributeMap intern(const TextFormat& format);
  [[nodiscard]] bool is_mark(ItemRef ref) const;
  [[nodiscard]] AttributeValue mark_value(ItemRef ref) const;
  [[nodiscard]] bool same(const AttributeValue& a, const AttributeValue& b) const;
  [[nodiscard]] bool equal(const AttributeValue& a, const AttributeValue& b) const;
  [[nodiscard]] AttributeValue value_of(const AttributeMap& attributes, NameId key) const;

  void note_mark(AttributeMap& attributes, NameId key, const AttributeValue& value) const;

  std::uint32_t put_text(Position& position, std::string_view text);
  void insert_here(Position& position, const std::variant<std::string, NewValue>& content,
                   AttributeMap wanted);
  void exclude_others(const AttributeMap& in_force, AttributeMap& wanted) const;
  void put(Position& position, const std::variant<std::string, NewValue>& content);
  void format_here(Position& position, std::uint32_t length, const AttributeMap& wanted);
  void remove_here(Position& position, std::uint32_t length);
  void inherit(Position& position) const;
  void cut(ItemRef ref, std::uint32_t length);

  void minimize(Position& position, const AttributeMap& wanted) const;
  [[nodiscard]] AttributeMap open_marks(Position& position, const AttributeMap& wanted);
  void close_marks(Position& position, AttributeMap negated);
  void put_mark(Position& position, NameId key, const AttributeValue& value);
  void clean_gap(Position start, Position& current);

  Editor& editor_;
  Store& store_;
  TypeId text_;
  NameId null_ = store_.names.intern("null");
};

/// `length`: of the text to which it is applied. `depth`: as check_value's.
[[nodiscard]] Edited check_delta(std::span<const DeltaOp> delta, std::uint32_t length,
                                 unsigned depth = kTypeDepthMax);
[[nodiscard]] Edited check_format(const TextFormat& format);
/// What may stand in a text besides characters: a plain value or a shared type.
[[nodiscard]] Edited check_object(const NewValue& object, unsigned depth = kTypeDepthMax);
[[nodiscard]] Edited check_text(std::string_view text);

}  // namespace ydoc
