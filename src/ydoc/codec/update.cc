#include "ydoc/update.h"

#include "ydoc/codec/encoding.h"

namespace ydoc {
namespace {

/// Keeps sums of sizes in range where the limits are none.
constexpr std::size_t kGrowthMax = SIZE_MAX / 4;

/// Copied rather than constructed: g++ 12 clears so many bytes with a slow string instruction.
constexpr Block kBlank;

template <typename Decoder>
Decoded<void> read(Update& update, BlockReader<Decoder> reader) {
  typename BlockReader<Decoder>::SectionHeader header;
  while (true) {
    const auto more = reader.next_section(header);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (update.sections.empty()) {
      update.sections.reserve(1 + std::min(reader.sections_left(), reader.structs_left()));
    }
    update.sections.push_back({header.client, static_cast<std::uint32_t>(update.blocks.size()),
                               static_cast<std::uint32_t>(header.structs)});
    const auto structs = static_cast<std::size_t>(header.structs);
    const std::size_t known = update.blocks.size() + structs;
    update.blocks.make_room(structs, known + std::min(reader.structs_left(), kGrowthMax));
    for (std::size_t i = 0; i < structs; ++i) {
      if (const auto read = reader.next_in_section(update.blocks.add(kBlank)); !read) return read;
    }
  }
  return reader.deletes(update.deletes);
}

}  // namespace

Decoded<void> Update::read_v1(ByteView bytes, const DecodeLimits& limits) {
  clear();
  auto done = read(*this, BlockReaderV1(bytes, limits, owned_));
  if (!done) clear();
  return done;
}

Decoded<void> Update::read_v2(ByteView bytes, const DecodeLimits& limits) {
  clear();
  auto done = read(*this, BlockReaderV2(bytes, limits, owned_));
  if (!done) clear();
  return done;
}

Decoded<Update> Update::decode_v1(ByteView bytes, const DecodeLimits& limits) {
  Update update;
  if (const auto done = update.read_v1(bytes, limits); !done) return fail(done.error());
  return update;
}

Decoded<Update> Update::decode_v2(ByteView bytes, const DecodeLimits& limits) {
  Update update;
  if (const auto done = update.read_v2(bytes, limits); !done) return fail(done.error());
  return update;
}

void Update::clear() {
  sections.clear();
  blocks.clear();
  deletes.clear();
  owned_.clear();
}

}  // namespace ydoc
