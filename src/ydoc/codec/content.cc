#include "ydoc/codec/content.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/varint.h"
#include "ydoc/any.h"
#include "ydoc/codec/json_lexer.h"

namespace ydoc {
namespace {

using righttask::ByteView;
using righttask::Decoded;
using righttask::DecodeError;
using righttask::fail;
using righttask::Reader;

/// Watches the keys of one object go by and tells whether JavaScript would write them back in
/// this order: none twice, array indices first and ascending.
class KeyOrder {
 public:
  void add(std::string_view key) {
    if (!kept_) return;
    std::uint32_t index = 0;
    if (array_index(key, index)) {
      if (named_ || (any_index_ && index <= last_index_)) kept_ = false;
      any_index_ = true;
      last_index_ = index;
    } else {
      named_ = true;
    }
    if (count_ < few_.size()) {
      for (std::size_t i = 0; i < count_; ++i) kept_ = kept_ && few_[i] != key;
      few_[count_] = key;
    } else {
      if (many_.empty()) many_.assign(few_.begin(), few_.end());
      // Before growing, so that repeated keys, which may be short, do not pile up.
      if (many_.size() == many_.capacity()) kept_ = kept_ && distinct();
      many_.push_back(key);
    }
    ++count_;
  }

  [[nodiscard]] bool kept() { return kept_ && (many_.empty() || distinct()); }

 private:
  bool distinct() {
    std::sort(many_.begin(), many_.end());
    return std::adjacent_find(many_.begin(), many_.end()) == many_.end();
  }

  bool kept_ = true;
  bool named_ = false;
  bool any_index_ = false;
  std::uint32_t last_index_ = 0;
  std::size_t count_ = 0;
  std::array<std::string_view, 16> few_;
  std::vector<std::string_view> many_;
};

bool minimal_varint(const std::uint8_t* first, const std::uint8_t* end) {
  return end - first == 1 || end[-1] != 0;
}

class AnyChecker {
 public:
  explicit AnyChecker(Reader& reader) : reader_(reader) {}

  Decoded<void> value(unsigned depth_left) {
    ++values_;
    const auto tag = reader_.byte();
    if (!tag) return fail(tag.error());
    switch (*tag) {
      case 127:
      case 126:
      case 121:
      case 120:
        return {};
      case 125:
        return integer();
      case 124: {
        const auto number = reader_.float32();
        if (!number) return fail(number.error());
        if (fits_integer(*number) || std::isnan(*number)) foreign();
        return {};
      }
      case 123:
        return float64();
      case 122:
        return result(reader_.take(8));
      case 119:
        return text();
      case 118:
        return object(depth_left);
      case 117:
        return array(depth_left);
      case 116:
        return bytes();
      default:
        return fail(DecodeError::invalid_any_tag);
    }
  }

  [[nodiscard]] Spelling spelling() const { return spelling_; }

  /// A member is built, ordered in an array of its own, and found by index and by key.
  [[nodiscard]] std::size_t tree_bytes() const {
    return values_ * sizeof(Any) + members_ * (2 * sizeof(AnyMember) + 48);
  }

 private:
  void foreign() { spelling_ = Spelling::foreign; }

  static bool fits_integer(double number) {
    return std::trunc(number) == number && std::abs(number) <= 0x7fffffff;
  }

  template <typename T>
  static Decoded<void> result(const Decoded<T>& decoded) {
    if (!decoded) return fail(decoded.error());
    return {};
  }

  Decoded<std::uint64_t> count() {
    const auto* const start = reader_.position();
    const auto number = reader_.var_uint();
    if (number && !minimal_varint(start, reader_.position())) foreign();
    return number;
  }

  Decoded<void> integer() {
    const auto* const start = reader_.position();
    const auto number = reader_.var_int();
    if (!number) return fail(number.error());
    if (!minimal_varint(start, reader_.position()) || number->value > 0x7fffffff ||
        number->value < -0x7fffffff) {
      foreign();
    }
    return {};
  }

  Decoded<void> float64() {
    const auto* const start = reader_.position();
    const auto number = reader_.float64();
    if (!number) return fail(number.error());
    if (std::isnan(*number)) {
      constexpr std::uint8_t kQuietNan[8] = {0x7f, 0xf8};
      if (std::memcmp(start, kQuietNan, sizeof kQuietNan) != 0) foreign();
    } else if (fits_integer(*number) || std::isinf(*number) ||
               (std::abs(*number) <= static_cast<double>(FLT_MAX) &&
                static_cast<double>(static_cast<float>(*number)) == *number)) {
      foreign();
    }
    return {};
  }

  Decoded<void> bytes() {
    const auto size = count();
    if (!size) return fail(size.error());
    return result(reader_.take(*size));
  }

  Decoded<void> text() {
    const auto* const start = reader_.position();
    const auto view = reader_.var_string();
    if (!view) return fail(view.error());
    if (!minimal_varint(start, righttask::byte_view(*view).data())) foreign();
    return {};
  }

  Decoded<void> array(unsigned depth_left) {
    if (depth_left == 0) return fail(DecodeError::any_too_deep);
    const auto size = count();
    if (!size) return fail(size.error());
    if (*size > reader_.left()) return fail(DecodeError::count_exceeds_input);
    for (std::uint64_t i = 0; i < *size; ++i) {
      if (const auto element = value(depth_left - 1); !element) return element;
    }
    return {};
  }

