#pragma once

#include "ydoc/update.h"

namespace ydoc {

/// The same update in the other encoding, byte for byte Yjs's convertUpdateFormatV1ToV2 and
/// V2ToV1. To V2 and back is the update again (in Yjs's spelling); to V1 and back loses of embeds
/// and format values what JSON cannot say. Time O(bytes), holds one struct.
/// Errors: those of decoding.
[[nodiscard]] Decoded<Bytes> convert_v1_to_v2(ByteView update_v1, const DecodeLimits& limits = {});
[[nodiscard]] Decoded<Bytes> convert_v2_to_v1(ByteView update_v2, const DecodeLimits& limits = {});

}  // namespace ydoc
