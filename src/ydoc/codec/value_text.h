#pragma once

#include <string>
#include <string_view>

#include "ydoc/any.h"
#include "ydoc/codec/byte_sink.h"

// The value of an embed, or of a format mark, as Block::text and a document hold it:
//
//   value_text := json | 0x00 any
//
// `json` is the text that JSON.stringify writes, and is used wherever that text says all of the
// value. What JSON cannot say (undefined, -0, NaN and the infinities, BigInt, bytes, alone or
// inside) stands in lib0's any encoding behind a NUL, which no JSON begins with. Encoding V2
// carries such values, V1 does not: there JSON.stringify has the last word. The form is unique, so
// that two values are the same exactly if their texts are.

namespace ydoc {

/// Whether the text is JSON.
[[nodiscard]] inline bool is_json(std::string_view value_text) {
  return value_text.empty() || value_text[0] != '\0';
}

/// Whether JavaScript tells this value from one read elsewhere with the same text: objects, arrays
/// and bytes compare by identity, and NaN differs from itself.
[[nodiscard]] bool equal_only_to_itself(std::string_view value_text);

[[nodiscard]] std::string value_text_of(const Any& value);
[[nodiscard]] Any value_of_text(std::string_view value_text);

/// What JSON.stringify gives: the text itself, or what is left of a value that JSON cannot say.
/// Undefined, which Yjs cannot write in V1, becomes null, and a BigInt its digits.
[[nodiscard]] std::string stringify(std::string_view value_text);

/// Appends the value in lib0's any encoding. O(text), without building the value.
void write_value(ByteSink& out, std::string_view value_text);

/// Appends one value of the any encoding, which has been checked and is spelled as lib0 spells it,
/// as JSON text. False, with `out` in no particular state, where JSON cannot say it.
[[nodiscard]] bool append_any_as_json(std::string& out, righttask::Reader& reader);

}  // namespace ydoc
