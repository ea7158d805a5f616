#include "ydoc/any.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>

#include "base/check.h"
#include "base/utf8.h"
#include "base/varint.h"

namespace ydoc {
namespace {

using righttask::Bytes;
using righttask::Decoded;
using righttask::DecodeError;
using righttask::fail;
using righttask::Reader;
using righttask::Writer;

constexpr std::size_t kLinearSearchMax = 16;

bool equal_members(const Any::Object& a, const Any::Object& b) {
  if (a.size() != b.size()) return false;
  if (std::equal(a.begin(), a.end(), b.begin())) return true;
  const auto sorted = [](const Any::Object& object) {
    std::vector<const Any::Member*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* x, const auto* y) { return x->key < y->key; });
    return members;
  };
  const auto left = sorted(a);
  const auto right = sorted(b);
  return std::equal(left.begin(), left.end(), right.begin(),
                    [](const auto* x, const auto* y) { return *x == *y; });
}

bool all_distinct(const Any::Object& members) {
  if (members.size() <= kLinearSearchMax) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (members[i].key == members[k].key) return false;
      }
    }
    return true;
  }
  std::vector<std::string_view> keys;
  keys.reserve(members.size());
  for (const auto& member : members) keys.emplace_back(member.key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

/// Of equal keys keeps the first one's place and the last one's value.
void drop_repeated(Any::Object& members) {
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const int compared = members[a].key.compare(members[b].key);
    return compared != 0 ? compared < 0 : a < b;
  });
  std::vector<bool> keep(members.size(), false);
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && members[order[end]].key == members[order[i]].key) ++end;
    keep[order[i]] = true;
    if (end - i > 1) std::swap(members[order[i]].value, members[order[end - 1]].value);
    i = end;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!keep[i]) continue;
    if (kept != i) members[kept] = std::move(members[i]);
    ++kept;
  }
  members.resize(kept);
}

/// Whether the counts in the input are known to be true, so that memory may be taken by them.
enum class Counts { claimed, checked };

Decoded<Any> read_members(Reader& reader, unsigned depth_left, Counts counts);
Decoded<Any> read_elements(Reader& reader, unsigned depth_left, Counts counts);

Decoded<Any> read_value(Reader& reader, unsigned depth_left, Counts counts) {
  const auto wrap = [](auto decoded) -> Decoded<Any> {
    if (!decoded) return fail(decoded.error());
    return Any{static_cast<double>(*decoded)};
  };
  const auto tag = reader.byte();
  if (!tag) return fail(tag.error());
  switch (*tag) {
    case 127:
      return Any{Undefined{}};
    case 126:
      return Any{Null{}};
    case 125: {
      const auto number = reader.var_int();
      if (!number) return fail(number.error());
      return Any{number->negative_zero ? -0.0 : static_cast<double>(number->value)};
    }
    case 124:
      return wrap(reader.float32());
    case 123:
      return wrap(reader.float64());
    case 122: {
      const auto number = reader.big_int64();
      if (!number) return fail(number.error());
      return Any{BigInt{*number}};
    }
    case 121:
      return Any{false};
    case 120:
      return Any{true};
    case 119: {
      const auto text = reader.var_string();
      if (!text) return fail(text.error());
      return Any{std::string(*text)};
    }
    case 118:
      return read_members(reader, depth_left, counts);
    case 117:
      return read_elements(reader, depth_left, counts);
    case 116: {
      const auto data = reader.var_bytes();
      if (!data) return fail(data.error());
      return Any{Bytes(data->begin(), data->end())};
    }
    default:
      return fail(DecodeError::invalid_any_tag);
  }
}

Decoded<Any> read_members(Reader& reader, unsigned depth_left, Counts counts) {
  if (depth_left == 0) return fail(DecodeError::any_too_deep);
  const auto count = reader.var_uint();
  if (!count) return fail(count.error());
  if (*count > reader.left() / 2) return fail(DecodeError::count_exceeds_input);
  Any::Object members;
  if (counts == Counts::checked) members.reserve(static_cast<std::size_t>(*count));
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto key = reader.var_string();
    if (!key) return fail(key.error());
    auto value = read_value(reader, depth_left - 1, counts);
    if (!value) return value;
    if (*key == "__proto__") continue;  // obj["__proto__"] = … makes no property
    members.emplace_back(std::string(*key), std::move(*value));
  }
  order_members(members);
  return Any{std::move(members)};
}

Decoded<Any> read_elements(Reader& reader, unsigned depth_left, Counts counts) {
  if (depth_left == 0) return fail(DecodeError::any_too_deep);
  const auto count = reader.var_uint();
  if (!count) return fail(count.error());
  if (*count > reader.left()) return fail(DecodeError::count_exceeds_input);
  Any::Array elements;
  if (counts == Counts::checked) elements.reserve(static_cast<std::size_t>(*count));
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto value = read_value(reader, depth_left - 1, counts);
    if (!value) return value;
    elements.push_back(std::move(*value));
  }
  return Any{std::move(elements)};
}

void write_text(Writer& writer, std::string_view text) {
  if (righttask::is_utf8(righttask::byte_view(text))) return writer.var_string(text);
  std::string repaired(text);
  replace_lone_surrogates(repaired);
  writer.var_string(repaired);
}

}  // namespace

const Any* Any::find(std::string_view key) const {
  const auto* members = as<Object>();
  if (members == nullptr) return nullptr;
  for (const auto& [name, member] : *members) {
    if (name == key) return &member;
  }
  return nullptr;
}

