#pragma once

#include <compare>
#include <cstdint>

namespace ydoc {

/// The replica that made a struct: a number below 2^53 drawn at random by each client.
using ClientId = std::uint64_t;

/// A position in one client's sequence of structs, counted in UTF-16 code units for text
/// and elements otherwise.
using Clock = std::uint64_t;

/// Names one unit of content. Written [client, clock].
struct Id {
  ClientId client = 0;
  Clock clock = 0;
  auto operator<=>(const Id&) const = default;
};

}  // namespace ydoc
