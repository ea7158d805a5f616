#pragma once

#include "ydoc/store/unit_places.h"

namespace ydoc {

/// No item's content grows beyond this many bytes by merging.
inline constexpr std::size_t kContentMax = 0x7fffffff;

/// Moves the units of `left` from the one at `place` on into `right`, whose kind is set and whose
/// content is empty; lengths are the caller's. A cut inside a surrogate pair turns both halves into
/// U+FFFD. `left` is of a kind that may be longer than 1.
/// Source: Yjs 13.6, src/structs/Content*.js, splice.
void split_units(Item& left, UnitPlace place, Item& right);

/// Fills an empty item with the units of a block from `offset` on. Types and formats are not
/// content in this sense: false for them.
bool set_units(Item& item, const Block& block, std::uint32_t offset);

/// Whether content of the same kind, side by side, may become one.
[[nodiscard]] bool content_merges(const Item& left, const Item& right);

}  // namespace ydoc
