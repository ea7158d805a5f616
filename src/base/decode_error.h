#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace righttask {

/// Why bytes in a lib0-based encoding were refused. Specific, so that a log line or a close
/// reason says what is wrong with the sender.
enum class DecodeError : std::uint8_t {
  truncated,          // the input ends inside a value
  trailing_bytes,     // a complete value, and then more
  integer_too_large,  // above 2^53-1, which JavaScript peers cannot hold
  invalid_utf8,
  invalid_any_tag,
  any_too_deep,
  invalid_json,
  json_too_deep,
  count_exceeds_input,  // a declared count that the bytes left cannot hold
  too_many_structs,
  clock_overflow,  // clock + length leaves the supported range
  invalid_content_kind,
  invalid_type_ref,
  empty_struct,      // a struct of length zero
  unknown_encoding,  // V2 feature flag or version
  invalid_column,    // a V2 run-length column that contradicts the others
  unknown_message,   // sync or awareness message of no known kind
  invalid_position,  // a relative position of no known kind, or a value that is none
};

/// "truncated", "invalid_utf8", …
[[nodiscard]] std::string_view to_string(DecodeError error) noexcept;

template <typename T>
using Decoded = Result<T, DecodeError>;

}  // namespace righttask
