#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace righttask {

/// Appends lib0 encodings to bytes it owns. Source: lib0 0.2, src/encoding.js.
class Writer {
 public:
  void byte(std::uint8_t value) { out_.push_back(value); }

  void var_uint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<std::uint8_t>(value));
  }

  /// `negative_zero` writes "-0", which differs from 0 on the wire.
  void var_int(std::int64_t value, bool negative_zero = false) {
    const bool negative = value < 0 || negative_zero;
    std::uint64_t magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    out_.push_back(static_cast<std::uint8_t>((magnitude > 0x3f ? 0x80U : 0U) |
                                             (negative ? 0x40U : 0U) | (magnitude & 0x3f)));
    magnitude >>= 6;
    while (magnitude > 0) {
      out_.push_back(
          static_cast<std::uint8_t>((magnitude > 0x7f ? 0x80U : 0U) | (magnitude & 0x7f)));
      magnitude >>= 7;
    }
  }

  void raw(ByteView bytes) { append(out_, bytes); }
  void var_bytes(ByteView bytes) { var_uint(bytes.size()), raw(bytes); }
  void var_string(std::string_view utf8) { var_bytes(byte_view(utf8)); }

  void float32(float value) { big_endian(std::bit_cast<std::uint32_t>(value), 4); }
  void float64(double value) { big_endian(std::bit_cast<std::uint64_t>(value), 8); }
  void big_int64(std::int64_t value) { big_endian(static_cast<std::uint64_t>(value), 8); }
  void big_uint64(std::uint64_t value) { big_endian(value, 8); }

  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] ByteView view() const { return out_; }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  void big_endian(std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  Bytes out_;
};

}  // namespace righttask
