#pragma once

#include "ydoc/codec/block_reader.h"
#include "ydoc/codec/decoder_v1.h"
#include "ydoc/codec/decoder_v2.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/codec/update_writer_v2.h"

namespace ydoc {

/// What algorithms on encoded updates are templates over.
struct EncodingV1 {
  using Reader = BlockReader<DecoderV1>;
  using Writer = UpdateWriterV1;

  [[nodiscard]] static Decoded<void> read(Update& update, ByteView bytes,
                                          const DecodeLimits& limits) {
    return update.read_v1(bytes, limits);
  }
};

struct EncodingV2 {
  using Reader = BlockReader<DecoderV2>;
  using Writer = UpdateWriterV2;

  [[nodiscard]] static Decoded<void> read(Update& update, ByteView bytes,
                                          const DecodeLimits& limits) {
    return update.read_v2(bytes, limits);
  }
};

using BlockReaderV1 = EncodingV1::Reader;
using BlockReaderV2 = EncodingV2::Reader;

}  // namespace ydoc
