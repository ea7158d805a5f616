#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/grant.h"
#include "auth/key_set.h"
#include "base/clock.h"
#include "base/result.h"

namespace righttask::auth {

/// What a new token shall say. Empty strings and lists are left out.
struct TokenRequest {
  std::string subject;
  std::string name;
  std::string token_id;
  std::string issuer;
  std::string audience;
  UnixSeconds issued;
  UnixSeconds expires;
  std::vector<RoomRule> rooms;
};

/// A token that a verifier with the other half of the key accepts from `issued` until `expires`.
/// The error is a sentence for the user: a claim that no verifier would take. Draws randomness
/// from OpenSSL for PS256 and ES256, unlike the rest of this module. (Spec: TOK-28)
[[nodiscard]] Result<std::string, std::string> mint(const SigningKey& key,
                                                    const TokenRequest& request);

}  // namespace righttask::auth
