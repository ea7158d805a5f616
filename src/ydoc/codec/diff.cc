#include <algorithm>

#include "base/writer.h"
#include "ydoc/codec/block_reader.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/merge.h"
#include "ydoc/codec/section_order.h"
#include "ydoc/codec/update_writer.h"

// Source: Yjs 13.6, src/utils/updates.js, diffUpdateV2 and encodeStateVectorFromUpdateV2.

namespace ydoc {

Decoded<Bytes> diff_update_v1(ByteView update, const StateVector& have,
                              const DecodeLimits& limits) {
  std::vector<Bytes> owned;
  BlockReaderV1 reader(update, limits, owned);
  UpdateWriterV1 writer;
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
    const auto ordered = in_client_order_v1(update, limits);
    if (!ordered) return ordered;
    return diff_update_v1(*ordered, have, limits);
  }
  group_by_client(deletes);
  write_deletes(writer, deletes);
  return writer.take();
}

Decoded<Bytes> state_vector_from_update_v1(ByteView update, const DecodeLimits& limits) {
  std::vector<Bytes> owned;
  BlockReaderV1 reader(update, limits, owned);
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
    const auto ordered = in_client_order_v1(update, limits);
    if (!ordered) return ordered;
    return state_vector_from_update_v1(*ordered, limits);
  }

  righttask::Writer writer;
  writer.var_uint(entries.size());
  for (const auto& entry : entries) {
    writer.var_uint(entry.client);
    writer.var_uint(entry.clock);
  }
  return writer.take();
}

}  // namespace ydoc