bool Any::operator==(const Any& other) const {
  if (value.index() != other.value.index()) return false;
  if (const auto* number = as<double>()) {
    const double theirs = *other.as<double>();
    return *number == theirs || (std::isnan(*number) && std::isnan(theirs));
  }
  if (const auto* members = as<Object>()) return equal_members(*members, *other.as<Object>());
  if (const auto* elements = as<Array>()) return *elements == *other.as<Array>();
  return value == other.value;
}

bool array_index(std::string_view key, std::uint32_t& index) {
  if (key.empty() || key.size() > 10 || (key[0] == '0' && key.size() > 1)) return false;
  std::uint64_t value = 0;
  for (const char c : key) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value > 0xfffffffe) return false;
  index = static_cast<std::uint32_t>(value);
  return true;
}

void order_members(Any::Object& members) {
  if (!all_distinct(members)) drop_repeated(members);
  std::vector<std::pair<std::uint32_t, std::size_t>> indices;
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::uint32_t index = 0;
    if (array_index(members[i].key, index)) indices.emplace_back(index, i);
  }
  if (indices.empty()) return;
  std::sort(indices.begin(), indices.end());
  std::vector<bool> moved(members.size(), false);
  Any::Object ordered;
  ordered.reserve(members.size());
  for (const auto& [index, at] : indices) {
    ordered.push_back(std::move(members[at]));
    moved[at] = true;
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!moved[i]) ordered.push_back(std::move(members[i]));
  }
  members = std::move(ordered);
}

Decoded<Any> read_any(Reader& reader, unsigned depth_max) {
  return read_value(reader, depth_max, Counts::claimed);
}

Any read_checked_any(Reader& reader) {
  if (const auto rest = reader.rest(); !rest.empty() && rest[0] == 125) {  // mostly, in an array
    static_cast<void>(reader.byte());
    const auto number = reader.var_int();
    CHECK(number.has_value());
    return Any{number->negative_zero ? -0.0 : static_cast<double>(number->value)};
  }
  auto value = read_value(reader, ~0U, Counts::checked);
  CHECK(value.has_value());
  return std::move(*value);
}

namespace {

/// Writes all nine bytes, and says how many of them count.
std::size_t put_number(double number, std::uint8_t* to) {
  const auto put = [to](std::uint8_t tag, std::uint64_t bytes) {  // the lowest comes first
    to[0] = tag;
    if constexpr (std::endian::native == std::endian::big) bytes = std::byteswap(bytes);
    std::memcpy(to + 1, &bytes, 8);
  };
  if (std::abs(number) <= 0x7fffffff) {
    const auto whole = static_cast<std::int32_t>(number);
    if (whole == number) {  // -0 is, too
      const auto magnitude = static_cast<std::uint64_t>(std::abs(whole));
      const auto coded = righttask::signed_varint(magnitude, std::signbit(number));
      put(125, coded.word);
      return 1 + coded.size;
    }
  }
  const bool in_range = std::isinf(number) || std::abs(number) <= static_cast<double>(FLT_MAX);
  if (in_range && static_cast<double>(static_cast<float>(number)) == number) {
    put(124, std::byteswap(std::bit_cast<std::uint32_t>(static_cast<float>(number))));
    return 5;
  }
  if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
  put(123, std::byteswap(std::bit_cast<std::uint64_t>(number)));
  return 9;
}

}  // namespace

AnyNumber::AnyNumber(double number) : size_(put_number(number, bytes_)) {}

void AnyNumbers::add(double number) {
  if (size_ + AnyNumber::kBytesMax > sizeof bytes_) flush();
  size_ += put_number(number, bytes_ + size_);
}

void AnyNumbers::flush() {
  writer_.raw({bytes_, size_});
  size_ = 0;
}

/// A lone surrogate and U+FFFD both take three bytes, so the length does not change.
void replace_lone_surrogates(std::string& text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const bool surrogate = text[i] == '\xed' && static_cast<std::uint8_t>(text[i + 1]) >= 0xa0;
    if (surrogate) text.replace(i, 3, "\xef\xbf\xbd");
  }
}

void write_any(Writer& writer, const Any& any) {
  if (any.as<Undefined>() != nullptr) {
    writer.byte(127);
  } else if (any.as<Null>() != nullptr) {
    writer.byte(126);
  } else if (const auto* number = any.as<double>()) {
    writer.raw(AnyNumber(*number).view());
  } else if (const auto* big = any.as<BigInt>()) {
    writer.byte(122);
    writer.big_int64(big->value);
  } else if (const auto* flag = any.as<bool>()) {
    writer.byte(*flag ? 120 : 121);
  } else if (const auto* text = any.as<std::string>()) {
    writer.byte(119);
    write_text(writer, *text);
  } else if (const auto* members = any.as<Any::Object>()) {
    writer.byte(118);
    writer.var_uint(members->size());
    for (const auto& [key, member] : *members) {
      write_text(writer, key);
      write_any(writer, member);
    }
  } else if (const auto* elements = any.as<Any::Array>()) {
    writer.byte(117);
    writer.var_uint(elements->size());
    for (const auto& element : *elements) write_any(writer, element);
  } else if (const auto* data = any.as<Bytes>()) {
    writer.byte(116);
    writer.var_bytes(*data);
  }
}

}  // namespace ydoc
