#pragma once

#include <span>
#include <vector>

#include "ydoc/codec/struct_writer_v1.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/store/stored_struct.h"

namespace ydoc {

/// An idle document's items are in no cache by the time somebody joins.
inline constexpr std::uint32_t kAhead = 16;

/// Runs of deleted structs, touching ones joined, of the clients in the order given. O(structs).
[[nodiscard]] std::vector<DeleteRange> deleted_ranges(const Store& store,
                                                      std::span<const ClientIndex> order);

/// A collected range as a block.
[[nodiscard]] inline Block collected_block(ClientId client, Clock32 clock, Clock32 end) {
  Block block;
  block.id = {client, clock};
  block.length = end - clock;
  block.kind = ContentKind::gc;
  return block;
}

/// One struct as it stands in its client's list, from its unit `offset` on.
template <UpdateWriter W>
void write_struct(W& writer, const Store& store, const Item& item, std::uint64_t offset) {
  const StoredStruct fields(store, item);
  if constexpr (requires { writer.write(fields, offset); }) {
    writer.write(fields, offset);
  } else {
    Block block = store.block_of(item);
    if (offset > 0 && (item.kind == ContentKind::any || item.kind == ContentKind::json)) {
      // Cut here, where it is known what was appended last.
      block.data = fields.data_from(offset);
      block.origin = {block.id.client, block.id.clock + offset - 1};
      block.has_origin = true;
      block.id.clock += offset;
      block.length -= offset;
      offset = 0;
    }
    writer.block(block, offset);
  }
}

/// A collected range as it is written.
template <UpdateWriter W>
void write_collected(W& writer, ClientId client, Clock32 clock, Clock32 end, std::uint64_t offset) {
  if constexpr (requires { writer.write_range(ContentKind::gc, offset); }) {
    writer.write_range(ContentKind::gc, end - clock - offset);
  } else {
    writer.block(collected_block(client, clock, end), offset);
  }
}

/// One section: a client's structs from the clock `from` on, which is below its state.
/// `passed(clock, deleted)` is told of each struct written, in passing.
template <UpdateWriter W, typename Passed>
void write_structs(W& writer, const Store& store, const Client& client, Clock from, Passed passed) {
  const StructList& structs = client.structs;
  writer.begin_section(client.id, from);
  auto at = structs.find(static_cast<Clock32>(from));
  std::uint64_t offset = from - structs.at(at).clock;
  for (; at.chunk < structs.chunks(); ++at.chunk, at.slot = 0) {
    const auto entries = structs.chunk(at.chunk);
    for (; at.slot < entries.size(); ++at.slot) {
      const auto [clock, ref] = entries[at.slot];
      if (at.slot + kAhead < entries.size()) store.items.prefetch(entries[at.slot + kAhead].ref);
      if (ref == kCollected) {
        passed(clock, true);
        write_collected(writer, client.id, clock, client.end_of(at), offset);
      } else {
        const Item& item = store.items[ref];
        passed(clock, item.deleted);
        write_struct(writer, store, item, offset);
      }
      offset = 0;
    }
  }
}

template <UpdateWriter W>
void write_structs(W& writer, const Store& store, const Client& client, Clock from) {
  write_structs(writer, store, client, from, [](Clock32, bool) {});
}

}  // namespace ydoc
