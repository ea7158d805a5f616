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

}  // namespace righttask
