#pragma once

#include <string_view>

#include "base/decode_error.h"
#include "base/reader.h"

namespace ydoc {

/// Whether bytes that decode are spelled as Yjs would write the value they decode to. Where they
/// are, they can be copied; otherwise they are rewritten, so that our bytes equal Yjs's.
enum class Spelling { canonical, foreign };

/// Walks over one value of lib0's any encoding. Allocates only for objects of more than sixteen
/// members that are in order so far. `tree_bytes` receives the memory that building and
/// respelling the value would take at most, its text aside. Errors: as read_any.
[[nodiscard]] righttask::Decoded<Spelling> check_any(righttask::Reader& reader, unsigned depth_max,
                                                     std::size_t& tree_bytes);
[[nodiscard]] righttask::Decoded<Spelling> check_any(righttask::Reader& reader, unsigned depth_max);

/// Moves over up to `most` whole numbers spelled as Yjs does, and says how many they were; what is
/// left takes check_any. For long arrays of them.
[[nodiscard]] std::uint64_t skip_integers(righttask::Reader& reader, std::uint64_t most);

/// Checks a whole JSON text. Errors: invalid_json, json_too_deep. The text is valid UTF-8.
[[nodiscard]] righttask::Decoded<Spelling> check_json(std::string_view text, unsigned depth_max);

/// What `tree_bytes` is to check_any, of a JSON text that has been checked. O(text).
[[nodiscard]] std::size_t json_tree_bytes(std::string_view text);

}  // namespace ydoc
