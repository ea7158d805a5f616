#include "auth/claims.h"

#include <algorithm>

#include "auth/json.h"
#include "base/utf8.h"

namespace righttask::auth {
namespace {

/// 9999-12-31T23:59:59Z. Milliseconds since 1970 are beyond it.
constexpr json_int_t kSecondsMax = 253'402'300'799;

using Time = Result<std::optional<UnixSeconds>, TokenError>;

Time time_of(const json_t* claims, const char* key) {
  const json_t* value = json_object_get(claims, key);
  if (value == nullptr) return std::optional<UnixSeconds>();
  if (!json_is_integer(value)) return fail(TokenError::time_malformed);
  const json_int_t seconds = json_integer_value(value);
  if (seconds < 0 || seconds > kSecondsMax) return fail(TokenError::time_malformed);
  return UnixSeconds(std::chrono::seconds(seconds));
}

/// A string of 1 to `bytes_max` bytes, or empty when there is none.
Result<std::string, TokenError> text_of(const json_t* claims, const char* key,
                                        std::size_t bytes_max, TokenError error) {
  const json_t* value = json_object_get(claims, key);
  if (value == nullptr) return std::string();
  if (!json_is_string(value)) return fail(error);
  const std::string_view text = string_value(value);
  if (text.empty() || text.size() > bytes_max) return fail(error);
  return std::string(text);
}

/// A name of no letters is none: profiles have such.
Result<std::string, TokenError> name_of(const json_t* claims) {
  const json_t* value = json_object_get(claims, "name");
  if (value == nullptr) return std::string();
  if (!json_is_string(value)) return fail(TokenError::name_malformed);
  const std::string_view text = string_value(value);
  if (utf16_length(text) > kNameUtf16Max) return fail(TokenError::name_malformed);
  return std::string(text);
}

std::optional<Access> access_of(const json_t* scope) {
  if (!json_is_string(scope)) return std::nullopt;
  if (string_value(scope) == "read-write") return Access::read_write;
  if (string_value(scope) == "readonly") return Access::read;
  return std::nullopt;
}

std::vector<std::string> audience_of(const json_t* audience) {
  std::vector<std::string> out;
  if (json_is_string(audience)) out.emplace_back(string_value(audience));
  for (std::size_t i = 0; i < json_array_size(audience); ++i) {
    const json_t* one = json_array_get(audience, i);
    if (!json_is_string(one)) return {};
    out.emplace_back(string_value(one));
  }
  return out;
}

using Rules = Result<std::vector<RoomRule>, TokenError>;

Rules rules_of_list(const json_t* list, Access ceiling) {
  std::vector<RoomRule> rules;
  for (std::size_t i = 0; i < json_array_size(list); ++i) {
    const json_t* pattern = json_array_get(list, i);
    if (!json_is_string(pattern)) return fail(TokenError::rooms_malformed);
    auto rule = RoomRule::parse(string_value(pattern), ceiling);
    if (!rule) return fail(TokenError::rooms_malformed);
    rules.push_back(*std::move(rule));
  }
  return rules;
}

Rules rules_of_object(json_t* object, Access ceiling) {
  std::vector<RoomRule> rules;
  const char* pattern = nullptr;
  json_t* scope = nullptr;
  json_object_foreach(object, pattern, scope) {
    const auto access = access_of(scope);
    if (!access) return fail(TokenError::scope_malformed);
    auto rule = RoomRule::parse(pattern, std::min(*access, ceiling));
    if (!rule) return fail(TokenError::rooms_malformed);
    rules.push_back(*std::move(rule));
  }
  return rules;
}
static_assert(Access::read < Access::read_write);

/// `scope` is the ceiling of whatever `rooms` grants.
Rules rules_of(const json_t* claims) {
  Access ceiling = Access::read_write;
  if (const json_t* scope = json_object_get(claims, "scope"); scope != nullptr) {
    const auto access = access_of(scope);
    if (!access) return fail(TokenError::scope_malformed);
    ceiling = *access;
  }
  json_t* rooms = json_object_get(claims, "rooms");
  if (rooms == nullptr) return std::vector<RoomRule>();
  if (json_is_array(rooms)) return rules_of_list(rooms, ceiling);
  if (json_is_object(rooms)) return rules_of_object(rooms, ceiling);
  return fail(TokenError::rooms_malformed);
}

}  // namespace

Result<Claims, TokenError> parse_claims(std::string_view json) {
  const auto parsed = parse_object(json);
  if (!parsed) return fail(TokenError::payload_malformed);
  const json_t* object = parsed->get();

  const auto expires = time_of(object, "exp");
  const auto not_before = time_of(object, "nbf");
  const auto issued = time_of(object, "iat");
  if (!expires || !not_before || !issued) return fail(TokenError::time_malformed);
  auto subject = text_of(object, "sub", kSubjectBytesMax, TokenError::subject_malformed);
  if (!subject) return fail(subject.error());
  auto name = name_of(object);
  if (!name) return fail(name.error());
  auto token_id = text_of(object, "jti", kTokenIdBytesMax, TokenError::id_malformed);
  if (!token_id) return fail(token_id.error());
  auto rooms = rules_of(object);
  if (!rooms) return fail(rooms.error());

  Claims claims;
  claims.subject = *std::move(subject);
  claims.name = *std::move(name);
  claims.token_id = *std::move(token_id);
  claims.expires = *expires;
  claims.not_before = *not_before;
  claims.issued = *issued;
  if (const auto issuer = string_member(object, "iss")) claims.issuer = std::string(*issuer);
  claims.audience = audience_of(json_object_get(object, "aud"));
  claims.rooms = *std::move(rooms);
  return claims;
}

}  // namespace righttask::auth
