#pragma once

#include <cstdint>

#include "base/named_type.h"

namespace righttask::net {

/// Slot in the low 32 bits, generation above: an id kept beyond its connection's life finds
/// nothing. Generations start at 1, so 0 names no connection.
using ConnectionId = NamedType<std::uint64_t, struct NetConnectionIdTag>;

[[nodiscard]] constexpr ConnectionId make_connection_id(std::uint32_t slot,
                                                        std::uint32_t generation) {
  return ConnectionId{(std::uint64_t{generation} << 32) | slot};
}
[[nodiscard]] constexpr std::uint32_t slot_of(ConnectionId id) {
  return static_cast<std::uint32_t>(id.value());
}
[[nodiscard]] constexpr std::uint32_t generation_of(ConnectionId id) {
  return static_cast<std::uint32_t>(id.value() >> 32);
}

}  // namespace righttask::net
