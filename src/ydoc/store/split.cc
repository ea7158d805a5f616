#include "ydoc/store/split.h"

#include <string>

#include "ydoc/codec/update_writer.h"

namespace ydoc {
namespace {

using righttask::as_text;
using righttask::byte_view;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t kPairBytes = 4;                      // a character beyond U+FFFF in UTF-8

/// Where a unit of a text is: the byte at which its character starts, and whether it is the second
/// half of that character.
struct UnitPlace {
  std::size_t byte;
  bool second_half;
};

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}
std::uint32_t units_of(char lead) {
  return static_cast<unsigned char>(lead) >= 0xf0 ? 2 : 1;
}

/// From the nearer end of a text of `units` units. O(bytes passed).
UnitPlace find_unit(std::string_view text, std::uint32_t units, std::uint32_t offset) {
  if (text.size() == units) return {offset, false};  // ASCII
  if (offset <= units / 2) {
    std::uint32_t passed = 0;
    for (std::size_t byte = 0;; ++byte) {
      if (!starts_character(text[byte])) continue;
      if (passed == offset) return {byte, false};
      passed += units_of(text[byte]);
      if (passed > offset) return {byte, true};
    }
  }
  std::uint32_t left = units;
  for (std::size_t byte = text.size(); byte-- > 0;) {
    if (!starts_character(text[byte])) continue;
    left -= units_of(text[byte]);
    if (left == offset) return {byte, false};
    if (left < offset) return {byte, true};
  }
  return {0, false};
}

void split_string(Item& left, std::uint32_t offset, Item& right) {
  const UnitPlace place = find_unit(left.bytes(), left.length, offset);
  if (!place.second_half) {
    split_content(left, place.byte, right);
    return;
  }
  split_content(left, place.byte + kPairBytes, right);
  replace_end(left, kPairBytes, kReplacement);
  replace_front(right, 0, kReplacement);
}

}  // namespace

bool cuts_pair(const Item& item, std::uint32_t offset) {
  const std::string_view text = item.bytes();
  return item.kind == ContentKind::string && text.size() != item.length &&
         find_unit(text, item.length, offset).second_half;
}

void split_units(Item& left, std::uint32_t offset, Item& right) {
  switch (left.kind) {
    case ContentKind::string:
      split_string(left, offset, right);
      break;
    case ContentKind::any:
      split_content(left, any_bytes(byte_view(left.bytes()), offset), right);
      break;
    case ContentKind::json:
      split_content(left, json_bytes(byte_view(left.bytes()), offset), right);
      break;
    default:
      break;
  }
}

bool set_units(Item& item, const Block& block, std::uint32_t offset) {
  switch (block.kind) {
    case ContentKind::string: {
      if (offset == 0) {
        set_content(item, block.text);
        break;
      }
      const TextTail tail = text_from(block.text, block.length, offset);
      set_content(item, tail.rest);
      if (tail.replacement_first) replace_front(item, 0, kReplacement);
      break;
    }
    case ContentKind::any:
      set_content(item, as_text(block.data.subspan(offset ? any_bytes(block.data, offset) : 0)));
      break;
    case ContentKind::json:
      set_content(item, as_text(block.data.subspan(offset ? json_bytes(block.data, offset) : 0)));
      break;
    case ContentKind::embed:
      set_content(item, block.text);
      break;
    case ContentKind::binary:
      set_content(item, as_text(block.data));
      break;
    case ContentKind::doc: {
      const auto guid_size = static_cast<std::uint32_t>(block.text.size());
      std::string bytes(reinterpret_cast<const char*>(&guid_size), sizeof guid_size);
      bytes.append(block.text).append(as_text(block.data));
      set_content(item, bytes);
      break;
    }
    case ContentKind::format:
    case ContentKind::type:
      return false;
    case ContentKind::deleted:
    case ContentKind::gc:
    case ContentKind::skip:
      break;
  }
  return true;
}

bool content_merges(const Item& left, const Item& right) {
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case ContentKind::deleted:
    case ContentKind::string:
    case ContentKind::any:
    case ContentKind::json:
      return true;
    default:
      return false;
  }
}

}  // namespace ydoc
