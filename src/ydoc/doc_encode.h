#pragma once

#include <span>
#include <vector>

#include "ydoc/codec/struct_writer_v1.h"
#include "ydoc/codec/struct_writer_v2.h"
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
        writer.write_range(ContentKind::gc, client.end_of(at) - clock - offset);
      } else {
        const Item& item = store.items[ref];
        passed(clock, item.deleted);
        writer.write(StoredStruct(store, item), offset);
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