  Decoded<void> object(unsigned depth_left) {
    if (depth_left == 0) return fail(DecodeError::any_too_deep);
    const auto size = count();
    if (!size) return fail(size.error());
    if (*size > reader_.left() / 2) return fail(DecodeError::count_exceeds_input);
    KeyOrder order;
    for (std::uint64_t i = 0; i < *size; ++i) {
      const auto* const start = reader_.position();
      const auto key = reader_.var_string();
      if (!key) return fail(key.error());
      if (!minimal_varint(start, righttask::byte_view(*key).data()) || *key == "__proto__") {
        foreign();
      }
      order.add(*key);
      ++members_;
      if (const auto member = value(depth_left - 1); !member) return member;
    }
    if (!order.kept()) foreign();
    return {};
  }

  Reader& reader_;
  std::size_t values_ = 0;
  std::size_t members_ = 0;
  Spelling spelling_ = Spelling::canonical;
};

class JsonChecker {
 public:
  explicit JsonChecker(std::string_view text) : lexer_(text) {}

  Decoded<Spelling> document(unsigned depth_max) {
    if (const auto checked = value(depth_max); !checked) return fail(checked.error());
    if (!lexer_.at_end()) return fail(DecodeError::invalid_json);
    return ordered_ && lexer_.canonical() ? Spelling::canonical : Spelling::foreign;
  }

 private:
  static Decoded<void> expect(bool holds) {
    if (!holds) return fail(DecodeError::invalid_json);
    return {};
  }

  Decoded<void> value(unsigned depth_left) {
    switch (lexer_.peek()) {
      case '{':
        return object(depth_left);
      case '[':
        return array(depth_left);
      case '"': {
        std::string_view inner;
        return expect(lexer_.string(inner));
      }
      case 't':
        return expect(lexer_.literal("true"));
      case 'f':
        return expect(lexer_.literal("false"));
      case 'n':
        return expect(lexer_.literal("null"));
      default: {
        double number = 0;
        return expect(lexer_.number(number));
      }
    }
  }

  Decoded<void> array(unsigned depth_left) {
    if (depth_left == 0) return fail(DecodeError::json_too_deep);
    lexer_.advance();
    if (lexer_.peek() == ']') return lexer_.advance(), Decoded<void>();
    while (true) {
      if (const auto element = value(depth_left - 1); !element) return element;
      const char next = lexer_.peek();
      if (next != ',' && next != ']') return fail(DecodeError::invalid_json);
      lexer_.advance();
      if (next == ']') return {};
    }
  }

  Decoded<void> object(unsigned depth_left) {
    if (depth_left == 0) return fail(DecodeError::json_too_deep);
    lexer_.advance();
    if (lexer_.peek() == '}') return lexer_.advance(), Decoded<void>();
    KeyOrder order;
    while (true) {
      std::string_view key;
      if (lexer_.peek() != '"' || !lexer_.string(key) || lexer_.peek() != ':') {
        return fail(DecodeError::invalid_json);
      }
      lexer_.advance();
      order.add(key);  // escaped as it stands: canonical spellings of equal keys are equal
      if (const auto member = value(depth_left - 1); !member) return member;
      const char next = lexer_.peek();
      if (next != ',' && next != '}') return fail(DecodeError::invalid_json);
      lexer_.advance();
      if (next == '}') break;
    }
    ordered_ = ordered_ && order.kept();
    return {};
  }

  JsonLexer lexer_;
  bool ordered_ = true;
};

}  // namespace

Decoded<Spelling> check_any(Reader& reader, unsigned depth_max, std::size_t& tree_bytes) {
  AnyChecker checker(reader);
  if (const auto checked = checker.value(depth_max); !checked) return fail(checked.error());
  tree_bytes = checker.tree_bytes();
  return checker.spelling();
}

Decoded<Spelling> check_any(Reader& reader, unsigned depth_max) {
  std::size_t tree_bytes = 0;
  return check_any(reader, depth_max, tree_bytes);
}

std::uint64_t skip_integers(Reader& reader, std::uint64_t most) {
  const ByteView bytes = reader.rest();
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  std::uint64_t count = 0;
  for (; count < most && at != end && *at == 125; ++count) {
    const auto [word, size] =
        righttask::load_varint(at + 1, static_cast<std::size_t>(end - at) - 1);
    if (size == 0) break;
    const bool minimal = size == 1 || (word >> (8 * (size - 1))) != 0;
    if (!minimal || righttask::signed_magnitude(word) > 0x7fffffff) break;
    at += 1 + size;
  }
  if (count != 0) reader = Reader({at, static_cast<std::size_t>(end - at)});
  return count;
}

Decoded<Spelling> check_json(std::string_view text, unsigned depth_max) {
  return JsonChecker(text).document(depth_max);
}

std::size_t json_tree_bytes(std::string_view text) {
  const auto count = [&](char c) { return static_cast<std::size_t>(std::ranges::count(text, c)); };
  // A value for each comma and bracket, a member for each colon. Arrays grow by doubling, as their
  // sizes are not known: they take up to three times their size while they move.
  return 3 * sizeof(Any) * (1 + count(',') + count('[') + count('{')) +
         3 * (sizeof(AnyMember) - sizeof(Any)) * count(':');
}

}  // namespace ydoc
