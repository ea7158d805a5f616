#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ydoc/any.h"

// Reading what workloads.py and peers/node/record.mjs have written; the formats are stated there.

namespace bench {

using righttask::Bytes;
using righttask::ByteView;

/// Ends the program with a message if the file cannot be read.
[[nodiscard]] Bytes read_bytes(const std::string& path);

/// updates := { length:u32 bytes }, little-endian.
[[nodiscard]] std::vector<Bytes> read_updates(const std::string& path);

/// FNV-1a, 32 bits, as eight hexadecimal digits.
[[nodiscard]] std::string hash(ByteView bytes);

/// JSON with sorted keys and no spaces, so that all engines write a value alike.
[[nodiscard]] std::string canonical(const ydoc::Any& value);

/// CPU that this process has used and time on the wall, in nanoseconds.
[[nodiscard]] double cpu_ns();
[[nodiscard]] double wall_ns();

/// Bytes of memory that belong to this process alone, after malloc has given back what it holds
/// for later.
[[nodiscard]] std::size_t private_bytes();

}  // namespace bench
