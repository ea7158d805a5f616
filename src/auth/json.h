#pragma once

#include <jansson.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

// Jansson, with its references owned and its leniency switched off. For auth, and the bodies of
// api.

namespace righttask::auth {

struct JsonRelease {
  void operator()(json_t* json) const { json_decref(json); }
};
using Json = std::unique_ptr<json_t, JsonRelease>;

/// Arrays and objects inside one another, in headers, claims and JWKS.
inline constexpr unsigned kJsonDepthMax = 16;

/// One JSON object and nothing after it (RFC 8259), without duplicate keys at any depth, in valid
/// UTF-8, without U+0000. Integers are of 64 bits; larger ones, and reals beyond double, are
/// errors. The error says what and on which line, and quotes nothing of the text.
[[nodiscard]] Result<Json, std::string> parse_object(std::string_view text);

/// A member that is a string; nothing when there is none or it is something else.
[[nodiscard]] std::optional<std::string_view> string_member(const json_t* object, const char* key);

[[nodiscard]] inline std::string_view string_value(const json_t* string) {
  return {json_string_value(string), json_string_length(string)};
}

[[nodiscard]] inline Json json_text(std::string_view text) {
  return Json(json_stringn(text.data(), text.size()));
}

/// Takes over the value. Sets nothing if it is null (text that is not UTF-8, or no memory).
void set(json_t* object, const char* key, Json value);

/// `flags` as json_dumps has them.
[[nodiscard]] std::string dump(const json_t* json, std::size_t flags = JSON_COMPACT);

}  // namespace righttask::auth
