#include "base/utf8.h"

#include <cstring>

namespace righttask {

bool is_utf8(ByteView bytes) noexcept {
  Utf8Checker checker;
  return checker.feed(bytes) && checker.complete();
}

std::size_t utf16_length(std::string_view utf8) noexcept {
  std::size_t length = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<std::uint8_t>(c);
    length += (byte & 0xc0) != 0x80;  // one unit per character,
    length += byte >= 0xf0;           // two above U+FFFF
  }
  return length;
}

bool Utf8Checker::feed(ByteView bytes) noexcept {
  std::size_t i = 0;
  while (i < bytes.size()) {
    if (needed_ == 0) {
      while (i + 8 <= bytes.size()) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data() + i, 8);
        if ((word & 0x8080808080808080) != 0) break;
        i += 8;
      }
      if (i == bytes.size()) break;
      const std::uint8_t lead = bytes[i++];
      if (lead < 0x80) continue;
      low_ = 0x80;
      high_ = 0xbf;
      if (lead >= 0xc2 && lead <= 0xdf) {
        needed_ = 1;
      } else if (lead >= 0xe0 && lead <= 0xef) {
        needed_ = 2;
        if (lead == 0xe0) low_ = 0xa0;   // overlong
        if (lead == 0xed) high_ = 0x9f;  // surrogates
      } else if (lead >= 0xf0 && lead <= 0xf4) {
        needed_ = 3;
        if (lead == 0xf0) low_ = 0x90;   // overlong
        if (lead == 0xf4) high_ = 0x8f;  // above U+10FFFF
      } else {
        return false;
      }
      continue;
    }
    const std::uint8_t next = bytes[i++];
    if (next < low_ || next > high_) return false;
    low_ = 0x80;
    high_ = 0xbf;
    --needed_;
  }
  return true;
}

}  // namespace righttask
