#include "ydoc/codec/column_reader.h"

#include <bit>
#include <cstring>

namespace ydoc {

using righttask::Decoded;
using righttask::DecodeError;
using righttask::fail;

Decoded<void> StringColumnReader::open(righttask::ByteView bytes) {
  Cursor in(bytes);
  const auto all = in.var_text();
  if (!all) return fail(all.error());
  at_ = all->text.data();
  end_ = at_ + all->text.size();
  ascii_ = all->units == all->text.size();
  lengths_ = UintOptRleReader(in.rest());
  return {};
}

namespace {

/// UTF-16 code units that begin in eight bytes of UTF-8: one for each byte that does not continue
/// a character, one more for each that begins a character of four bytes.
unsigned units_in(std::uint64_t word) {
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const std::uint64_t continued = word & (~word << 1) & kHigh;
  const std::uint64_t astral = word & (word << 1) & (word << 2) & (word << 3) & kHigh;
  return 8 - static_cast<unsigned>(std::popcount(continued)) +
         static_cast<unsigned>(std::popcount(astral));
}

}  // namespace

Decoded<StringColumnReader::Piece> StringColumnReader::next_wide(std::uint64_t units) {
  Piece piece{{}, units, false, false};
  std::uint64_t wanted = units;
  if (inside_pair_ && wanted > 0) {
    piece.begins_with_half = true;
    inside_pair_ = false;
    at_ += 4;
    --wanted;
  }
  const char* at = at_;
  while (wanted > 9 && end_ - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    wanted -= units_in(word);  // at most 9: seven characters and the first byte of a pair
    at += 8;
  }
  // The first byte that begins a character which has not been counted.
  while (at != end_ && (static_cast<unsigned char>(*at) & 0xc0) == 0x80) ++at;
  for (; wanted > 0; --wanted) {
    if (at == end_) return fail(DecodeError::invalid_column);
    const auto lead = static_cast<unsigned char>(*at);
    if (lead >= 0xf0) {
      if (wanted == 1) {
        piece.ends_with_half = inside_pair_ = true;
        break;
      }
      --wanted;
    }
    at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  piece.text = {at_, static_cast<std::size_t>(at - at_)};
  at_ = at;
  return piece;
}

}  // namespace ydoc
