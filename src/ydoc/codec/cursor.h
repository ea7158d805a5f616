#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/reader.h"
#include "base/utf8.h"
#include "base/varint.h"

namespace ydoc {

/// Well-formed UTF-8 and its length in UTF-16 code units.
struct CheckedText {
  std::string_view text;
  std::uint64_t units;
};

/// What the update decoders' hot path reads with: a Reader's varuints and texts, eight bytes at
/// a time. Everything else goes through reader() and advance_to().
class Cursor {
 public:
  explicit Cursor(righttask::ByteView bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] righttask::ByteView rest() const { return {at_, left()}; }

  /// A reader of what is left, and the way back from it.
  [[nodiscard]] righttask::Reader reader() const { return righttask::Reader({at_, left()}); }
  void advance_to(const righttask::Reader& reader) { at_ = reader.position(); }

  [[nodiscard]] righttask::Decoded<std::uint8_t> byte() {
    if (at_ == end_) return righttask::fail(righttask::DecodeError::truncated);
    return *at_++;
  }

  /// As Reader::var_uint.
  [[nodiscard]] righttask::Decoded<std::uint64_t> var_uint() {
    if (at_ != end_ && *at_ < 0x80) return *at_++;
    if (const auto bytes = righttask::load_varint(at_, left()); bytes.size != 0) {
      const std::uint64_t value = righttask::join_groups(bytes.word);
      if (value > righttask::kSafeIntegerMax) {
        return righttask::fail(righttask::DecodeError::integer_too_large);
      }
      at_ += bytes.size;
      return value;
    }
    auto slow = reader();
    const auto value = slow.var_uint();
    advance_to(slow);
    return value;
  }

  /// A lib0 signed varint with sign and magnitude apart, since lib0's columns tell -0 from 0.
  /// Errors: truncated, integer_too_large (magnitude above `most`, which is below 2^55).
  struct Signed {
    std::uint64_t magnitude;
    bool negative;
  };
  [[nodiscard]] righttask::Decoded<void> var_int(Signed& into, std::uint64_t most) {
    if (at_ == end_) return righttask::fail(righttask::DecodeError::truncated);
    const std::uint8_t first = *at_;
    into.negative = (first & 0x40) != 0;
    if (first < 0x80) {
      ++at_;
      into.magnitude = first & 0x3f;
      return {};
    }
    return long_var_int(into, most);
  }

  /// As Reader::var_bytes.
  [[nodiscard]] righttask::Decoded<righttask::ByteView> var_bytes() {
    const auto size = var_uint();
    if (!size) return righttask::fail(size.error());
    if (*size > left()) return righttask::fail(righttask::DecodeError::truncated);
    const righttask::ByteView view{at_, static_cast<std::size_t>(*size)};
    at_ += *size;
    return view;
  }

  /// As Reader::var_string, with the length that Yjs counts.
  [[nodiscard]] righttask::Decoded<CheckedText> var_text() {
    const auto bytes = var_bytes();
    if (!bytes) return righttask::fail(bytes.error());
    const auto text = righttask::as_text(*bytes);
    if (is_ascii(*bytes)) return CheckedText{text, text.size()};
    if (!righttask::is_utf8(*bytes)) {
      return righttask::fail(righttask::DecodeError::invalid_utf8);
    }
    return CheckedText{text, righttask::utf16_length(text)};
  }

 private:
  [[nodiscard]] righttask::Decoded<void> long_var_int(Signed& into, std::uint64_t most) {
    if (const auto bytes = righttask::load_varint(at_, left()); bytes.size != 0) {
      into.magnitude = righttask::signed_magnitude(bytes.word);
      if (into.magnitude > most) {
        return righttask::fail(righttask::DecodeError::integer_too_large);
      }
      at_ += bytes.size;
      return {};
    }
    std::uint64_t magnitude = *at_ & 0x3f;
    for (std::size_t i = 1, shift = 6;; ++i, shift += 7) {
      if (i == left()) return righttask::fail(righttask::DecodeError::truncated);
      const std::uint64_t group = at_[i] & 0x7f;
      if (shift < 55) {
        magnitude |= group << shift;
      } else if (group != 0) {
        return righttask::fail(righttask::DecodeError::integer_too_large);
      }
      if (at_[i] >= 0x80) continue;
      if (magnitude > most) return righttask::fail(righttask::DecodeError::integer_too_large);
      into.magnitude = magnitude;
      at_ += i + 1;
      return {};
    }
  }

  static bool is_ascii(righttask::ByteView bytes) {
    const std::uint8_t* at = bytes.data();
    const std::uint8_t* const end = at + bytes.size();
    std::uint64_t seen = 0;
    for (; end - at >= 32; at += 32) {  // in one step where the machine has such words
      std::uint64_t words[4];
      std::memcpy(words, at, 32);
      seen |= words[0] | words[1] | words[2] | words[3];
    }
    for (; end - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      seen |= word;
    }
    for (; at != end; ++at) seen |= *at;
    return (seen & 0x8080808080808080) == 0;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace ydoc
