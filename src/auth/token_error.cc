#include "auth/token_error.h"

namespace righttask::auth {

std::string_view to_string(TokenError error) noexcept {
  switch (error) {
    case TokenError::missing:
      return "there is no token";
    case TokenError::too_large:
      return "it is longer than 8 KiB";
    case TokenError::not_three_parts:
      return "it has not three parts";
    case TokenError::not_base64url:
      return "a part is not base64url";
    case TokenError::header_malformed:
      return "its header is no JSON object with string members alg and, if any, kid";
    case TokenError::critical_header:
      return "its header has crit, and no extension is known";
    case TokenError::algorithm_none:
      return "it is not signed (alg none)";
    case TokenError::algorithm_unknown:
      return "its alg is none of HS256, RS256, PS256 and ES256";
    case TokenError::unknown_key:
      return "no key has its kid";
    case TokenError::algorithm_mismatch:
      return "the key is not for its alg";
    case TokenError::signature_wrong:
      return "its signature is wrong";
    case TokenError::payload_malformed:
      return "its claims are no JSON object";
    case TokenError::time_malformed:
      return "exp, nbf or iat is not a number of whole seconds since 1970 below the year 10000";
    case TokenError::expiry_missing:
      return "it has no exp";
    case TokenError::expired:
      return "it has expired (exp)";
    case TokenError::not_yet_valid:
      return "it is not valid yet (nbf)";
    case TokenError::issued_in_future:
      return "it was issued in the future (iat)";
    case TokenError::issuer_wrong:
      return "its iss is not the configured issuer";
    case TokenError::audience_wrong:
      return "its aud does not name the configured audience";
    case TokenError::subject_malformed:
      return "its sub is not a string of 1 to 255 bytes";
    case TokenError::name_malformed:
      return "its name is not a string of at most 100 UTF-16 units";
    case TokenError::id_malformed:
      return "its jti is not a string of 1 to 255 bytes";
    case TokenError::rooms_malformed:
      return "its rooms are neither a list of names and prefixes* nor an object from these to a "
             "scope";
    case TokenError::scope_malformed:
      return "its scope is neither read-write nor readonly";
    case TokenError::revoked:
      return "it has been revoked";
  }
  return "it is not valid";
}

Refusal refusal(TokenError error) noexcept {
  return error == TokenError::expired ? Refusal::expired : Refusal::unauthorized;
}

}  // namespace righttask::auth
