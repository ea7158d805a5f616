#pragma once

#include <string>
#include <variant>

#include "auth/json.h"
#include "auth/key_set.h"

// One JWK (RFC 7517), checked. Inside auth alone.

namespace righttask::auth {

/// Sound, but not for us: another purpose, type or algorithm.
struct Unusable {
  std::string why;
};

enum class KeyHalf : std::uint8_t { verifies, signs };

/// Checks all of a JWK and keeps only the members that were checked. `rsa` is the algorithm of an
/// RSA key that names none. The error never contains key material.
[[nodiscard]] Result<std::variant<Key, Unusable>, std::string> parse_jwk(const json_t* jwk,
                                                                         Algorithm rsa,
                                                                         KeyHalf half);

/// The JWK of a shared secret.
[[nodiscard]] Json secret_jwk(std::string_view secret);

}  // namespace righttask::auth
