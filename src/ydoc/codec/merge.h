#pragma once

#include <span>

#include "ydoc/codec/state_vector.h"
#include "ydoc/update.h"

namespace ydoc {

/// One update with the effect of all; byte for byte what Yjs's mergeUpdates yields where each
/// input lists its clients in descending order and once, as every Yjs since 13.0 writes them.
/// (From other inputs Yjs loses structs; we do not.) One update is returned as it is, none give
/// the empty update. Time O(bytes + structs * log updates); holds one struct per update, and all of
/// them, decoded, where clients do not descend.
/// Errors: those of decoding for the first invalid update.
[[nodiscard]] Decoded<Bytes> merge_updates_v1(std::span<const ByteView> updates,
                                              const DecodeLimits& limits = {});
[[nodiscard]] Decoded<Bytes> merge_updates_v2(std::span<const ByteView> updates,
                                              const DecodeLimits& limits = {});

/// As merge_updates_v2, with the number of structs in the result, of which V2's size says little.
struct CountedUpdate {
  Bytes bytes;
  std::size_t structs;
};
[[nodiscard]] Decoded<CountedUpdate> merge_and_count_v2(std::span<const ByteView> updates,
                                                        const DecodeLimits& limits = {});

/// The part of `update` that a peer in state `have` lacks, with the whole delete set; Yjs's
/// diffUpdate byte for byte. Time O(bytes); holds one struct and the deletes. An update whose
/// clients do not descend is merged with itself first.
[[nodiscard]] Decoded<Bytes> diff_update_v1(ByteView update, const StateVector& have,
                                            const DecodeLimits& limits = {});
[[nodiscard]] Decoded<Bytes> diff_update_v2(ByteView update, const StateVector& have,
                                            const DecodeLimits& limits = {});

/// The state vector of a document that holds just `update`; Yjs's
/// encodeStateVectorFromUpdate, whose clients stand in the update's order. A client whose
/// structs do not begin at clock 0, and what follows a gap, do not count.
[[nodiscard]] Decoded<Bytes> state_vector_from_update_v1(ByteView update,
                                                         const DecodeLimits& limits = {});
[[nodiscard]] Decoded<Bytes> state_vector_from_update_v2(ByteView update,
                                                         const DecodeLimits& limits = {});

/// The span of each client's structs in an update; Yjs's parseUpdateMeta. Gaps inside do not show,
/// and of a client that comes twice the last section counts.
struct UpdateMeta {
  StateVector from;  // the first unit
  StateVector to;    // one past the last
  bool operator==(const UpdateMeta&) const = default;
};
[[nodiscard]] Decoded<UpdateMeta> parse_update_meta_v1(ByteView update,
                                                       const DecodeLimits& limits = {});
[[nodiscard]] Decoded<UpdateMeta> parse_update_meta_v2(ByteView update,
                                                       const DecodeLimits& limits = {});

}  // namespace ydoc
