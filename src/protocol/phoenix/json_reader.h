#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

// Strict JSON (RFC 8259), read in place: what is passed over is validated, and what a client may
// want back (a ref, an awareness payload) is a slice of the very text that came, so that numbers of
// any size and lone surrogates survive. No allocation, no copy, no padding.

namespace righttask::protocol::phoenix {

/// Arrays and objects inside one another, the message itself included.
inline constexpr unsigned kJsonDepthMax = 32;

/// Reads JSON from text that is known to be UTF-8; slices point into that text. A function that
/// returns false or nothing leaves the reader nowhere in particular: the text is not JSON.
/// Cost O(bytes); depth bounds the recursion.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  /// Passes white space and then this character, one of `[ ] { } , :`; false if another follows,
  /// which is then not passed.
  [[nodiscard]] bool take(char wanted);

  /// Passes one value of any type, validating all of it, and yields its text.
  [[nodiscard]] std::optional<std::string_view> value(unsigned depth_left);

  /// Passes a string; the slice includes its quotes.
  [[nodiscard]] std::optional<std::string_view> string();

  /// Whether only white space is left.
  [[nodiscard]] bool at_end();

 private:
  void skip_space();
  bool skip_value(unsigned depth_left);
  bool skip_array(unsigned depth_left);
  bool skip_object(unsigned depth_left);
  bool skip_string();
  bool skip_escape();
  bool skip_number();
  bool skip_digits();
  bool skip_word(std::string_view word);

  const char* at_;
  const char* end_;
};

// ---- on text that a JsonReader has passed as one value ---------------------------------------

/// The string that a JSON string stands for, as UTF-8. Nothing for another type of value, or when
/// the string has a lone surrogate, which UTF-8 cannot hold.
[[nodiscard]] std::optional<std::string> json_string(std::string_view json);

/// Whether an object's key, in quotes as it stands in the text, is this one.
[[nodiscard]] bool is_json_key(std::string_view json, std::string_view key);

/// The value of an object's member; of several with that key the last one, as JSON.parse has it.
/// Nothing when there is none, or when the value is no object.
[[nodiscard]] std::optional<std::string_view> json_member(std::string_view json,
                                                          std::string_view key);

/// A list of integers 0 to 255, as bytes. Nothing for anything else, 1.0 and -0 among it.
[[nodiscard]] std::optional<Bytes> json_byte_list(std::string_view json);

}  // namespace righttask::protocol::phoenix
