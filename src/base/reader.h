#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/decode_error.h"
#include "base/utf8.h"

namespace righttask {

inline constexpr std::uint64_t kSafeIntegerMax = (std::uint64_t{1} << 53) - 1;

/// Reads lib0 encodings from borrowed bytes. Views it returns point into those bytes.
/// After an error the reader has not moved past the value that failed.
/// Source: lib0 0.2, src/decoding.js. Facts: docs/spec/lib0.md.
class Reader {
 public:
  explicit Reader(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] bool done() const noexcept { return at_ == end_; }
  [[nodiscard]] ByteView rest() const noexcept { return {at_, left()}; }
  [[nodiscard]] const std::uint8_t* position() const noexcept { return at_; }

  [[nodiscard]] Decoded<std::uint8_t> byte() noexcept {
    if (at_ == end_) return fail(DecodeError::truncated);
    return *at_++;
  }

  /// lib0 unsigned varint: seven bits per byte, least significant group first, high bit set
  /// on all but the last byte. Non-minimal forms are accepted, as JavaScript does.
  /// Errors: truncated, integer_too_large (above 2^53-1).
  [[nodiscard]] Decoded<std::uint64_t> var_uint() noexcept {
    if (at_ != end_ && *at_ < 0x80) return *at_++;
    return var_uint_slow();
  }

  /// lib0 signed varint. `negative_zero` tells "-0", which JavaScript distinguishes.
  /// Errors: truncated, integer_too_large (magnitude above 2^53-1).
  struct VarInt {
    std::int64_t value;
    bool negative_zero;
  };
  [[nodiscard]] Decoded<VarInt> var_int() noexcept {
    if (at_ == end_ || *at_ >= 0x80) return var_int_slow();
    const auto value = static_cast<std::int64_t>(*at_ & 0x3f);
    const bool negative = (*at_++ & 0x40) != 0;
    return VarInt{negative ? -value : value, negative && value == 0};
  }

  /// Exactly `size` bytes. Errors: truncated; nothing is allocated.
  [[nodiscard]] Decoded<ByteView> take(std::uint64_t size) noexcept {
    if (size > left()) return fail(DecodeError::truncated);
    const ByteView view{at_, static_cast<std::size_t>(size)};
    at_ += size;
    return view;
  }

  /// Bytes behind their length. Errors: truncated, integer_too_large.
  [[nodiscard]] Decoded<ByteView> var_bytes() noexcept;

  /// UTF-8 behind its length in bytes. Errors: as var_bytes, invalid_utf8.
  [[nodiscard]] Decoded<std::string_view> var_string() noexcept;

  [[nodiscard]] Decoded<float> float32() noexcept;             // big-endian, as DataView writes it
  [[nodiscard]] Decoded<double> float64() noexcept;            // big-endian
  [[nodiscard]] Decoded<std::int64_t> big_int64() noexcept;    // big-endian
  [[nodiscard]] Decoded<std::uint64_t> big_uint64() noexcept;  // big-endian

 private:
  [[nodiscard]] Decoded<std::uint64_t> var_uint_slow() noexcept;
  [[nodiscard]] Decoded<VarInt> var_int_slow() noexcept;

  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace righttask
