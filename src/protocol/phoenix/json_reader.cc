#include "protocol/phoenix/json_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace righttask::protocol::phoenix {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit, or -1.
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Whether one of eight characters ends the plain run of a string: a quote, a backslash or a
/// control character. May say so in error for a character above one that truly does, never without.
bool has_special(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const auto zero_in = [](std::uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  const std::uint64_t control = (eight - kOnes * 0x20) & ~eight & kHighs;
  return (zero_in(eight ^ (kOnes * '"')) | zero_in(eight ^ (kOnes * '\\')) | control) != 0;
}

/// Four hexadecimal digits that are known to be there.
char32_t code_unit(const char* digits) {
  char32_t unit = 0;
  for (int i = 0; i < 4; ++i) unit = unit * 16 + static_cast<char32_t>(hex_digit(digits[i]));
  return unit;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6)), put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3f)), put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f)), put(0x80 | (c & 0x3f));
  }
}

char unescaped(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return letter;  // quote, backslash, slash
  }
}

/// Reads what follows `\u` at `at`, a second half included, and moves past it.
std::optional<char32_t> code_point(std::string_view text, std::size_t& at) {
  const char32_t first = code_unit(text.data() + at);
  at += 4;
  if (first < 0xd800 || first > 0xdfff) return first;
  if (first > 0xdbff || !text.substr(at).starts_with("\\u")) return std::nullopt;
  const char32_t second = code_unit(text.data() + at + 2);
  if (second < 0xdc00 || second > 0xdfff) return std::nullopt;
  at += 6;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

}  // namespace

void JsonReader::skip_space() {
  while (at_ != end_ && is_space(*at_)) ++at_;
}

bool JsonReader::take(char wanted) {
  skip_space();
  if (at_ == end_ || *at_ != wanted) return false;
  ++at_;
  return true;
}

bool JsonReader::at_end() {
  skip_space();
  return at_ == end_;
}

std::optional<std::string_view> JsonReader::value(unsigned depth_left) {
  skip_space();
  const char* const begin = at_;
  if (!skip_value(depth_left)) return std::nullopt;
  return std::string_view(begin, static_cast<std::size_t>(at_ - begin));
}

std::optional<std::string_view> JsonReader::string() {
  skip_space();
  const char* const begin = at_;
  if (!skip_string()) return std::nullopt;
  return std::string_view(begin, static_cast<std::size_t>(at_ - begin));
}

bool JsonReader::skip_value(unsigned depth_left) {
  skip_space();
  if (at_ == end_) return false;
  switch (*at_) {
    case '{':
      return depth_left > 0 && skip_object(depth_left - 1);
    case '[':
      return depth_left > 0 && skip_array(depth_left - 1);
    case '"':
      return skip_string();
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default:
      return skip_number();
  }
}

bool JsonReader::skip_array(unsigned depth_left) {
  ++at_;
  if (take(']')) return true;
  do {
    if (!skip_value(depth_left)) return false;
  } while (take(','));
  return take(']');
}

bool JsonReader::skip_object(unsigned depth_left) {
  ++at_;
  if (take('}')) return true;
  do {
    skip_space();
    if (!skip_string() || !take(':') || !skip_value(depth_left)) return false;
  } while (take(','));
  return take('}');
}

bool JsonReader::skip_string() {
  if (at_ == end_ || *at_ != '"') return false;
  ++at_;
  for (;;) {
    std::uint64_t eight;
    while (end_ - at_ >= 8) {
      std::memcpy(&eight, at_, 8);
      if (has_special(eight)) break;
      at_ += 8;
    }
    if (at_ == end_) return false;
    const char c = *at_++;
    if (c == '"') return true;
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c == '\\' && !skip_escape()) return false;
  }
}

bool JsonReader::skip_escape() {
  if (at_ == end_) return false;
  const char c = *at_++;
  if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
  if (end_ - at_ < 4) return false;
  for (int i = 0; i < 4; ++i) {
    if (hex_digit(*at_++) < 0) return false;
  }
  return true;
}

bool JsonReader::skip_number() {
  if (at_ != end_ && *at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;
  } else if (!skip_digits()) {
    return false;
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!skip_digits()) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!skip_digits()) return false;
  }
  return true;
}

bool JsonReader::skip_digits() {
  const char* const begin = at_;
  while (at_ != end_ && is_digit(*at_)) ++at_;
  return at_ != begin;
}

bool JsonReader::skip_word(std::string_view word) {
  if (static_cast<std::size_t>(end_ - at_) < word.size()) return false;
  if (std::string_view(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

std::optional<std::string> json_string(std::string_view json) {
  if (!json.starts_with('"')) return std::nullopt;
  const std::string_view inner = json.substr(1, json.size() - 2);
  std::string out;
  out.reserve(inner.size());
  for (std::size_t at = 0; at < inner.size();) {
    const std::size_t plain = std::min(inner.find('\\', at), inner.size());
    out.append(inner, at, plain - at);
    if (plain == inner.size()) break;
    const char letter = inner[plain + 1];
    at = plain + 2;
    if (letter != 'u') {
      out.push_back(unescaped(letter));
      continue;
    }
    const auto c = code_point(inner, at);
    if (!c) return std::nullopt;
    append_utf8(out, *c);
  }
  return out;
}

bool is_json_key(std::string_view json, std::string_view key) {
  if (json.find('\\') != std::string_view::npos) return json_string(json) == key;
  return json.substr(1, json.size() - 2) == key;
}

std::optional<std::string_view> json_member(std::string_view json, std::string_view key) {
  JsonReader reader(json);
  std::optional<std::string_view> found;
  if (!reader.take('{') || reader.take('}')) return found;
  do {
    const auto name = reader.string();
    if (!name || !reader.take(':')) return std::nullopt;
    const auto value = reader.value(kJsonDepthMax);
    if (!value) return std::nullopt;
    if (is_json_key(*name, key)) found = value;
  } while (reader.take(','));
  return found;
}

std::optional<Bytes> json_byte_list(std::string_view json) {
  const char* at = json.data();
  const char* const end = at + json.size();
  if (at == end || *at != '[') return std::nullopt;
  ++at;
  const auto skip = [&] {
    while (at != end && is_space(*at)) ++at;
  };
  Bytes out;
  out.reserve(json.size() / 4);  // three digits and a comma is the commonest spelling
  for (skip(); at != end && *at != ']'; skip()) {
    unsigned number = 0;
    const char* const begin = at;
    while (at != end && is_digit(*at) && number <= 255) {
      number = number * 10 + static_cast<unsigned>(*at++ - '0');
    }
    if (at == begin || number > 255) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(number));
    skip();
    if (at != end && *at == ',') ++at;
  }
  // The list is valid JSON, so what stopped the loop is the bracket, or was refused above.
  return at + 1 == end ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace righttask::protocol::phoenix
