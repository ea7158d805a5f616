#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "ydoc/codec/byte_sink.h"

// The columns that column_reader.h draws as grammars, written. Each holds back the run it is in;
// end() writes that, after which bytes() is the column. Once these are cleared it begins anew, with
// the memory it has.
// Source: lib0 0.2, src/encoding.js.

namespace ydoc {

/// RleEncoder over bytes or varuints.
template <typename Value>
class RleWriter {
 public:
  void write(Value value) {
    if (count_ != 0 && value == value_) {
      ++count_;
      return;
    }
    out_.ensure(2 * ByteSink::kVarUintBytesMax);
    if (count_ != 0) out_.put_var_uint(count_ - 1);
    if constexpr (sizeof(Value) == 1) {
      out_.put_byte(value);
    } else {
      out_.put_var_uint(value);
    }
    value_ = value;
    count_ = 1;
  }
  void end() { count_ = 0; }  // the last run's length is not written
  [[nodiscard]] ByteSink& bytes() { return out_; }

 private:
  ByteSink out_;
  std::uint64_t count_ = 0;
  Value value_ = 0;
};
using RleByteWriter = RleWriter<std::uint8_t>;
using RleVarUintWriter = RleWriter<std::uint64_t>;

/// UintOptRleEncoder.
class UintOptRleWriter {
 public:
  void write(std::uint64_t value) {
    if (value == value_) {
      ++count_;
      return;
    }
    flush();
    value_ = value;
    count_ = 1;
  }
  void end() {
    flush();
    value_ = 0;
    count_ = 0;
  }
  [[nodiscard]] ByteSink& bytes() { return out_; }

 protected:
  void flush() {
    if (count_ == 0) return;
    out_.ensure(2 * ByteSink::kVarUintBytesMax);
    out_.put_var_int(value_, count_ > 1);
    if (count_ > 1) out_.put_var_uint(count_ - 2);
  }

  ByteSink out_;
  std::uint64_t value_ = 0;
  std::uint64_t count_ = 0;
};

/// IncUintOptRleEncoder.
class IncUintOptRleWriter : UintOptRleWriter {
 public:
  void write(std::uint64_t value) {
    if (value == value_ + count_) {
      ++count_;
      return;
    }
    flush();
    value_ = value;
    count_ = 1;
  }
  using UintOptRleWriter::bytes;
  using UintOptRleWriter::end;
};

/// IntDiffOptRleEncoder, for numbers below 2^53.
class IntDiffOptRleWriter {
 public:
  void write(std::uint64_t number) {
    const auto value = static_cast<std::int64_t>(number);
    const std::int64_t difference = value - value_;
    value_ = value;
    if (difference == difference_) {
      ++count_;
      return;
    }
    flush();
    difference_ = difference;
    count_ = 1;
  }
  void end() {
    flush();
    value_ = difference_ = 0;
    count_ = 0;
  }
  [[nodiscard]] ByteSink& bytes() { return out_; }

 private:
  void flush() {
    if (count_ == 0) return;
    out_.ensure(2 * ByteSink::kVarUintBytesMax);
    const std::int64_t coded = 2 * difference_ + (count_ > 1);
    out_.put_var_int(static_cast<std::uint64_t>(coded < 0 ? -coded : coded), coded < 0);
    if (count_ > 1) out_.put_var_uint(count_ - 2);
  }

  ByteSink out_;
  std::int64_t value_ = 0;
  std::int64_t difference_ = 0;
  std::uint64_t count_ = 0;
};

/// IntDiffEncoder, from 0.
class IntDiffWriter {
 public:
  void write(std::int64_t value) {
    const std::int64_t difference = value - value_;
    out_.ensure(ByteSink::kVarUintBytesMax);
    out_.put_var_int(static_cast<std::uint64_t>(difference < 0 ? -difference : difference),
                     difference < 0);
    value_ = value;
  }
  void end() { value_ = 0; }
  [[nodiscard]] ByteSink& bytes() { return out_; }

 protected:
  ByteSink out_;
  std::int64_t value_ = 0;
};

/// RleIntDiffEncoder, from 0.
class RleIntDiffWriter : IntDiffWriter {
 public:
  void write(std::int64_t value) {
    if (count_ != 0 && value == value_) {
      ++count_;
      return;
    }
    if (count_ != 0) out_.var_uint(count_ - 1);
    IntDiffWriter::write(value);
    count_ = 1;
  }
  void end() {
    IntDiffWriter::end();
    count_ = 0;
  }
  using IntDiffWriter::bytes;

 private:
  std::uint64_t count_ = 0;
};

/// StringEncoder.
class StringColumnWriter {
 public:
  /// `utf8` is well-formed and has `units` UTF-16 code units.
  void write(std::string_view utf8, std::uint64_t units) {
    text_.ensure(utf8.size());
    text_.put_text(utf8);
    lengths_.write(units);
  }
  /// The same in two parts.
  void write(std::string_view first, std::string_view rest, std::uint64_t units) {
    text_.raw(righttask::byte_view(first));
    write(rest, units);
  }
  void end() { lengths_.end(); }

  [[nodiscard]] ByteSink& text() { return text_; }
  [[nodiscard]] ByteSink& lengths() { return lengths_.bytes(); }

 private:
  ByteSink text_;
  UintOptRleWriter lengths_;
};

}  // namespace ydoc
