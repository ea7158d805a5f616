#include "ydoc/view/attributes.h"

#include <algorithm>

#include "ydoc/view/content_values.h"
#include "ydoc/view/js_string.h"

namespace ydoc {

void TextAttributes::set(NameId key, NameId value) {
  const std::uint32_t* const at = index_.find(key);
  if (at != nullptr && *at != kAbsent) {
    entries_[*at].value = value;
    return;
  }
  index_.set(key, static_cast<std::uint32_t>(entries_.size()));
  entries_.push_back({key, value});
}

bool TextAttributes::erase(NameId key) {
  if (!has(key)) return false;
  const std::uint32_t at = *index_.find(key);
  entries_[at] = entries_.back();
  index_.set(entries_[at].key, at);
  entries_.pop_back();
  index_.set(key, kAbsent);
  return true;
}

bool TextAttributes::has(NameId key) const {
  const std::uint32_t* const at = index_.find(key);
  return at != nullptr && *at != kAbsent;
}

std::string plain_text(const Store& store, TypeId id) {
  std::string text;
  for (ItemRef ref = store.types[id].start; ref != kNoItem; ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    if (!item.deleted && item.kind == ContentKind::string) text += item.bytes();
  }
  return text;
}

bool has_members(const Store& store, TypeId id) {
  const NameMap* const keys = store.types[id].keys.get();
  return keys != nullptr &&
         std::any_of(keys->entries().begin(), keys->entries().end(),
                     [&](const auto& entry) { return !store.items[entry.value].deleted; });
}

Any last_value(const Item& item) {
  Any last{Undefined{}};
  if (item.kind == ContentKind::string) {
    for_each_unit(item.bytes(), [&](std::string_view unit) { last = Any{std::string(unit)}; });
  } else {
    for_each_value(item, [&](Any value) { last = std::move(value); });
  }
  return last;
}

}  // namespace ydoc
