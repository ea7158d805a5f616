#pragma once

#include <cstdint>
#include <string_view>

#include "model/messages.h"

namespace righttask::auth {

/// Why a token does not count.
enum class TokenError : std::uint8_t {
  missing,
  too_large,
  not_three_parts,
  not_base64url,
  header_malformed,
  critical_header,
  algorithm_none,
  algorithm_unknown,
  unknown_key,
  algorithm_mismatch,
  signature_wrong,
  payload_malformed,
  time_malformed,
  expiry_missing,
  expired,
  not_yet_valid,
  issued_in_future,
  issuer_wrong,
  audience_wrong,
  subject_malformed,
  name_malformed,
  id_malformed,
  rooms_malformed,
  scope_malformed,
  revoked,
};

/// For logs and operators, without a word of the token: "its signature is wrong", …
[[nodiscard]] std::string_view to_string(TokenError error) noexcept;

/// What the client is told: `expired` or `unauthorized`. All that is wrong before the signature
/// has been verified is the latter, so that nothing can be learnt by guessing. (Spec: TOK-25)
[[nodiscard]] Refusal refusal(TokenError error) noexcept;

}  // namespace righttask::auth
