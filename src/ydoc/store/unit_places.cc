#include "ydoc/store/unit_places.h"

#include <algorithm>

#include "ydoc/codec/update_writer.h"

namespace ydoc {
namespace {

using righttask::byte_view;

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}
std::uint32_t units_of(char lead) {
  return static_cast<unsigned char>(lead) >= 0xf0 ? 2 : 1;
}

UnitPlace count_characters(std::string_view text, std::uint32_t units, std::uint32_t offset) {
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

/// How many bytes the character or value at `byte` takes.
std::size_t size_at(ContentKind kind, std::string_view content, std::size_t byte) {
  const std::string_view rest = content.substr(byte);
  if (kind != ContentKind::string) return values_bytes(kind, byte_view(rest), 1);
  std::size_t size = 1;
  while (size < rest.size() && !starts_character(rest[size])) ++size;
  return size;
}

}  // namespace

UnitPlace count_units(const Item& item, std::uint32_t offset) {
  switch (item.kind) {
    case ContentKind::string:
      return count_characters(item.bytes(), item.length, offset);
    case ContentKind::any:
    case ContentKind::json:
      return {values_bytes(item.kind, byte_view(item.bytes()), offset), false};
    default:
      return {};
  }
}

UnitPlace UnitPlaces::find(const Item& item, ItemRef ref, std::uint32_t offset) {
  const std::string_view content = item.bytes();
  const bool text = item.kind == ContentKind::string;
  const bool values = item.kind == ContentKind::any || item.kind == ContentKind::json;
  const bool countless = text ? content.size() == item.length : !values;
  if (countless || counted_ < kFreeBytes || content.size() <= kStrideBytes) {
    const UnitPlace place = count_units(item, offset);
    if (!countless)
      counted_ += text ? std::min(place.byte, content.size() - place.byte) : place.byte;
    return place;
  }
  Window& window = windows_[ref];
  if (window.marks == nullptr) window.marks = std::make_shared<std::vector<Mark>>();
  std::vector<Mark>& marks = *window.marks;
  const std::uint32_t wanted = window.unit + offset;
  const auto behind = std::ranges::upper_bound(marks, wanted, {}, &Mark::unit);
  const bool further = behind == marks.end();  // than anyone has come
  Mark at{window.unit, window.byte};
  if (behind != marks.begin() && std::prev(behind)->unit > at.unit) at = *std::prev(behind);
  std::uint32_t marked = at.byte;
  while (at.unit != wanted) {
    const std::size_t byte = at.byte - window.byte;
    const std::uint32_t units = text ? units_of(content[byte]) : 1;
    if (wanted - at.unit < units) return {byte, true};
    at.unit += units;
    at.byte += static_cast<std::uint32_t>(size_at(item.kind, content, byte));
    if (further && at.byte - marked >= kStrideBytes) {
      marks.push_back(at);
      marked = at.byte;
    }
  }
  return {at.byte - window.byte, false};
}

void UnitPlaces::cut(ItemRef left, ItemRef right, std::uint32_t offset, UnitPlace place) {
  if (windows_.empty()) return;
  const auto found = windows_.find(left);
  if (found == windows_.end()) return;
  Window window = found->second;
  window.unit += offset;
  // Of a character cut in two the right piece has three bytes.
  window.byte += static_cast<std::uint32_t>(place.byte) + (place.second_half ? 1 : 0);
  windows_.insert_or_assign(right, std::move(window));
}

void UnitPlaces::clear() {
  counted_ = 0;
  if (!windows_.empty()) std::unordered_map<ItemRef, Window>().swap(windows_);
}

}  // namespace ydoc
