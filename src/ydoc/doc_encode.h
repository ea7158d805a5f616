#pragma once

#include "ydoc/codec/update_writer.h"
#include "ydoc/store/store.h"

namespace ydoc {

/// A collected range as it is written.
[[nodiscard]] inline Block collected_block(ClientId client, Clock32 clock, Clock32 end) {
  Block block;
  block.id = {client, clock};
  block.length = end - clock;
  block.kind = ContentKind::gc;
  return block;
}

/// One section: a client's structs from the clock `from` on, which is below its state.
template <UpdateWriter W>
void write_structs(W& writer, const Store& store, const Client& client, Clock from) {
  const StructList& structs = client.structs;
  writer.begin_section(client.id, from);
  auto at = structs.find(static_cast<Clock32>(from));
  std::uint64_t offset = from - structs.at(at).clock;
  while (true) {
    const auto entry = structs.at(at);
    if (entry.ref == kCollected) {
      writer.block(collected_block(client.id, entry.clock, client.end_of(at)), offset);
    } else {
      writer.block(store.block_of(store.items[entry.ref]), offset);
    }
    if (structs.is_last(at)) return;
    at = structs.next(at);
    offset = 0;
  }
}

}  // namespace ydoc
