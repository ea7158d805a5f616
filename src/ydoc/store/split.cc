#include "ydoc/store/split.h"

#include <string>

#include "ydoc/codec/update_writer.h"

namespace ydoc {
namespace {

using righttask::as_text;
using righttask::byte_view;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t kPairBytes = 4;                      // a character beyond U+FFFF in UTF-8

void split_string(Item& left, std::uint32_t offset, Item& right) {
  const std::string_view text = left.bytes();
  if (text.size() == left.length) {  // ASCII
    split_content(left, offset, right);
    return;
  }
  const TextTail tail = text_from(text, offset);
  const std::size_t cut = text.size() - tail.rest.size();
  if (!tail.replacement_first) {
    split_content(left, cut, right);
    return;
  }
  // `cut` lies behind the pair: its bytes are the last of the left part.
  split_content(left, cut, right);
  replace_end(left, kPairBytes, kReplacement);
  replace_front(right, 0, kReplacement);
}

}  // namespace

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
      const TextTail tail = text_from(block.text, offset);
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
      return true;
    case ContentKind::string:
    case ContentKind::any:
    case ContentKind::json:
      return left.bytes().size() + right.bytes().size() <= kContentMax;
    default:
      return false;
  }
}

}  // namespace ydoc
