#pragma once

#include <cstdint>
#include <string>

namespace righttask::runtime {

/// How many descriptors this process may have open.
[[nodiscard]] std::uint64_t open_file_limit();

/// Raises the soft limit to the hard one, which needs no privilege, and returns what now holds.
std::uint64_t raise_open_file_limit();

/// The system's words for an errno value: "Address already in use".
[[nodiscard]] std::string error_text(int error);

}  // namespace righttask::runtime
