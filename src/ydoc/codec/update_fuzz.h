#pragma once

#include "base/check.h"
#include "ydoc/codec/convert.h"
#include "ydoc/codec/encoding.h"

// What the fuzz targets of both encodings assert.

namespace ydoc::fuzz {

/// Our own writing may be denser than what a stranger may send.
inline constexpr DecodeLimits kTrusted = DecodeLimits::trusted();

template <typename Encoding>
Bytes encode(const Update& update) {
  typename Encoding::Writer writer;
  for (const auto& section : update.sections) {
    const auto blocks = update.blocks_of(section);
    writer.begin_section(section.client, blocks.front().id.clock);
    for (const auto& block : blocks) writer.block(block);
  }
  write_deletes(writer, update.deletes);
  return writer.take();
}

/// Every struct can be cut, and the tail decodes to the units from the cut on.
template <typename Encoding>
void check_cuts(const Update& update, std::size_t seed) {
  for (const auto& block : update.blocks) {
    if (block.length < 2 || block.length > 4096) continue;
    const std::uint64_t cut = 1 + seed % (block.length - 1);
    typename Encoding::Writer writer;
    writer.begin_section(block.id.client, block.id.clock + cut);
    writer.block(block, cut);
    writer.begin_deletes(0);
    const Bytes tail = writer.take();
    Update decoded;
    CHECK(Encoding::read(decoded, tail, kTrusted));
    CHECK(decoded.blocks.size() == 1 && decoded.blocks[0].length == block.length - cut);
  }
}

/// Any bytes are refused, or decode to an update whose encoding decodes to the same again.
template <typename Encoding>
void check_update(ByteView bytes) {
  Update update;
  if (!Encoding::read(update, bytes, DecodeLimits{})) return;
  const Bytes encoded = encode<Encoding>(update);
  Update again;
  CHECK(Encoding::read(again, encoded, kTrusted));
  CHECK(again.blocks.size() == update.blocks.size());
  CHECK(encode<Encoding>(again) == encoded);
  check_cuts<Encoding>(update, bytes.size());
}

/// What can be read in one encoding can be had in the other. Once it has been in both it stays as
/// it is: JSON may say 1e999, which V2 holds as Infinity and V1 then as null.
inline void check_conversion(ByteView v1) {
  const auto v2 = convert_v1_to_v2(v1, kTrusted);
  CHECK(v2);
  const auto back = convert_v2_to_v1(*v2, kTrusted);
  CHECK(back);
  const auto again = convert_v1_to_v2(*back, kTrusted);
  CHECK(again);
  CHECK(convert_v2_to_v1(*again, kTrusted) == *back);
}

}  // namespace ydoc::fuzz
