#pragma once

#include <span>
#include <vector>

#include "ydoc/update.h"

namespace ydoc {

/// Sorts by client (descending) and clock, and joins ranges that touch or overlap: the form in
/// which Yjs writes a merged delete set (sortAndMergeDeleteSet, writeDeleteSet).
/// O(n log n), O(n) when already in order, or when two that are stand one behind the other.
void sort_and_merge(std::vector<DeleteRange>& ranges);

/// Whether each range begins at or behind the end of its client's last one.
[[nodiscard]] bool deletes_ascend(std::span<const DeleteRange> ranges);

/// Sorts by client (descending), keeping each client's ranges in the order they have: the form
/// in which Yjs writes a delete set it has only read.
void group_by_client(std::vector<DeleteRange>& ranges);

}  // namespace ydoc
