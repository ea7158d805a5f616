#pragma once

#include <cstdint>

#include "ydoc/update.h"

namespace ydoc {

/// The shared types. A root that nobody declared is `unknown`: the wire does not say what it is.
enum class TypeKind : std::uint8_t {
  array,
  map,
  text,
  xml_element,
  xml_fragment,
  xml_hook,
  xml_text,
  unknown,
};

[[nodiscard]] inline TypeKind kind_of(TypeRef ref) {
  return static_cast<TypeKind>(ref);
}
[[nodiscard]] inline bool is_text(TypeKind kind) {
  return kind == TypeKind::text || kind == TypeKind::xml_text;
}

}  // namespace ydoc
