#pragma once

#include <string>

#include "ydoc/store/store.h"

namespace ydoc {

/// Checks what must hold between transactions: each client's structs follow one another without
/// gaps and have content of their length, lists are linked both ways and end where the newest
/// item of a key says, everything a deleted type holds is deleted, lengths add up, each item is
/// in exactly one list, indices of lists agree with them. For tests, fuzzing and tools. O(items).
/// The first thing found wrong, or an empty string.
[[nodiscard]] std::string integrity_fault(const Store& store);

}  // namespace ydoc
