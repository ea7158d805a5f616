#pragma once

#include <span>

#include "base/result.h"
#include "ydoc/doc_engine.h"
#include "ydoc/value.h"

namespace ydoc {

/// By how many units one edit may let a text grow.
inline constexpr std::uint32_t kEditUnitsMax = 1u << 28;

/// Between two neighbouring items of a list.
struct Gap {
  ItemRef left = kNoItem;
  ItemRef right = kNoItem;
};

/// What local edits of all types are made of. Lives for one edit, inside a transaction.
///
/// Whoever edits checks first: an edit that has begun does not fail.
class Editor {
 public:
  explicit Editor(Doc::Engine& engine) : engine_(engine), store_(engine.store) {}

  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] Transaction& changes() { return engine_.changes(); }

  /// The gap before the unit `index`, at most the length: right behind the unit before it,
  /// so that deleted items and format marks follow. Cuts an item in two where it must.
  [[nodiscard]] Gap gap_at(TypeId list, std::uint32_t index);
  /// The next search of the list starts here: `ref` ends at the index `end`.
  void remember(TypeId list, ItemRef ref, std::uint32_t end);

  /// Puts content into the gap, which then lies behind it. `block` needs kind, length and content.
  ItemRef insert(TypeId list, Gap& gap, Block block);
  /// Puts values into the gap, plain ones that follow one another in one item, as Yjs does.
  void insert_values(TypeId list, Gap& gap, std::span<const NewValue> values);
  void set(TypeId type, std::string_view key, const NewValue& value);
  bool remove_key(TypeId type, std::string_view key);
  void remove(ItemRef ref) { changes().remove(ref); }

  /// One value, as an item of its own. For keys and for objects in texts.
  ItemRef insert_value(TypeId parent, NameId key, Gap& gap, const NewValue& value);

 private:
  [[nodiscard]] Block block(ContentKind kind, std::uint64_t length) const;
  void fill(ItemRef holder, const NewType& content);

  Doc::Engine& engine_;
  Store& store_;
};

/// Whether `value` may stand in a list or under a key, or among XML nodes, all the way down.
/// `depth`: how many types more may lie inside one another.
[[nodiscard]] Edited check_value(const NewValue& value, unsigned depth = kTypeDepthMax);
[[nodiscard]] Edited check_xml_child(const NewValue& value, unsigned depth = kTypeDepthMax);
[[nodiscard]] Edited check_plain(const Any& value, unsigned depth = kPlainDepthMax);
[[nodiscard]] bool is_utf8(std::string_view text);
/// Well-formed but for lone surrogates in their three-byte form, as Any's strings may be.
[[nodiscard]] bool is_text_of_any(std::string_view text);

}  // namespace ydoc
