#include "ydoc/update.h"

#include "ydoc/codec/block_reader.h"

namespace ydoc {
namespace {

/// Makes room for a section. Its count has been held against the bytes left, so the memory is
/// bounded by the input; doubling keeps many sections linear.
void make_room(std::vector<Block>& blocks, std::uint64_t more) {
  const std::size_t needed = blocks.size() + static_cast<std::size_t>(more);
  if (needed > blocks.capacity()) blocks.reserve(std::max(needed, 2 * blocks.capacity()));
}

/// Copied rather than constructed: g++ 12 clears 160 bytes with a slow string instruction.
constexpr Block kBlank;

template <typename Decoder>
Decoded<void> read(Update& update, BlockReader<Decoder> reader) {
  typename BlockReader<Decoder>::SectionHeader header;
  while (true) {
    const auto more = reader.next_section(header);
    if (!more) return fail(more.error());
    if (!*more) break;
    update.sections.push_back({header.client, static_cast<std::uint32_t>(update.blocks.size()),
                               static_cast<std::uint32_t>(header.structs)});
    make_room(update.blocks, header.structs);
    for (std::uint64_t i = 0; i < header.structs; ++i) {
      const auto read = reader.next_in_section(update.blocks.emplace_back(kBlank));
      if (!read) return read;
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

Decoded<Update> Update::decode_v1(ByteView bytes, const DecodeLimits& limits) {
  Update update;
  if (const auto done = update.read_v1(bytes, limits); !done) return fail(done.error());
  return update;
}

void Update::clear() {
  sections.clear();
  blocks.clear();
  deletes.clear();
  owned_.clear();
}

}  // namespace ydoc
