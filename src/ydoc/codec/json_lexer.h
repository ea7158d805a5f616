#pragma once

#include <string>
#include <string_view>

#include "base/decode_error.h"

namespace ydoc {

/// Reads the tokens of JSON as JSON.parse accepts them, and notes whether the text so far is
/// spelled as JSON.stringify would spell it: no white space, the shortest escapes, numbers in
/// their shortest form. Borrows the text, which must be well-formed UTF-8.
class JsonLexer {
 public:
  explicit JsonLexer(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// The next character past white space, not consumed; '\0' at the end (which no token
  /// begins with).
  char peek();
  void advance() { ++at_; }
  [[nodiscard]] bool at_end() { return peek() == '\0' && at_ == end_; }

  /// "true", "false", "null".
  [[nodiscard]] bool literal(std::string_view word);

  /// From the opening quote on; `inner` is what stands between the quotes, escapes included.
  [[nodiscard]] bool string(std::string_view& inner);

  /// `value` follows JavaScript: overflow gives Infinity, underflow zero.
  [[nodiscard]] bool number(double& value);

  [[nodiscard]] bool canonical() const { return canonical_; }

 private:
  [[nodiscard]] bool escape();

  const char* at_;
  const char* end_;
  bool canonical_ = true;
};

/// The characters that the inside of a valid JSON string stands for. Lone surrogates become
/// their three-byte form.
[[nodiscard]] std::string unescape_json(std::string_view inner);

}  // namespace ydoc
