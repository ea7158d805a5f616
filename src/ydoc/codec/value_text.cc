#include "ydoc/codec/value_text.h"

#include <cmath>

#include "base/check.h"
#include "base/utf8.h"
#include "ydoc/codec/json_lexer.h"

namespace ydoc {
namespace {

using righttask::byte_view;
using righttask::Reader;

constexpr unsigned kNoLimit = ~0U;  // what is written here was checked when it came in

bool json_holds(double number) {
  return std::isfinite(number) && !(number == 0 && std::signbit(number));
}

/// Whether parsing the value's JSON gives the value again.
bool json_holds(const Any& any) {
  if (const auto* number = any.as<double>()) return json_holds(*number);
  if (const auto* members = any.as<Any::Object>()) {
    for (const auto& member : *members) {
      if (!json_holds(member.value)) return false;
    }
    return true;
  }
  if (const auto* elements = any.as<Any::Array>()) {
    for (const auto& element : *elements) {
      if (!json_holds(element)) return false;
    }
    return true;
  }
  return any.as<Undefined>() == nullptr && any.as<BigInt>() == nullptr &&
         any.as<righttask::Bytes>() == nullptr;
}

/// Rewrites JSON as JSON.stringify spells it into the any encoding, token by token.
class JsonToAny {
 public:
  JsonToAny(ByteSink& out, std::string_view json) : out_(out), lexer_(json) {}

  void value() {
    switch (lexer_.peek()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"': {
        std::string_view inner;
        CHECK(lexer_.string(inner));
        out_.byte(119);
        return text(inner);
      }
      case 't':
        return literal("true", 120);
      case 'f':
        return literal("false", 121);
      case 'n':
        return literal("null", 126);
      default: {
        double number = 0;
        CHECK(lexer_.number(number));
        const AnyNumber coded(number);
        return out_.raw(coded.view());
      }
    }
  }

 private:
  void literal(std::string_view word, std::uint8_t tag) {
    CHECK(lexer_.literal(word));
    out_.byte(tag);
  }

  void text(std::string_view inner) {
    if (inner.find('\\') == std::string_view::npos) return out_.var_string(inner);
    std::string plain = unescape_json(inner);
    replace_lone_surrogates(plain);
    out_.var_string(plain);
  }

  void array() {
    out_.byte(117);
    const std::size_t at = out_.placeholder();
    std::uint64_t count = 0;
    lexer_.advance();
    while (lexer_.peek() != ']') {
      if (count > 0) lexer_.advance();
      value();
      ++count;
    }
    lexer_.advance();
    out_.fill_in(at, count);
  }

  void object() {
    out_.byte(118);
    const std::size_t at = out_.placeholder();
    std::uint64_t count = 0;
    lexer_.advance();
    while (lexer_.peek() != '}') {
      if (count > 0) lexer_.advance();
      std::string_view key;
      CHECK(lexer_.peek() == '"' && lexer_.string(key));
      text(key);
      CHECK(lexer_.peek() == ':');
      lexer_.advance();
      value();
      ++count;
    }
    lexer_.advance();
    out_.fill_in(at, count);
  }

  ByteSink& out_;
  JsonLexer lexer_;
};

/// The reverse of JsonToAny, on checked bytes.
class AnyToJson {
 public:
  AnyToJson(std::string& out, Reader& reader) : out_(out), reader_(reader) {}

  bool value() {
    switch (*reader_.byte()) {
      case 126:
        return literal("null");
      case 125: {
        const auto integer = *reader_.var_int();
        if (integer.negative_zero) return false;
        return literal(std::to_string(integer.value));
      }
      case 124:
        return number(*reader_.float32());
      case 123:
        return number(*reader_.float64());
      case 121:
        return literal("false");
      case 120:
        return literal("true");
      case 119:
        append_json_string(out_, *reader_.var_string());
        return true;
      case 118:
        return object();
      case 117:
        return array();
      default:
        return false;  // undefined, BigInt, bytes
    }
  }

 private:
  bool literal(std::string_view word) {
    out_ += word;
    return true;
  }

  bool number(double value) {
    if (!json_holds(value)) return false;
    append_number(out_, value);
    return true;
  }

  bool array() {
    const std::uint64_t count = *reader_.var_uint();
    out_.push_back('[');
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i != 0) out_.push_back(',');
      if (!value()) return false;
    }
    out_.push_back(']');
    return true;
  }

  bool object() {
    const std::uint64_t count = *reader_.var_uint();
    out_.push_back('{');
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i != 0) out_.push_back(',');
      append_json_string(out_, *reader_.var_string());
      out_.push_back(':');
      if (!value()) return false;
    }
    out_.push_back('}');
    return true;
  }

  std::string& out_;
  Reader& reader_;
};

}  // namespace

bool equal_only_to_itself(std::string_view text) {
  if (is_json(text)) return text.starts_with('{') || text.starts_with('[');
  const auto tag = static_cast<std::uint8_t>(text[1]);
  return (tag >= 116 && tag <= 118) || tag == 123;  // of float64s, JSON lacks NaN alone
}

std::string value_text_of(const Any& value) {
  std::string text;
  if (json_holds(value)) {
    append_json(text, value);
    return text;
  }
  righttask::Writer writer;
  writer.byte(0);
  write_any(writer, value);
  text = righttask::as_text(writer.view());
  return text;
}

Any value_of_text(std::string_view text) {
  if (is_json(text)) {
    auto value = parse_json(text, kNoLimit);
    CHECK(value.has_value());
    return std::move(*value);
  }
  Reader reader(byte_view(text.substr(1)));
  auto value = read_any(reader, kNoLimit);
  CHECK(value.has_value());
  return std::move(*value);
}

std::string stringify(std::string_view text) {
  if (is_json(text)) return std::string(text);
  const Any value = value_of_text(text);
  std::string json;
  append_json(json, value.as<Undefined>() != nullptr ? Any{Null{}} : value);
  return json;
}

void write_value(ByteSink& out, std::string_view text) {
  if (!is_json(text)) return out.raw(byte_view(text.substr(1)));
  JsonToAny(out, text).value();
}

bool append_any_as_json(std::string& out, Reader& reader) {
  return AnyToJson(out, reader).value();
}

}  // namespace ydoc
