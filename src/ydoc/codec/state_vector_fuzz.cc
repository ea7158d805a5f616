#include "ydoc/codec/state_vector.h"

#include "base/check.h"

// Any bytes are refused, or decode to a state vector that survives a round trip.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto decoded = ydoc::StateVector::decode({data, size});
  if (!decoded) return 0;
  const auto encoded = decoded->encode();
  CHECK(ydoc::StateVector::decode(encoded) == *decoded);
  for (const auto& entry : decoded->entries()) CHECK(decoded->of(entry.client) == entry.clock);
  return 0;
}
