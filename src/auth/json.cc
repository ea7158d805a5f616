#include "auth/json.h"

#include <cstdlib>

#include "base/check.h"

namespace righttask::auth {
namespace {

/// Brackets inside one another, without judging whether the text is JSON. Jansson recurses, and
/// its own bound of 2,048 levels is meant for larger stacks.
bool is_deeper_than(std::string_view text, unsigned depth_max) {
  unsigned depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > depth_max) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

/// What went wrong, without the excerpt that Jansson appends: it may be part of a secret.
std::string without_excerpt(const json_error_t& error) {
  std::string_view what = error.text;
  what = what.substr(0, what.find(" near "));
  return std::string(what) + " (line " + std::to_string(error.line) + ")";
}

}  // namespace

Result<Json, std::string> parse_object(std::string_view text) {
  if (is_deeper_than(text, kJsonDepthMax)) return fail(std::string("nested too deeply"));
  json_error_t error;
  Json json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error));
  if (!json) return fail(without_excerpt(error));
  if (!json_is_object(json.get())) return fail(std::string("not an object"));
  return json;
}

std::optional<std::string_view> string_member(const json_t* object, const char* key) {
  const json_t* value = json_object_get(object, key);
  if (!json_is_string(value)) return std::nullopt;
  return string_value(value);
}

void set(json_t* object, const char* key, Json value) {
  if (value) json_object_set_new(object, key, value.release());
}

std::string dump(const json_t* json, std::size_t flags) {
  char* text = json_dumps(json, flags);
  CHECK(text != nullptr);
  std::string out = text;
  std::free(text);
  return out;
}

}  // namespace righttask::auth
