#include "ydoc/codec/convert.h"

#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/encoding.h"

// Source: Yjs 13.6, src/utils/updates.js, convertUpdateFormat.

namespace ydoc {
namespace {

template <typename From, typename To>
Decoded<Bytes> convert(ByteView update, const DecodeLimits& limits) {
  ByteArena owned;
  typename From::Reader reader(update, limits, owned);
  typename To::Writer writer;
  writer.reserve(update.size());
  Block block;
  Id next{};  // where the open section goes on
  bool open = false;
  while (true) {
    const auto more = reader.next(block);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (!open || block.id != next) writer.begin_section(block.id.client, block.id.clock);
    writer.block(block);
    open = true;
    next = {block.id.client, block.id.clock + block.length};
  }
  std::vector<DeleteRange> deletes;
  if (const auto read = reader.deletes(deletes); !read) return fail(read.error());
  group_by_client(deletes);
  write_deletes(writer, deletes);
  return writer.take();
}

}  // namespace

Decoded<Bytes> convert_v1_to_v2(ByteView update_v1, const DecodeLimits& limits) {
  return convert<EncodingV1, EncodingV2>(update_v1, limits);
}

Decoded<Bytes> convert_v2_to_v1(ByteView update_v2, const DecodeLimits& limits) {
  return convert<EncodingV2, EncodingV1>(update_v2, limits);
}

}  // namespace ydoc
