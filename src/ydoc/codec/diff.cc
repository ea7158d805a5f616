#include <algorithm>

#include "base/writer.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/encoding.h"
#include "ydoc/codec/merge.h"
#include "ydoc/codec/section_order.h"

// Source: Yjs 13.6, src/utils/updates.js, diffUpdateV2, encodeStateVectorFromUpdateV2 and
// parseUpdateMetaV2.

namespace ydoc {
namespace {

/// For an update that has been checked and put in order, which may take more structs than it came
/// in: gaps between sections are some.
constexpr DecodeLimits kOwnBytes = DecodeLimits::trusted();

template <typename Encoding>
Decoded<Bytes> diff_update(ByteView update, const StateVector& have, const DecodeLimits& limits) {
  ByteArena owned;
  typename Encoding::Reader reader(update, limits, owned);
  typename Encoding::Writer writer;
  SectionOrder order;
  Block block;
  bool writing = false;  // from a client's first new struct on, all of its structs are written
  ClientId client = 0;
  while (true) {
    const auto more = reader.next(block);
    if (!more) return fail(more.error());
    if (!*more) break;
    order.add(block);
    if (writing && block.id.client == client) {
      writer.block(block);
      continue;
    }
    writing = false;
    const Clock known = have.of(block.id.client);
    if (block.kind == ContentKind::skip || block.id.clock + block.length <= known) continue;
    const std::uint64_t offset = known > block.id.clock ? known - block.id.clock : 0;
    client = block.id.client;
    writing = true;
    writer.begin_section(client, block.id.clock + offset);
    writer.block(block, offset);
  }
  std::vector<DeleteRange> deletes;
  if (const auto read = reader.deletes(deletes); !read) return fail(read.error());
  if (!order.kept()) {
    const auto ordered = in_client_order<Encoding>(update, limits);
    if (!ordered) return ordered;
    return diff_update<Encoding>(*ordered, have, kOwnBytes);
  }
  group_by_client(deletes);
  write_deletes(writer, deletes);
  return writer.take();
}

template <typename Encoding>
Decoded<Bytes> state_vector_from_update(ByteView update, const DecodeLimits& limits) {
  ByteArena owned;
  typename Encoding::Reader reader(update, limits, owned);
  SectionOrder order;
  Block block;
  std::vector<StateVector::Entry> entries;
  bool counting = false;
  ClientId client = 0;
  bool any = false;
  while (true) {
    const auto more = reader.next(block);
    if (!more) return fail(more.error());
    if (!*more) break;
    order.add(block);
    if (!any || block.id.client != client) {
      any = true;
      client = block.id.client;
      counting = block.id.clock == 0 && block.kind != ContentKind::skip;
      if (counting) entries.push_back({client, 0});
    }
    if (block.kind == ContentKind::skip) counting = false;
    if (counting) entries.back().clock = block.id.clock + block.length;
  }
  std::vector<DeleteRange> deletes;
  if (const auto read = reader.deletes(deletes); !read) return fail(read.error());
  if (!order.kept()) {
    const auto ordered = in_client_order<Encoding>(update, limits);
    if (!ordered) return ordered;
    return state_vector_from_update<Encoding>(*ordered, kOwnBytes);
  }

  righttask::Writer writer;
  writer.var_uint(entries.size());
  for (const auto& entry : entries) {
    writer.var_uint(entry.client);
    writer.var_uint(entry.clock);
  }
  return writer.take();
}

template <typename Encoding>
Decoded<UpdateMeta> parse_update_meta(ByteView update, const DecodeLimits& limits) {
  ByteArena owned;
  typename Encoding::Reader reader(update, limits, owned);
  Block block;
  std::vector<StateVector::Entry> from;
  std::vector<StateVector::Entry> to;
  while (true) {
    const auto more = reader.next(block);
    if (!more) return fail(more.error());
    if (!*more) break;
    if (from.empty() || from.back().client != block.id.client) {
      from.push_back({block.id.client, block.id.clock});
      to.push_back({block.id.client, 0});
    }
    to.back().clock = block.id.clock + block.length;
  }
  std::vector<DeleteRange> deletes;
  if (const auto read = reader.deletes(deletes); !read) return fail(read.error());
  return UpdateMeta{StateVector(std::move(from)), StateVector(std::move(to))};
}

}  // namespace

Decoded<Bytes> diff_update_v1(ByteView update, const StateVector& have,
                              const DecodeLimits& limits) {
  return diff_update<EncodingV1>(update, have, limits);
}
Decoded<Bytes> diff_update_v2(ByteView update, const StateVector& have,
                              const DecodeLimits& limits) {
  return diff_update<EncodingV2>(update, have, limits);
}

Decoded<Bytes> state_vector_from_update_v1(ByteView update, const DecodeLimits& limits) {
  return state_vector_from_update<EncodingV1>(update, limits);
}
Decoded<Bytes> state_vector_from_update_v2(ByteView update, const DecodeLimits& limits) {
  return state_vector_from_update<EncodingV2>(update, limits);
}

Decoded<UpdateMeta> parse_update_meta_v1(ByteView update, const DecodeLimits& limits) {
  return parse_update_meta<EncodingV1>(update, limits);
}
Decoded<UpdateMeta> parse_update_meta_v2(ByteView update, const DecodeLimits& limits) {
  return parse_update_meta<EncodingV2>(update, limits);
}

}  // namespace ydoc
