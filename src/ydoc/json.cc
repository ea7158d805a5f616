#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>

#include "base/utf8.h"
#include "ydoc/any.h"
#include "ydoc/codec/json_lexer.h"

// JSON as JavaScript reads and writes it. Source: ECMA-262 (2024), 25.5 JSON, 6.1.6.1.20
// Number::toString.

namespace ydoc {
namespace {

using righttask::Bytes;
using righttask::Decoded;
using righttask::DecodeError;
using righttask::fail;

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : lexer_(text) {}

  Decoded<Any> document(unsigned depth_max) {
    auto value = read(depth_max);
    if (value && !lexer_.at_end()) return fail(DecodeError::invalid_json);
    return value;
  }

 private:
  Decoded<Any> read(unsigned depth_left) {
    switch (lexer_.peek()) {
      case '{':
        return read_object(depth_left);
      case '[':
        return read_array(depth_left);
      case '"': {
        std::string_view inner;
        if (!lexer_.string(inner)) return fail(DecodeError::invalid_json);
        return Any{unescape_json(inner)};
      }
      case 't':
        return literal("true", Any{true});
      case 'f':
        return literal("false", Any{false});
      case 'n':
        return literal("null", Any{Null{}});
      default: {
        double number = 0;
        if (!lexer_.number(number)) return fail(DecodeError::invalid_json);
        return Any{number};
      }
    }
  }

  Decoded<Any> literal(std::string_view word, Any value) {
    if (!lexer_.literal(word)) return fail(DecodeError::invalid_json);
    return value;
  }

  Decoded<Any> read_array(unsigned depth_left) {
    if (depth_left == 0) return fail(DecodeError::json_too_deep);
    lexer_.advance();
    Any::Array elements;
    if (lexer_.peek() == ']') {
      lexer_.advance();
      return Any{std::move(elements)};
    }
    while (true) {
      auto element = read(depth_left - 1);
      if (!element) return element;
      elements.push_back(std::move(*element));
      const char next = lexer_.peek();
      if (next != ',' && next != ']') return fail(DecodeError::invalid_json);
      lexer_.advance();
      if (next == ']') return Any{std::move(elements)};
    }
  }

  Decoded<Any> read_object(unsigned depth_left) {
    if (depth_left == 0) return fail(DecodeError::json_too_deep);
    lexer_.advance();
    Any::Object members;
    if (lexer_.peek() == '}') {
      lexer_.advance();
      return Any{std::move(members)};
    }
    while (true) {
      std::string_view key;
      if (lexer_.peek() != '"' || !lexer_.string(key) || lexer_.peek() != ':') {
        return fail(DecodeError::invalid_json);
      }
      lexer_.advance();
      auto member = read(depth_left - 1);
      if (!member) return member;
      members.emplace_back(unescape_json(key), std::move(*member));
      const char next = lexer_.peek();
      if (next != ',' && next != '}') return fail(DecodeError::invalid_json);
      lexer_.advance();
      if (next == '}') break;
    }
    order_members(members);
    return Any{std::move(members)};
  }

  JsonLexer lexer_;
};

void append_hex_escape(std::string& out, unsigned unit) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kDigits[(unit >> shift) & 0xf]);
}

constexpr std::uint64_t kEachByte = 0x0101010101010101;

/// The top bit of each byte of `word` that is below `limit`, at most 0x80. May also mark the byte
/// above a marked one.
std::uint64_t below(std::uint64_t word, std::uint8_t limit) {
  return (word - kEachByte * limit) & ~word & (kEachByte * 0x80);
}

std::uint64_t equal(std::uint64_t word, std::uint8_t value) {
  return below(word ^ (kEachByte * value), 1);
}

