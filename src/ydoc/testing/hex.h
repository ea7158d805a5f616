#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"

namespace ydoc::testing {

/// Bytes as golden cases write them: "0a ff", spaces ignored.
[[nodiscard]] inline righttask::Bytes from_hex(std::string_view text) {
  const auto digit = [](char c) {
    CHECK((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  righttask::Bytes bytes;
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits.push_back(c);
  }
  CHECK(digits.size() % 2 == 0);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(digit(digits[i]) * 16 + digit(digits[i + 1])));
  }
  return bytes;
}

[[nodiscard]] inline std::string to_hex(righttask::ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 0xf]);
  }
  return out;
}

}  // namespace ydoc::testing
