#pragma once

#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/decode_error.h"
#include "ydoc/id.h"

namespace righttask::loadgen {

/// Units of one client that an update holds without a gap: clocks from `begin` up to `end`.
struct ClockRange {
  ydoc::ClientId client;
  ydoc::Clock begin;
  ydoc::Clock end;
  bool operator==(const ClockRange&) const = default;
};

/// What a V1 update brings, whoever merged it, in wire order; deletions are not looked at. `out` is
/// overwritten. Structs of texts and gaps are walked over by their lengths alone; an update with
/// anything else in it is decoded, at the price of doing so.
/// Time: O(structs), O(bytes) where it is decoded. Errors: those of ydoc::Update::decode_v1.
[[nodiscard]] Decoded<void> read_ranges(ByteView update, std::vector<ClockRange>& out);

/// The update by which `client` appends `text` to what it has written in the Y.Text "t": one
/// struct, as Yjs sends while somebody types. `text` is ASCII and not empty; `clock` counts the
/// units that the client has written before.
void write_typed(ydoc::ClientId client, ydoc::Clock clock, std::string_view text, Bytes& out);

}  // namespace righttask::loadgen
