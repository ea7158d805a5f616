#pragma once

#include <span>
#include <vector>

#include "base/reader.h"
#include "base/writer.h"
#include "ydoc/update.h"

// delete_set := clients:varuint { client:varuint ranges:varuint range[ranges] }
// range_v1   := clock:varuint length:varuint
// range_v2   := gap:varuint length_less_one:varuint     gap: since the client's last range ended
// Source: Yjs 13.6, src/utils/DeleteSet.js; UpdateEncoder.js, DSEncoderV1 and DSEncoderV2.

namespace ydoc {

enum class DeleteSetForm : std::uint8_t { v1, v2 };

/// A delete set that stands among other things, as in a snapshot. Ranges in wire order, those of
/// length zero left out. Time and memory O(bytes): counts are held against the bytes left.
/// Errors: truncated, integer_too_large, count_exceeds_input, too_many_structs (more than
/// `ranges_max` ranges), clock_overflow.
[[nodiscard]] Decoded<std::vector<DeleteRange>> read_delete_set(righttask::Reader& reader,
                                                                DeleteSetForm form,
                                                                std::size_t ranges_max);

/// `ranges`: as sort_and_merge() leaves them.
void write_delete_set(righttask::Writer& writer, DeleteSetForm form,
                      std::span<const DeleteRange> ranges);

}  // namespace ydoc
