#pragma once

#include <cstdint>

#include "model/limits.h"
#include "protocol/phoenix/frame.h"

namespace righttask::protocol::phoenix {

/// What all sessions of one version have in common.
struct SessionCommon {
  const Limits& limits;
  std::uint64_t seed;  // of unique_key
  Version version;
};

}  // namespace righttask::protocol::phoenix
