#pragma once

#include <string>
#include <string_view>

#include "ydoc/any.h"

namespace ydoc {

/// String(value) as JavaScript gives it: "[object Object]", arrays joined with commas, "null".
void append_js_string(std::string& out, const Any& value);

/// The order in which JavaScript sorts strings: by UTF-16 code units. `a` before `b`.
[[nodiscard]] bool js_less(std::string_view a, std::string_view b);

/// Calls `visit(unit)` for each UTF-16 code unit, a lone half of a pair in its three-byte form.
template <typename Visit>
void for_each_unit(std::string_view utf8, Visit&& visit) {
  const auto half = [&](std::uint32_t unit) {
    const char bytes[] = {static_cast<char>(0xe0 | (unit >> 12)),
                          static_cast<char>(0x80 | ((unit >> 6) & 0x3f)),
                          static_cast<char>(0x80 | (unit & 0x3f))};
    visit(std::string_view(bytes, sizeof bytes));
  };
  while (!utf8.empty()) {
    const auto lead = static_cast<unsigned char>(utf8.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (size < 4) {
      visit(utf8.substr(0, size));
    } else {
      std::uint32_t point = lead & 0x07;
      for (std::size_t i = 1; i < 4; ++i) {
        point = (point << 6) | (static_cast<unsigned char>(utf8[i]) & 0x3f);
      }
      point -= 0x10000;
      half(0xd800 + (point >> 10));
      half(0xdc00 + (point & 0x3ff));
    }
    utf8.remove_prefix(size);
  }
}

}  // namespace ydoc
