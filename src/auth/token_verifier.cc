#include "auth/token_verifier.h"

#include <algorithm>
#include <utility>

#include "auth/claims.h"
#include "auth/json.h"
#include "auth/jws.h"
#include "base/base64.h"
#include "base/check.h"

namespace righttask::auth {
namespace {

/// All of a header that is looked at. `jku`, `jwk`, `x5u`, `x5c` and the rest are not.
struct Header {
  Algorithm algorithm;
  std::string kid;
};

Result<Header, TokenError> parse_header(std::string_view json) {
  const auto parsed = parse_object(json);
  if (!parsed) return fail(TokenError::header_malformed);
  const json_t* header = parsed->get();
  if (json_object_get(header, "crit") != nullptr) return fail(TokenError::critical_header);
  const auto name = string_member(header, "alg");
  if (!name) return fail(TokenError::header_malformed);
  if (name == "none") return fail(TokenError::algorithm_none);
  const auto algorithm = parse_algorithm(*name);
  if (!algorithm) return fail(TokenError::algorithm_unknown);
  const json_t* kid = json_object_get(header, "kid");
  if (kid != nullptr && !json_is_string(kid)) return fail(TokenError::header_malformed);
  return Header{*algorithm, std::string(kid == nullptr ? "" : string_value(kid))};
}

/// Nothing if a key has signed it.
std::optional<TokenError> fault_of_signature(const KeySet& keys, const Header& header,
                                             const CompactJws& jws) {
  const auto candidates = keys.candidates(header.kid, header.algorithm);
  if (candidates.empty()) {
    const bool eligible = std::ranges::any_of(keys.keys(), [&](const Key& key) {
      return header.kid.empty() || key.id() == header.kid || key.id().empty();
    });
    return eligible ? TokenError::algorithm_mismatch : TokenError::unknown_key;
  }
  const bool is_signed =
      std::ranges::any_of(candidates, [&](const Key* key) { return is_signed_by(*key, jws); });
  return is_signed ? std::nullopt : std::optional(TokenError::signature_wrong);
}

std::optional<TokenError> fault_of_claims(const Claims& claims, const VerifierOptions& options,
                                          UnixSeconds now) {
  if (!claims.expires && options.expiry_required) return TokenError::expiry_missing;
  if (options.issuer && claims.issuer != options.issuer) return TokenError::issuer_wrong;
  if (options.audience &&
      std::ranges::find(claims.audience, *options.audience) == claims.audience.end()) {
    return TokenError::audience_wrong;
  }
  if (claims.not_before && now + options.leeway < *claims.not_before) {
    return TokenError::not_yet_valid;
  }
  if (claims.issued && now + options.leeway < *claims.issued) return TokenError::issued_in_future;
  return std::nullopt;
}

}  // namespace

TokenVerifier::TokenVerifier(KeySet keys, VerifierOptions options)
    : keys_(std::move(keys)), options_(std::move(options)) {
  CHECK(options_.leeway >= std::chrono::seconds(0) && options_.leeway <= kLeewayMax);
}

Result<Grant, TokenError> TokenVerifier::verify(std::string_view token, UnixSeconds now) const {
  if (token.empty()) return fail(TokenError::missing);
  if (token.size() > kTokenBytesMax) return fail(TokenError::too_large);
  const auto jws = split_compact(token);
  if (!jws) return fail(TokenError::not_three_parts);
  const auto header_json = base64url_decode(jws->header);
  const auto payload = base64url_decode(jws->payload);
  if (!header_json || !payload || !base64url_decode(jws->signature)) {
    return fail(TokenError::not_base64url);
  }
  const auto header = parse_header(as_text(*header_json));
  if (!header) return fail(header.error());
  if (const auto error = fault_of_signature(keys_, *header, *jws)) return fail(*error);

  // From here on whoever holds a key has said all this.
  auto claims = parse_claims(as_text(*payload));
  if (!claims) return fail(claims.error());
  if (const auto error = fault_of_claims(*claims, options_, now)) return fail(*error);
  Grant grant;
  grant.subject = std::move(claims->subject);
  grant.name = std::move(claims->name);
  grant.token_id = std::move(claims->token_id);
  grant.issued = claims->issued;
  grant.ends = claims->expires ? *claims->expires + options_.leeway : UnixSeconds::max();
  grant.rooms = std::move(claims->rooms);
  if (const auto error = fault(grant, now)) return fail(*error);
  return grant;
}

std::optional<TokenError> TokenVerifier::fault(const Grant& grant, UnixSeconds now) const {
  if (now >= grant.ends) return TokenError::expired;
  if (revocations_.revokes(grant)) return TokenError::revoked;
  return std::nullopt;
}

}  // namespace righttask::auth
