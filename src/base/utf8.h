#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace righttask {

/// Whether the bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing above
/// U+10FFFF. O(n), eight bytes at a time where they are ASCII.
[[nodiscard]] bool is_utf8(ByteView bytes) noexcept;

/// The length in UTF-16 code units of well-formed UTF-8.
[[nodiscard]] std::size_t utf16_length(std::string_view utf8) noexcept;

/// Checks a stream of UTF-8 piece by piece, as the fragments of a WebSocket message arrive.
class Utf8Checker {
 public:
  /// False as soon as no continuation could make the stream well-formed.
  [[nodiscard]] bool feed(ByteView bytes) noexcept;

  /// Whether the stream may end here, between characters.
  [[nodiscard]] bool complete() const noexcept { return needed_ == 0; }

 private:
  std::uint8_t needed_ = 0;  // continuation bytes still to come
  std::uint8_t low_ = 0x80;  // bounds of the next one
  std::uint8_t high_ = 0xbf;
};

}  // namespace righttask
