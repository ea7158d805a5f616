#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace righttask::net {

/// SHA-1 (FIPS 180-4), because the WebSocket handshake is defined by it and entity tags may as
/// well be. A checksum, no protection: use it for nothing else.
[[nodiscard]] std::array<std::uint8_t, 20> sha1(ByteView bytes);

}  // namespace righttask::net
