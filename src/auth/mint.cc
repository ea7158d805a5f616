#include "auth/mint.h"

#include <algorithm>

#include "auth/claims.h"
#include "auth/json.h"
#include "auth/jws.h"
#include "auth/token_verifier.h"

namespace righttask::auth {
namespace {

Json time_json(UnixSeconds time) {
  return Json(json_integer(time.time_since_epoch().count()));
}

std::string_view scope_text(Access access) {
  return access == Access::read ? "readonly" : "read-write";
}

/// One scope for all rooms is said once, with a list; else each room has its own.
void set_rooms(json_t* claims, const std::vector<RoomRule>& rules) {
  if (rules.empty()) return;
  const Access first = rules.front().access;
  const bool alike =
      std::ranges::all_of(rules, [first](const RoomRule& rule) { return rule.access == first; });
  if (!alike) {
    Json rooms(json_object());
    for (const RoomRule& rule : rules) {
      set(rooms.get(), rule.pattern().c_str(), json_text(scope_text(rule.access)));
    }
    set(claims, "rooms", std::move(rooms));
    return;
  }
  Json rooms(json_array());
  for (const RoomRule& rule : rules) {
    json_array_append_new(rooms.get(), json_text(rule.pattern()).release());
  }
  set(claims, "rooms", std::move(rooms));
  set(claims, "scope", json_text(scope_text(first)));
}

}  // namespace

Result<std::string, std::string> mint(const SigningKey& key, const TokenRequest& request) {
  Json claims(json_object());
  const auto set_text = [&](const char* name, const std::string& text) {
    if (text.empty()) return true;
    Json value = json_text(text);
    const bool sound = value != nullptr;
    set(claims.get(), name, std::move(value));
    return sound;
  };
  for (const auto& [name, text] : {std::pair{"sub", &request.subject},
                                   {"name", &request.name},
                                   {"jti", &request.token_id},
                                   {"iss", &request.issuer},
                                   {"aud", &request.audience}}) {
    if (!set_text(name, *text)) return fail(std::string(name) + " is not UTF-8");
  }
  set_rooms(claims.get(), request.rooms);
  set(claims.get(), "iat", time_json(request.issued));
  set(claims.get(), "exp", time_json(request.expires));

  const std::string payload = dump(claims.get());
  // The verifier's own reading is the judge of what it would take.
  const auto readable = parse_claims(payload);
  if (!readable) {
    return fail("no server would take this token: " + std::string(to_string(readable.error())));
  }
  if (readable->rooms != request.rooms) return fail(std::string("a room is named twice"));
  auto token = sign(key.key(), payload);
  if (!token) return fail(std::string("the key cannot sign"));
  if (token->size() > kTokenBytesMax) {
    return fail(std::string("the token would be longer than 8 KiB; name fewer rooms"));
  }
  return *std::move(token);
}

}  // namespace righttask::auth
