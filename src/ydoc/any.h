#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/decode_error.h"
#include "base/reader.h"
#include "base/writer.h"

// any     := 127 | 126 | 125 varint | 124 float32 | 123 float64 | 122 bigint64 | 121 | 120
//          | 119 varstring | 118 n:varuint { varstring any } | 117 n:varuint { any } | 116 varbytes
// Source: lib0 0.2, src/encoding.js, writeAny; src/decoding.js, readAny. Ours: docs/spec/lib0.md.

namespace ydoc {

struct Undefined {
  bool operator==(const Undefined&) const = default;
};
struct Null {
  bool operator==(const Null&) const = default;
};
struct BigInt {
  std::int64_t value;
  bool operator==(const BigInt&) const = default;
};

struct AnyMember;

/// A JavaScript value as lib0's any encoding and JSON carry it. Strings are UTF-8, in which a
/// lone surrogate (only JSON escapes can make one) stands as its three-byte form.
struct Any {
  using Array = std::vector<Any>;
  using Member = AnyMember;
  /// Keys unique and in JavaScript's property order; order_members() establishes both.
  using Object = std::vector<Member>;

  std::variant<Undefined, Null, bool, double, BigInt, std::string, righttask::Bytes, Array, Object>
      value;

  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value);
  }
  /// The member of an object, or nothing.
  [[nodiscard]] const Any* find(std::string_view key) const;

  /// Deep equality; objects without regard to the order of keys, NaN equal to itself.
  bool operator==(const Any& other) const;
};

/// A property of an object.
struct AnyMember {
  std::string key;
  Any value;
  bool operator==(const AnyMember&) const = default;
};

/// Brings members written one after the other into the order of a JavaScript object's
/// properties: of equal keys the last value at the first one's place, array indices
/// (0…2^32-2 without leading zeros) first and ascending. O(n log n).
void order_members(Any::Object& members);

/// Whether `key` is an array index in JavaScript's sense, and which.
[[nodiscard]] bool array_index(std::string_view key, std::uint32_t& index);

/// Errors: truncated, integer_too_large, invalid_utf8, invalid_any_tag, any_too_deep,
/// count_exceeds_input. Nesting counts arrays and objects. A key "__proto__" is dropped with its
/// value, as readAny's assignment does.
[[nodiscard]] righttask::Decoded<Any> read_any(righttask::Reader& reader, unsigned depth_max);

/// The same for bytes that check_any has let pass: takes no more memory than the value needs.
[[nodiscard]] Any read_checked_any(righttask::Reader& reader);

/// As lib0's writeAny: whole numbers up to 2^31-1 as varint, then float32 where it is exact,
/// else float64; lone surrogates as U+FFFD.
void write_any(righttask::Writer& writer, const Any& value);

/// A number as writeAny writes it, tag included.
class AnyNumber {
 public:
  explicit AnyNumber(double number);
  [[nodiscard]] righttask::ByteView view() const { return {bytes_, size_}; }

 private:
  friend class AnyNumbers;
  static constexpr std::size_t kBytesMax = 9;

  std::uint8_t bytes_[kBytesMax];
  std::size_t size_;
};

/// Numbers one after the other, gathered on their way to a writer: an array may hold very many.
/// Flush before the writer is used again.
class AnyNumbers {
 public:
  explicit AnyNumbers(righttask::Writer& writer) : writer_(writer) {}
  void add(double number);
  void flush();

 private:
  righttask::Writer& writer_;
  std::uint8_t bytes_[512];
  std::size_t size_ = 0;
};

/// Replaces three-byte forms of lone surrogates by U+FFFD, as JavaScript's encoder of UTF-8 does.
void replace_lone_surrogates(std::string& text);

/// JSON.parse. Errors: invalid_json, invalid_utf8, json_too_deep.
[[nodiscard]] righttask::Decoded<Any> parse_json(std::string_view text, unsigned depth_max);

/// JSON.stringify, appended to `out`; undefined at the top appends "undefined". A BigInt, on
/// which JavaScript throws, becomes its digits.
void append_json(std::string& out, const Any& value);

/// JSON.stringify of a string: quoted and escaped.
void append_json_string(std::string& out, std::string_view text);

/// String(number): 1e21, 1.5, 0.000001, NaN, -Infinity; -0 gives "0".
void append_number(std::string& out, double number);

}  // namespace ydoc
