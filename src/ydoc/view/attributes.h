#pragma once

#include <string>
#include <vector>

#include "ydoc/any.h"
#include "ydoc/store/store.h"

namespace ydoc {

/// The formatting at a position of a text.
class TextAttributes {
 public:
  struct Entry {
    NameId key;
    NameId value;  // value text
  };

  void set(NameId key, NameId value);
  bool erase(NameId key);
  [[nodiscard]] bool has(NameId key) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// In no particular order.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  static constexpr std::uint32_t kAbsent = 0xffffffff;

  NameMap index_;  // of a key: its place in entries_, or kAbsent
  std::vector<Entry> entries_;
};

/// The characters of a text, without formatting and embeds.
[[nodiscard]] std::string plain_text(const Store& store, TypeId id);

/// Whether any key of the type has a value.
[[nodiscard]] bool has_members(const Store& store, TypeId id);

/// The last element of an item's content; undefined where it has none or holds a type.
[[nodiscard]] Any last_value(const Item& item);

/// Walks over a text as toDelta does: `text(characters, attributes)` for each run of equal
/// formatting that marks delimit, `object(item, attributes)` for embeds and shared types.
/// Source: Yjs 13.6, src/types/YText.js, toDelta.
template <typename Text, typename Object>
void for_each_run(const Store& store, TypeId id, Text&& text, Object&& object) {
  TextAttributes now;
  std::string run;
  const NameId change = store.names.find("ychange");  // reserved for snapshots
  const NameId null = store.names.find("null");
  const auto flush = [&] {
    if (!run.empty()) text(std::string_view(run), now);
    run.clear();
  };
  for (ItemRef ref = store.types[id].start; ref != kNoItem; ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    if (item.deleted) continue;
    switch (item.kind) {
      case ContentKind::string:
        if (change != kNoName && now.has(change)) {
          flush();
          now.erase(change);
        }
        run += item.bytes();
        break;
      case ContentKind::type:
      case ContentKind::embed:
        flush();
        object(item, now);
        break;
      case ContentKind::format:
        flush();
        if (item.format_value() == null) {
          now.erase(item.format_key());
        } else {
          now.set(item.format_key(), item.format_value());
        }
        break;
      default:
        break;
    }
  }
  flush();
}

}  // namespace ydoc