/// How many bytes stand in a JSON string as they are, at least: a multiple of eight.
std::size_t plain_bytes(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if ((below(word, 0x20) | equal(word, '"') | equal(word, '\\') | equal(word, 0xed)) != 0) break;
  }
  return at;
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t plain = plain_bytes(text.substr(i)); plain > 0) {
      out.append(text, i, plain);
      i += plain;
      if (i == text.size()) break;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    switch (byte) {
      case '"':
        out += "\\\"";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      case '\b':
        out += "\\b";
        continue;
      case '\f':
        out += "\\f";
        continue;
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      default:
        break;
    }
    if (byte < 0x20) {
      append_hex_escape(out, byte);
    } else if (byte == 0xed && i + 2 < text.size() &&
               static_cast<unsigned char>(text[i + 1]) >= 0xa0) {
      const auto middle = static_cast<unsigned>(static_cast<unsigned char>(text[i + 1]) & 0x3f);
      const auto last = static_cast<unsigned>(static_cast<unsigned char>(text[i + 2]) & 0x3f);
      append_hex_escape(out, 0xd000U | (middle << 6) | last);  // a lone surrogate
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  out.push_back('"');
}

void append_whole(std::string& out, std::int64_t number) {
  char text[20];
  const auto small = static_cast<std::uint32_t>(number);  // written in half the time
  const auto end = small == number ? std::to_chars(text, std::end(text), small).ptr
                                   : std::to_chars(text, std::end(text), number).ptr;
  out.append(text, end);
}

void append_object(std::string& out, const Any::Object& members) {
  out.push_back('{');
  bool first = true;
  for (const auto& [key, member] : members) {
    if (member.as<Undefined>() != nullptr) continue;
    if (!first) out.push_back(',');
    first = false;
    append_json_string(out, key);
    out.push_back(':');
    append_json(out, member);
  }
  out.push_back('}');
}

void append_array(std::string& out, const Any::Array& elements) {
  out.push_back('[');
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) out.push_back(',');
    if (elements[i].as<Undefined>() != nullptr) {
      out += "null";
    } else {
      append_json(out, elements[i]);
    }
  }
  out.push_back(']');
}

/// A Uint8Array stringifies as an object of its indices.
void append_bytes(std::string& out, const Bytes& data) {
  out.push_back('{');
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i != 0) out.push_back(',');
    out += '"' + std::to_string(i) + "\":" + std::to_string(data[i]);
  }
  out.push_back('}');
}

}  // namespace

Decoded<Any> parse_json(std::string_view text, unsigned depth_max) {
  if (!righttask::is_utf8(righttask::byte_view(text))) return fail(DecodeError::invalid_utf8);
  return JsonParser(text).document(depth_max);
}

void append_json(std::string& out, const Any& any) {
  if (any.as<Undefined>() != nullptr) {
    out += "undefined";
  } else if (any.as<Null>() != nullptr) {
    out += "null";
  } else if (const auto* flag = any.as<bool>()) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = any.as<double>()) {
    if (std::isfinite(*number)) {
      append_number(out, *number);
    } else {
      out += "null";
    }
  } else if (const auto* big = any.as<BigInt>()) {
    out += std::to_string(big->value);
  } else if (const auto* text = any.as<std::string>()) {
    append_json_string(out, *text);
  } else if (const auto* members = any.as<Any::Object>()) {
    append_object(out, *members);
  } else if (const auto* elements = any.as<Any::Array>()) {
    append_array(out, *elements);
  } else if (const auto* data = any.as<Bytes>()) {
    append_bytes(out, *data);
  }
}

void append_json_string(std::string& out, std::string_view text) {
  append_quoted(out, text);
}

void append_number(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "NaN";
    return;
  }
  if (number == 0) {
    out.push_back('0');
    return;
  }
  if (number < 0) {
    out.push_back('-');
    number = -number;
  }
  if (std::isinf(number)) {
    out += "Infinity";
    return;
  }
  constexpr double kPlainMax = 9007199254740992;  // 2^53: whole numbers below are their digits
  if (number < kPlainMax) {
    const auto whole = static_cast<std::int64_t>(number);
    if (static_cast<double>(whole) == number) return append_whole(out, whole);
  }
  // The shortest digits that read back as this number, d.ddde±x, laid out by ECMAScript's rules.
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::scientific)
          .ptr;
  std::string digits;
  const char* at = text.data();
  for (; *at != 'e'; ++at) {
    if (*at != '.') digits.push_back(*at);
  }
  ++at;
  int exponent = 0;
  std::from_chars(*at == '+' ? at + 1 : at, end, exponent);
  const int point = exponent + 1;  // digits before the decimal point
  const int count = static_cast<int>(digits.size());
  if (point > 21 || point < -5) {
    out.push_back(digits[0]);
    if (count > 1) out.append(".").append(digits, 1);
    out.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
  } else if (point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else if (count <= point) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else {
    out.append(digits, 0, static_cast<std::size_t>(point)).append(".");
    out.append(digits, static_cast<std::size_t>(point));
  }
}

}  // namespace ydoc
