#pragma once

#include <cstdint>
#include <type_traits>

#include "base/utf8.h"
#include "ydoc/codec/cursor.h"

// The columns of lib0, from which encoding V2 is made:
//
//   rle          := { value count-1:varuint } [value]      the last value goes on for ever
//   int_diff     := { difference:varint }
//   rle_int_diff := { difference:varint count-1:varuint } [difference]
//   uint_opt_rle := { value:varint | -value:varint count-2:varuint }       "-0" for runs of 0
//   inc_uint     := as uint_opt_rle, but a run counts upwards
//   int_diff_opt := { (2*difference):varint | (2*difference+1):varint count-2:varuint }
//   strings      := all:varstring lengths:uint_opt_rle                     UTF-16 code units
//
// Readers hold a run as (value, how many are left): a run of 2^50 costs what a run of two costs,
// and nothing is ever allocated. All borrow their bytes. `complete()` says that every value has
// been read. Errors: truncated, integer_too_large, invalid_column (a value that cannot be).
// Source: lib0 0.2, src/decoding.js. Rules: docs/spec/update.md.

namespace ydoc {

/// RleDecoder over the values that `kRead` reads.
template <auto kRead>
class RleReader {
 public:
  using Value = typename std::invoke_result_t<decltype(kRead), Cursor&>::value_type;

  RleReader() = default;
  explicit RleReader(righttask::ByteView bytes) : in_(bytes) {}

  [[nodiscard]] righttask::Decoded<Value> next() {
    if (left_ == 0) {
      if (const auto begun = begin_run(); !begun) return righttask::fail(begun.error());
    }
    --left_;
    return value_;
  }
  [[nodiscard]] bool complete() const { return in_.left() == 0 && (left_ == 0 || endless_); }

 private:
  [[nodiscard]] righttask::Decoded<void> begin_run() {
    const auto value = (in_.*kRead)();
    if (!value) return righttask::fail(value.error());
    endless_ = in_.left() == 0;
    if (endless_) {
      left_ = ~std::uint64_t{0};
    } else {
      const auto more = in_.var_uint();
      if (!more) return righttask::fail(more.error());
      left_ = *more + 1;
    }
    value_ = *value;
    return {};
  }

  Cursor in_{{}};
  std::uint64_t left_ = 0;
  Value value_ = 0;
  bool endless_ = false;
};
using RleByteReader = RleReader<&Cursor::byte>;
using RleVarUintReader = RleReader<&Cursor::var_uint>;

/// UintOptRleDecoder.
class UintOptRleReader {
 public:
  UintOptRleReader() = default;
  explicit UintOptRleReader(righttask::ByteView bytes) : in_(bytes) {}

  [[nodiscard]] righttask::Decoded<std::uint64_t> next() {
    if (left_ == 0) {
      if (const auto begun = begin_run(); !begun) return righttask::fail(begun.error());
    }
    --left_;
    return value_;
  }
  [[nodiscard]] bool complete() const { return in_.left() == 0 && left_ == 0; }

 protected:
  [[nodiscard]] righttask::Decoded<void> begin_run() {
    Cursor::Signed number;
    if (const auto read = in_.var_int(number, righttask::kSafeIntegerMax); !read) return read;
    value_ = number.magnitude;
    left_ = 1;
    if (!number.negative) return {};
    const auto more = in_.var_uint();
    left_ = 0;
    if (!more) return righttask::fail(more.error());
    left_ = *more + 2;
    return {};
  }

  Cursor in_{{}};
  std::uint64_t left_ = 0;
  std::uint64_t value_ = 0;
};

/// IntDiffOptRleDecoder, for numbers from 0 to 2^53-1.
class IntDiffOptRleReader {
 public:
  IntDiffOptRleReader() = default;
  explicit IntDiffOptRleReader(righttask::ByteView bytes) : in_(bytes) {}

  [[nodiscard]] righttask::Decoded<std::uint64_t> next() {
    if (left_ == 0) {
      if (const auto begun = begin_run(); !begun) return righttask::fail(begun.error());
    }
    const std::int64_t value = value_ + difference_;
    if (static_cast<std::uint64_t>(value) > righttask::kSafeIntegerMax) {
      return righttask::fail(righttask::DecodeError::invalid_column);
    }
    value_ = value;
    --left_;
    return static_cast<std::uint64_t>(value);
  }
  [[nodiscard]] bool complete() const { return in_.left() == 0 && left_ == 0; }

