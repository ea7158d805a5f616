// Map, and the attributes of texts and elements.
// Source: Yjs 13.6, src/types/AbstractType.js, typeMap…; YMap.js.

#include <algorithm>

#include "ydoc/types/shared_impl.h"

namespace ydoc {
namespace {

/// The item that holds a key's value, or kNoItem.
ItemRef current(const Shared& type, std::string_view key) {
  if (!type.alive()) return kNoItem;
  const Store& store = type.engine().store;
  const NameId name = store.names.find(key);
  if (name == kNoName) return kNoItem;
  const ItemRef ref = store.types[type.id()].newest(name);
  return ref == kNoItem || store.items[ref].deleted ? kNoItem : ref;
}

}  // namespace

Value key_get(const Shared& type, std::string_view key) {
  Value last = Any{Undefined{}};
  const ItemRef ref = current(type, key);
  if (ref == kNoItem) return last;
  for_each_element(type.engine(), type.engine().store.items[ref],
                   [&](Value&& value) { last = std::move(value); });
  return last;
}

bool key_has(const Shared& type, std::string_view key) {
  return current(type, key) != kNoItem;
}

std::vector<std::string> key_names(const Shared& type) {
  std::vector<std::string> names;
  if (!type.alive()) return names;
  const Store& store = type.engine().store;
  const NameMap* const keys = store.types[type.id()].keys.get();
  if (keys == nullptr) return names;
  for (const auto& [name, newest] : keys->entries()) {
    if (!store.items[newest].deleted) names.emplace_back(store.names[name]);
  }
  return names;
}

Edited key_set(const Shared& type, std::string_view key, const NewValue& value) {
  if (!is_utf8(key)) return righttask::fail(EditError::invalid_utf8);
  if (auto good = check_value(value); !good) return good;
  return edit(type, [&](Editor& editor) { editor.set(type.id(), key, value); });
}

Edited key_remove(const Shared& type, std::string_view key) {
  if (!key_has(type, key)) return {};
  return edit(type, [&](Editor& editor) { editor.remove_key(type.id(), key); });
}

Value Map::get(std::string_view key) const {
  return key_get(*this, key);
}
bool Map::has(std::string_view key) const {
  return key_has(*this, key);
}
std::size_t Map::size() const {
  return keys().size();
}
std::vector<std::string> Map::keys() const {
  return key_names(*this);
}

Edited Map::set(std::string_view key, const NewValue& value) {
  if (auto may = may_insert(); !may) return may;
  return key_set(*this, key, value);
}

Edited Map::remove(std::string_view key) {
  if (auto may = may_remove(); !may) return may;
  return key_remove(*this, key);
}

Edited Map::clear() {
  if (auto may = may_remove(); !may) return may;
  const auto names = keys();
  if (names.empty()) return {};
  return edit(*this, [&](Editor& editor) {
    for (const std::string& name : names) editor.remove_key(id(), name);
  });
}

Value XmlElement::attribute(std::string_view key) const {
  return key_get(*this, key);
}
std::vector<std::string> XmlElement::attribute_names() const {
  return key_names(*this);
}
Edited XmlElement::set_attribute(std::string_view key, const NewValue& value) {
  if (auto may = may_insert(); !may) return may;
  return key_set(*this, key, value);
}
Edited XmlElement::remove_attribute(std::string_view key) {
  if (auto may = may_remove(); !may) return may;
  return key_remove(*this, key);
}

}  // namespace ydoc
