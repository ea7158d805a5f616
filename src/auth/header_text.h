#pragma once

#include <string>
#include <string_view>

// What header values are made of (RFC 9110, section 5.6). Inside auth alone.

namespace righttask::auth {

/// Without white space around it.
[[nodiscard]] inline std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// ASCII letters alone: names of schemes, headers and parameters.
[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace righttask::auth
