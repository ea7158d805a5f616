#include "base/check.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/update.h"

namespace {

ydoc::Bytes encode(const ydoc::Update& update) {
  ydoc::UpdateWriterV1 writer;
  for (const auto& section : update.sections) {
    const auto blocks = update.blocks_of(section);
    writer.begin_section(section.client, blocks.front().id.clock);
    for (const auto& block : blocks) writer.block(block);
  }
  ydoc::write_deletes(writer, update.deletes);
  return writer.take();
}

}  // namespace

// Any bytes are refused, or decode to an update whose encoding decodes to the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto update = ydoc::Update::decode_v1({data, size});
  if (!update) return 0;
  const ydoc::Bytes encoded = encode(*update);
  const auto again = ydoc::Update::decode_v1(encoded);
  CHECK(again);
  CHECK(again->blocks.size() == update->blocks.size());
  CHECK(again->deletes.size() == update->deletes.size());
  CHECK(encode(*again) == encoded);

  // Every struct can be cut, and the tail decodes to the units from the cut on.
  for (const auto& block : update->blocks) {
    if (block.length < 2) continue;
    const std::uint64_t cut = 1 + size % (block.length - 1);
    if (block.length > 4096) continue;
    ydoc::UpdateWriterV1 writer;
    writer.begin_section(block.id.client, block.id.clock + cut);
    writer.block(block, cut);
    writer.begin_deletes(0);
    const ydoc::Bytes tail = writer.take();
    const auto decoded = ydoc::Update::decode_v1(tail);
    CHECK(decoded && decoded->blocks.size() == 1);
    CHECK(decoded->blocks[0].length == block.length - cut);
  }
  return 0;
}
