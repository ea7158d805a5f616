#include "auth/unverified.h"

#include "auth/json.h"
#include "auth/jws.h"
#include "auth/token_verifier.h"
#include "base/base64.h"

namespace righttask::auth {

Result<Unverified, TokenError> read_unverified(std::string_view token) {
  if (token.empty()) return fail(TokenError::missing);
  if (token.size() > kTokenBytesMax) return fail(TokenError::too_large);
  const auto jws = split_compact(token);
  if (!jws) return fail(TokenError::not_three_parts);
  const auto header_text = base64url_decode(jws->header);
  const auto claims_text = base64url_decode(jws->payload);
  if (!header_text || !claims_text) return fail(TokenError::not_base64url);
  const auto header = parse_object(as_text(*header_text));
  if (!header) return fail(TokenError::header_malformed);
  const auto claims = parse_object(as_text(*claims_text));
  if (!claims) return fail(TokenError::payload_malformed);
  const auto shown = [](const Json& json) {
    return dump(json.get(), JSON_INDENT(2) | JSON_ENSURE_ASCII);
  };
  return Unverified{shown(*header), shown(*claims)};
}

}  // namespace righttask::auth
