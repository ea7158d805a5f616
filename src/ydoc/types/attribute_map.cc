#include "ydoc/types/attribute_map.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "ydoc/any.h"
#include "ydoc/codec/value_text.h"

namespace ydoc {
namespace {

/// What JavaScript's for…in finds in a value: members of an object, elements of an array and
/// bytes under their indices. Nothing if it is no object.
std::optional<Any::Object> members_of(const Any& value) {
  if (const auto* object = value.as<Any::Object>()) return *object;
  Any::Object members;
  if (const auto* array = value.as<Any::Array>()) {
    for (const Any& element : *array) members.push_back({std::to_string(members.size()), element});
    return members;
  }
  if (const auto* bytes = value.as<Bytes>()) {
    for (const std::uint8_t byte : *bytes) {
      members.push_back({std::to_string(members.size()), Any{static_cast<double>(byte)}});
    }
    return members;
  }
  return std::nullopt;
}

/// JavaScript's === on values of which neither is, or holds, the other's object.
bool same_any(const Any& a, const Any& b) {
  const auto* number = a.as<double>();
  if (number != nullptr && std::isnan(*number)) return false;
  return !members_of(a) && a == b;
}

/// As lib0's equalFlat on two different objects; false for what is no object.
bool equal_flat(std::string_view a_text, std::string_view b_text) {
  const auto a = members_of(value_of_text(a_text));
  const auto b = members_of(value_of_text(b_text));
  if (!a || !b || a->size() != b->size()) return false;
  const Any other{*b};
  return std::ranges::all_of(*a, [&](const AnyMember& member) {
    const Any* const found = other.find(member.key);
    return found != nullptr && same_any(member.value, *found);
  });
}

}  // namespace

bool same_value(const StringPool& names, const AttributeValue& a, const AttributeValue& b) {
  if (a.json != b.json) return false;
  return !equal_only_to_itself(names[a.json]) || (a.identity.exists() && a.identity == b.identity);
}

bool equal_value(const StringPool& names, const AttributeValue& a, const AttributeValue& b) {
  if (same_value(names, a, b)) return true;
  const std::string_view a_text = names[a.json];
  const std::string_view b_text = names[b.json];
  return equal_only_to_itself(a_text) && equal_only_to_itself(b_text) && equal_flat(a_text, b_text);
}

}  // namespace ydoc
