#include "ydoc/codec/json_lexer.h"

#include <charconv>
#include <limits>

#include "ydoc/any.h"

namespace ydoc {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Four hex digits, or -1.
int code_unit(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    int digit = 0;
    if (is_digit(c)) {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}
bool is_low_surrogate(int unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/// The low half that an escape at `at` holds, or -1.
int low_surrogate_escape(const char* at, const char* end) {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return -1;
  const int unit = code_unit(at + 2, end);
  return is_low_surrogate(unit) ? unit : -1;
}

void append_utf8(std::string& out, int code) {
  const auto put = [&out](int byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

/// Whether JSON.stringify writes this unit as \uXXXX: controls without a short escape. (Lone
/// surrogates are judged where their neighbours are known.)
bool needs_long_escape(int unit) {
  return unit < 0x20 && unit != '\b' && unit != '\t' && unit != '\n' && unit != '\f' &&
         unit != '\r';
}

bool has_upper_hex(const char* digits) {
  for (int i = 0; i < 4; ++i) {
    if (digits[i] >= 'A' && digits[i] <= 'F') return true;
  }
  return false;
}

/// Beyond double's range: the sign of the decimal exponent tells Infinity from zero.
double out_of_range(const char* at, const char* end) {
  const bool negative = *at == '-';
  if (negative) ++at;
  long exponent = 0;  // of the first digit that is not zero
  bool found = false;
  bool fraction = false;
  for (; at != end && (is_digit(*at) || *at == '.'); ++at) {
    if (*at == '.') {
      fraction = true;
      continue;
    }
    found = found || *at != '0';
    if (found && !fraction) ++exponent;
    if (!found && fraction) --exponent;
  }
  if (at != end) {
    ++at;  // e
    const bool minus = *at == '-';
    if (*at == '-' || *at == '+') ++at;
    long given = 0;
    const bool huge = std::from_chars(at, end, given).ec != std::errc{};
    if (huge || given > 1'000'000'000) given = 1'000'000'000;
    exponent += minus ? -given : given;
  }
  const double magnitude = exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -magnitude : magnitude;
}

}  // namespace

char JsonLexer::peek() {
  for (; at_ != end_; ++at_) {
    if (*at_ != ' ' && *at_ != '\n' && *at_ != '\r' && *at_ != '\t') return *at_;
    canonical_ = false;
  }
  return '\0';
}

bool JsonLexer::literal(std::string_view word) {
  if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word) {
    return false;
  }
  at_ += word.size();
  return true;
}

bool JsonLexer::string(std::string_view& inner) {
  const char* const start = ++at_;
  for (; at_ != end_; ++at_) {
    const char c = *at_;
    if (c == '"') {
      inner = {start, static_cast<std::size_t>(at_ - start)};
      ++at_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c == '\\' && !escape()) return false;
  }
  return false;
}

/// At a backslash; leaves at_ on the escape's last character.
bool JsonLexer::escape() {
  if (++at_ == end_) return false;
  switch (*at_) {
    case '"':
    case '\\':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return true;
    case '/':
      canonical_ = false;
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  const char* const digits = at_ + 1;
  const int unit = code_unit(digits, end_);
  if (unit < 0) return false;
  at_ += 4;
  if (is_high_surrogate(unit)) {
    // A pair is written as the character itself; only a lone half stays escaped.
    if (low_surrogate_escape(at_ + 1, end_) >= 0) {
      canonical_ = false;
      at_ += 6;
      return true;
    }
    canonical_ = canonical_ && !has_upper_hex(digits);
  } else if (is_low_surrogate(unit) || needs_long_escape(unit)) {
    canonical_ = canonical_ && !has_upper_hex(digits);
  } else {
    canonical_ = false;
  }
  return true;
}

bool JsonLexer::number(double& value) {
  const char* const start = at_;
  const auto digits = [this] {
    const char* const first = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != first;
  };
  if (at_ != end_ && *at_ == '-') ++at_;
  if (at_ == end_) return false;
  if (*at_ == '0') {
    ++at_;
  } else if (!digits()) {
    return false;
  }
  bool whole = true;
  if (at_ != end_ && *at_ == '.') {
    whole = false;
    ++at_;
    if (!digits()) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    whole = false;
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return false;
  }
  const std::string_view spelled(start, static_cast<std::size_t>(at_ - start));
  if (std::from_chars(start, at_, value).ec != std::errc{}) value = out_of_range(start, at_);
  if (!whole || spelled.size() > 15 || spelled == "-0") {
    std::string shortest;
    append_number(shortest, value);
    canonical_ = canonical_ && shortest == spelled;
  }
  return true;
}

std::string unescape_json(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  const char* at = inner.data();
  const char* const end = at + inner.size();
  while (at != end) {
    if (*at != '\\') {
      out.push_back(*at++);
      continue;
    }
    const char kind = at[1];
    at += 2;
    switch (kind) {
      case 'b':
        out.push_back('\b');
        continue;
      case 'f':
        out.push_back('\f');
        continue;
      case 'n':
        out.push_back('\n');
        continue;
      case 'r':
        out.push_back('\r');
        continue;
      case 't':
        out.push_back('\t');
        continue;
      case 'u':
        break;
      default:
        out.push_back(kind);
        continue;
    }
    int code = code_unit(at, end);
    at += 4;
    const int low = is_high_surrogate(code) ? low_surrogate_escape(at, end) : -1;
    if (low >= 0) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
    append_utf8(out, code);
  }
  return out;
}

}  // namespace ydoc
