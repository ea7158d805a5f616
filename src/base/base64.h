#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace righttask {

/// Standard alphabet, padded.
[[nodiscard]] std::string base64_encode(ByteView bytes);

/// Reads the standard and the URL-safe alphabet, padding optional. Nothing for any other
/// character, an impossible length, or padding that does not belong.
[[nodiscard]] std::optional<Bytes> base64_decode(std::string_view text);

/// URL-safe alphabet, unpadded: the encoding of JWS and JWK (RFC 7515, section 2).
[[nodiscard]] std::string base64url_encode(ByteView bytes);

/// Reads what base64url_encode writes and nothing else, so that no two texts mean the same bytes:
/// padding, the standard alphabet and trailing bits that belong to no byte are refused.
[[nodiscard]] std::optional<Bytes> base64url_decode(std::string_view text);

}  // namespace righttask
