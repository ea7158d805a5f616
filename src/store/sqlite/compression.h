#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace righttask::store::sqlite {

/// One zstd frame. Blocking: 3 ms a megabyte.
[[nodiscard]] Bytes compress(ByteView plain);

/// The opposite. Nothing when the frame is damaged or does not say and hold exactly `size` bytes;
/// memory is taken only once it says so.
[[nodiscard]] std::optional<Bytes> decompress(ByteView packed, std::uint64_t size);

}  // namespace righttask::store::sqlite
