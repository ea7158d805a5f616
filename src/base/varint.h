#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace righttask {

/// Eight groups of seven bits, one a byte from the lowest up, as one number of 56 bits.
[[nodiscard]] constexpr std::uint64_t join_groups(std::uint64_t word) noexcept {
  word &= 0x7f7f7f7f7f7f7f7f;
  word = (word & 0x007f007f007f007f) | ((word & 0x7f007f007f007f00) >> 1);
  word = (word & 0x00003fff00003fff) | ((word & 0x3fff00003fff0000) >> 2);
  return (word & 0x000000000fffffff) | ((word & 0x0fffffff00000000) >> 4);
}

/// The other way round, for a number below 2^56.
[[nodiscard]] constexpr std::uint64_t spread_groups(std::uint64_t number) noexcept {
  number = (number & 0x000000000fffffff) | ((number & 0x00fffffff0000000) << 4);
  number = (number & 0x00003fff00003fff) | ((number & 0x0fffc0000fffc000) << 2);
  return (number & 0x007f007f007f007f) | ((number & 0x3f803f803f803f80) << 1);
}

/// The bytes of a lib0 varint, signed or not, in a word with zeros above them.
struct VarintBytes {
  std::uint64_t word;
  unsigned size;  // 0: it cannot be had this way; up to 8
};

/// All at once, where the varint ends within the eight bytes at `at`, of which `left` may be read.
[[nodiscard]] inline VarintBytes load_varint(const std::uint8_t* at, std::size_t left) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (left >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      const std::uint64_t stops = ~word & 0x8080808080808080;
      if (stops != 0) {
        const int bits = std::countr_zero(stops) + 1;
        return {word & (~std::uint64_t{0} >> (64 - bits)), static_cast<unsigned>(bits / 8)};
      }
    }
  }
  return {0, 0};
}

/// A signed lib0 varint. `magnitude` below 2^48.
[[nodiscard]] constexpr VarintBytes signed_varint(std::uint64_t magnitude, bool negative) noexcept {
  const std::uint64_t bytes = spread_groups(magnitude >> 6) << 8 | (magnitude & 0x3f);
  const unsigned size = static_cast<unsigned>(std::bit_width(bytes) + 7) / 8;
  const unsigned more = size == 0 ? 0 : size - 1;  // bytes that another one follows
  const std::uint64_t marks = 0x8080808080808080 & ((std::uint64_t{1} << (8 * more)) - 1);
  return {bytes | marks | (negative ? 0x40U : 0U), more + 1};
}

/// What a signed varint's bytes mean, but for the sign, which is the bit 0x40 of the lowest.
[[nodiscard]] constexpr std::uint64_t signed_magnitude(std::uint64_t word) noexcept {
  return (word & 0x3f) | (join_groups(word >> 8) << 6);
}

}  // namespace righttask
