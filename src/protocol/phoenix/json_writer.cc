#include "protocol/phoenix/json_writer.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace righttask::protocol::phoenix {
namespace {

/// A byte in decimal and the comma behind it, in four characters of which `length` count.
struct ListItem {
  std::array<char, 4> text;
  std::uint8_t length;
};

constexpr std::array<ListItem, 256> kListItems = [] {
  std::array<ListItem, 256> items{};
  for (unsigned value = 0; value < 256; ++value) {
    ListItem& item = items[value];
    for (unsigned unit = value >= 100 ? 100 : value >= 10 ? 10 : 1; unit > 0; unit /= 10) {
      item.text[item.length++] = static_cast<char>('0' + value / unit % 10);
    }
    item.text[item.length++] = ',';
  }
  return items;
}();

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escaped(Bytes& out, unsigned char c) {
  out.push_back('\\');
  switch (c) {
    case '"':
    case '\\':
      out.push_back(c);
      return;
    case '\n':
      out.push_back('n');
      return;
    default:
      append(out, "u00");
      out.push_back(static_cast<std::uint8_t>(kHexDigits[c >> 4]));
      out.push_back(static_cast<std::uint8_t>(kHexDigits[c & 0xf]));
  }
}

}  // namespace

void append_json_string(Bytes& out, std::string_view utf8) {
  out.push_back('"');
  std::size_t written = 0;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    append(out, utf8.substr(written, i - written));
    append_escaped(out, c);
    written = i + 1;
  }
  append(out, utf8.substr(written));
  out.push_back('"');
}

void append_byte_list(Bytes& out, ByteView bytes) {
  const std::size_t start = out.size();
  // Each item is written as four characters and the next one over what of them does not count.
  out.resize(start + 2 + 4 * bytes.size());
  std::uint8_t* at = out.data() + start;
  *at++ = '[';
  for (const std::uint8_t byte : bytes) {
    const ListItem& item = kListItems[byte];
    std::memcpy(at, item.text.data(), item.text.size());
    at += item.length;
  }
  if (!bytes.empty()) --at;  // the last comma
  *at++ = ']';
  out.resize(static_cast<std::size_t>(at - out.data()));
}

}  // namespace righttask::protocol::phoenix
