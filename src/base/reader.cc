#include "base/reader.h"

#include <bit>

#include "base/varint.h"

namespace righttask {
namespace {

std::uint64_t big_endian(ByteView bytes) noexcept {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = (value << 8) | byte;
  return value;
}

}  // namespace

Decoded<std::uint64_t> Reader::var_uint_slow() noexcept {
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (const std::uint8_t* p = at_; p != end_; ++p) {
    const std::uint64_t group = *p & 0x7f;
    if (shift < 46) {  // nothing up to here is too large
      value |= group << shift;
      shift += 7;
      if (*p >= 0x80) continue;
      at_ = p + 1;
      return value;
    }
    // Padding zeros may go on beyond 64 bits; any set bit there is too large.
    if (group != 0 && (shift > 49 || (group << shift) > kSafeIntegerMax - value)) {
      return fail(DecodeError::integer_too_large);
    }
    if (shift <= 49) value |= group << shift;
    shift += 7;
    if (*p < 0x80) {
      at_ = p + 1;
      return value;
    }
    if (shift > 140) return fail(DecodeError::integer_too_large);
  }
  return fail(DecodeError::truncated);
}

Decoded<Reader::VarInt> Reader::var_int_slow() noexcept {
  if (at_ == end_) return fail(DecodeError::truncated);
  if (const VarintBytes bytes = load_varint(at_, left()); bytes.size != 0) {
    const std::uint64_t magnitude = signed_magnitude(bytes.word);
    if (magnitude > kSafeIntegerMax) return fail(DecodeError::integer_too_large);
    at_ += bytes.size;
    const auto value = static_cast<std::int64_t>(magnitude);
    const bool negative = (bytes.word & 0x40) != 0;
    return VarInt{negative ? -value : value, negative && value == 0};
  }
  const std::uint8_t* p = at_;
  const bool negative = (*p & 0x40) != 0;
  std::uint64_t magnitude = *p & 0x3f;
  unsigned shift = 6;
  while (*p >= 0x80) {
    if (++p == end_) return fail(DecodeError::truncated);
    const std::uint64_t group = *p & 0x7f;
    if (shift < 46) {  // nothing up to here is too large
      magnitude |= group << shift;
      shift += 7;
      continue;
    }
    if (group != 0 && (shift > 52 || (group << shift) > kSafeIntegerMax - magnitude)) {
      return fail(DecodeError::integer_too_large);
    }
    if (shift <= 52) magnitude |= group << shift;
    shift += 7;
    if (shift > 140) return fail(DecodeError::integer_too_large);
  }
  at_ = p + 1;
  const auto value = static_cast<std::int64_t>(magnitude);
  return VarInt{negative ? -value : value, negative && value == 0};
}

Decoded<ByteView> Reader::var_bytes() noexcept {
  const std::uint8_t* const start = at_;
  const auto size = var_uint();
  if (!size) return fail(size.error());
  const auto view = take(*size);
  if (!view) at_ = start;
  return view;
}

Decoded<std::string_view> Reader::var_string() noexcept {
  const std::uint8_t* const start = at_;
  const auto view = var_bytes();
  if (!view) return fail(view.error());
  if (!is_utf8(*view)) {
    at_ = start;
    return fail(DecodeError::invalid_utf8);
  }
  return as_text(*view);
}

Decoded<float> Reader::float32() noexcept {
  const auto view = take(4);
  if (!view) return fail(view.error());
  return std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(*view)));
}

Decoded<double> Reader::float64() noexcept {
  const auto view = take(8);
  if (!view) return fail(view.error());
  return std::bit_cast<double>(big_endian(*view));
}

Decoded<std::int64_t> Reader::big_int64() noexcept {
  const auto view = take(8);
  if (!view) return fail(view.error());
  return static_cast<std::int64_t>(big_endian(*view));
}

Decoded<std::uint64_t> Reader::big_uint64() noexcept {
  const auto view = take(8);
  if (!view) return fail(view.error());
  return big_endian(*view);
}

}  // namespace righttask
