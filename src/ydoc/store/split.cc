#include "ydoc/store/split.h"

#include <string>

#include "ydoc/codec/update_writer.h"

namespace ydoc {
namespace {

using righttask::as_text;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

}  // namespace

void split_units(Item& left, UnitPlace place, Item& right) {
  switch (left.kind) {
    case ContentKind::string:
    case ContentKind::any:
    case ContentKind::json:
      break;
    default:
      return;
  }
  if (!place.second_half) {
    split_content(left, place.byte, right);
    return;
  }
  // One of the character's four bytes goes left and three go right, so that neither is moved.
  split_content(left, place.byte + 1, right);
  overwrite(left, place.byte, kReplacement.substr(0, 1));
  append_content(left, kReplacement.substr(1));
  overwrite(right, 0, kReplacement);
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
