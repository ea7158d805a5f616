#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/key_set.h"

// Signatures in JWS compact serialisation (RFC 7515), made and checked by libjose. Inside auth
// alone.

namespace righttask::auth {

/// The three parts as they stand in a token, borrowed from it.
struct CompactJws {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

/// Splits at the dots; nothing unless there are exactly two.
[[nodiscard]] std::optional<CompactJws> split_compact(std::string_view token);

/// Whether the key has signed header and payload, in constant time where it is secret. The caller
/// has made sure that the header names the key's algorithm and has no duplicate keys: libjose does
/// not. All parts are base64url.
[[nodiscard]] bool is_signed_by(const Key& key, const CompactJws& jws);

/// A token with this payload. The header holds `alg`, `typ` and the key's `kid`. Draws randomness
/// from OpenSSL for PS256 and ES256. Nothing if the library fails.
[[nodiscard]] std::optional<std::string> sign(const Key& key, std::string_view payload);

}  // namespace righttask::auth