 private:
  /// Twice the widest difference, and one. (JavaScript reads differences up to 2^52.)
  static constexpr std::uint64_t kCodedMax = 2 * righttask::kSafeIntegerMax + 1;

  [[nodiscard]] righttask::Decoded<void> begin_run() {
    Cursor::Signed coded;
    if (const auto read = in_.var_int(coded, kCodedMax); !read) return read;
    const auto magnitude = static_cast<std::int64_t>(coded.magnitude);
    difference_ = (coded.negative ? -magnitude : magnitude) >> 1;  // towards -infinity
    left_ = 1;
    if ((coded.magnitude & 1) == 0) return {};
    const auto more = in_.var_uint();
    left_ = 0;
    if (!more) return righttask::fail(more.error());
    left_ = *more + 2;
    return {};
  }

  Cursor in_{{}};
  std::uint64_t left_ = 0;
  std::int64_t value_ = 0;
  std::int64_t difference_ = 0;
};

/// IncUintOptRleDecoder.
class IncUintOptRleReader : UintOptRleReader {
 public:
  using UintOptRleReader::complete;
  using UintOptRleReader::UintOptRleReader;

  [[nodiscard]] righttask::Decoded<std::uint64_t> next() {
    const auto value = UintOptRleReader::next();
    if (value) ++value_;
    return value;
  }
};

/// IntDiffDecoder, from 0.
class IntDiffReader {
 public:
  explicit IntDiffReader(righttask::ByteView bytes) : in_(bytes) {}

  [[nodiscard]] righttask::Decoded<std::int64_t> next() {
    Cursor::Signed difference;
    const auto read = in_.var_int(difference, righttask::kSafeIntegerMax);
    if (!read) return righttask::fail(read.error());
    const auto magnitude = static_cast<std::int64_t>(difference.magnitude);
    const std::int64_t value = value_ + (difference.negative ? -magnitude : magnitude);
    constexpr auto kMost = static_cast<std::int64_t>(righttask::kSafeIntegerMax);
    if (value > kMost || value < -kMost) {
      return righttask::fail(righttask::DecodeError::invalid_column);
    }
    return value_ = value;
  }
  [[nodiscard]] bool complete() const { return in_.left() == 0; }

 protected:
  Cursor in_;
  std::int64_t value_ = 0;
};

/// RleIntDiffDecoder, from 0.
class RleIntDiffReader : IntDiffReader {
 public:
  using IntDiffReader::IntDiffReader;
  [[nodiscard]] bool complete() const { return in_.left() == 0 && (left_ == 0 || endless_); }

  [[nodiscard]] righttask::Decoded<std::int64_t> next() {
    if (left_ == 0) {
      const auto value = IntDiffReader::next();
      if (!value) return value;
      endless_ = in_.left() == 0;
      left_ = ~std::uint64_t{0};
      if (!endless_) {
        const auto more = in_.var_uint();
        left_ = 0;
        if (!more) return righttask::fail(more.error());
        left_ = *more + 1;
      }
    }
    --left_;
    return value_;
  }

 private:
  std::uint64_t left_ = 0;
  bool endless_ = false;
};

/// StringDecoder. The text is checked once, as a whole.
class StringColumnReader {
 public:
  /// A string of the column: `text`, well-formed, between two halves of surrogate pairs that the
  /// column's lengths may have cut through (Yjs reads lone surrogates there).
  struct Piece {
    std::string_view text;
    std::uint64_t units;  // UTF-16 code units, halves included
    bool begins_with_half;
    bool ends_with_half;
  };

  /// Errors: also invalid_utf8.
  [[nodiscard]] righttask::Decoded<void> open(righttask::ByteView bytes);

  /// Errors: invalid_column where a string would end beyond the text.
  [[nodiscard]] righttask::Decoded<Piece> next() {
    const auto units = lengths_.next();
    if (!units) return righttask::fail(units.error());
    if (!ascii_) return next_wide(*units);
    if (*units > left()) return righttask::fail(righttask::DecodeError::invalid_column);
    const char* const start = at_;
    at_ += *units;
    return Piece{{start, static_cast<std::size_t>(*units)}, *units, false, false};
  }
  [[nodiscard]] bool complete() const { return at_ == end_ && lengths_.complete(); }

  /// Bytes of text not yet read.
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  [[nodiscard]] righttask::Decoded<Piece> next_wide(std::uint64_t units);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  bool ascii_ = true;
  bool inside_pair_ = false;  // the first half of the character at at_ has been read
  UintOptRleReader lengths_;
};

}  // namespace ydoc
