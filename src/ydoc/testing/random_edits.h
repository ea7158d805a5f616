#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/rng.h"
#include "ydoc/types/shared.h"

// Values and edits at random, for tests that are repeated with many seeds.

namespace ydoc {

using righttask::Rng;

// Nothing outside the basic plane: a replica may cut such a character where nothing comes of it,
// which the others do not hear of (DOC-23).
inline constexpr std::string_view kTexts[] = {"a", "bc", "typed text", "ü≈", "日本", "\n"};
inline constexpr std::string_view kKeys[] = {"a", "b", "10", "9", ""};

template <typename T, std::size_t n>
const T& pick(Rng& rng, const T (&list)[n]) {
  return list[rng.below(n)];
}

inline TextFormat random_format(Rng& rng) {
  const TextFormat formats[] = {{{"bold", Any{true}}},
                                {{"bold", Any{Null{}}}},
                                {{"link", Any{Any::Object{{"href", Any{"x"}}}}}},
                                {{"link", Any{Any::Array{Any{Any::Array{}}}}}},
                                {{"link", Any{Null{}}}, {"bold", Any{true}}},
                                {}};
  return pick(rng, formats);
}

inline NewType random_type(Rng& rng) {
  switch (rng.below(5)) {
    case 0:
      return NewType::text(pick(rng, kTexts));
    case 1:
      return NewType::array({1, pick(rng, kTexts)});
    case 2:
      return NewType::map({{std::string(pick(rng, kKeys)), NewType::text("in")}});
    case 3:
      return NewType::xml_text(pick(rng, kTexts));
    default:
      return NewType::xml_element("p", {NewType::xml_text("x")}, {{"id", 1}});
  }
}

inline NewType random_node(Rng& rng) {
  if (rng.chance(2)) return NewType::xml_text(pick(rng, kTexts));
  return NewType::xml_element("p", {NewType::xml_text("x")}, {{"id", 1}});
}

inline NewValue random_value(Rng& rng) {
  if (rng.chance(3)) return random_type(rng);
  if (rng.chance(10)) return Any{Bytes{1, 2, 3}};
  return static_cast<double>(rng.below(1000));
}

inline Edited edit_array(Rng& rng, Array array) {
  const std::uint32_t at = rng.below(array.size() + 1);
  if (rng.chance(3)) return array.remove(at, std::min(array.size() - at, rng.below(5)));
  if (rng.chance(6)) return array.push({random_value(rng)});
  return array.insert(at, {random_value(rng), random_value(rng)});
}

inline Edited edit_xml(Rng& rng, XmlFragment xml) {
  const std::uint32_t at = rng.below(xml.size() + 1);
  if (rng.chance(3)) return xml.remove(at, std::min(xml.size() - at, rng.below(3)));
  return xml.insert(at, {random_node(rng)});
}

inline Edited edit_map(Rng& rng, Map map) {
  if (rng.chance(4)) return map.remove(pick(rng, kKeys));
  if (rng.chance(30)) return map.clear();
  return map.set(pick(rng, kKeys), random_value(rng));
}

/// A shared type inside, if the value at a random place is one.
inline std::optional<Shared> inside(Rng& rng, const Shared& type) {
  Value value = Any{};
  if (const auto array = as<Array>(type)) value = array->get(rng.below(array->size() + 1));
  if (const auto map = as<Map>(type)) value = map->get(pick(rng, kKeys));
  if (const auto xml = as<XmlFragment>(type)) value = xml->get(rng.below(xml->size() + 1));
  const auto* const found = std::get_if<Shared>(&value);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace ydoc
