#include "ydoc/doc_encode.h"

#include "base/check.h"
#include "ydoc/codec/merge.h"
#include "ydoc/doc_engine.h"

namespace ydoc {
namespace {

constexpr DecodeLimits kOwnBytes{.update_bytes_max = SIZE_MAX, .structs_max = SIZE_MAX};

/// Runs of deleted structs, by client descending. Source: createDeleteSetFromStructStore.
std::vector<DeleteRange> deleted_ranges(const Store& store, std::span<const ClientIndex> order) {
  std::vector<DeleteRange> ranges;
  for (const ClientIndex index : order) {
    const Client& client = store.clients[index];
    const StructList& structs = client.structs;
    bool open = false;
    Clock32 start = 0;
    for (auto at = structs.first();; at = structs.next(at)) {
      const auto entry = structs.at(at);
      const bool deleted = entry.ref == kCollected || store.items[entry.ref].deleted;
      if (deleted && !open) start = entry.clock;
      if (!deleted && open) ranges.push_back({client.id, start, entry.clock - start});
      open = deleted;
      if (structs.is_last(at)) break;
    }
    if (open) ranges.push_back({client.id, start, client.state - start});
  }
  return ranges;
}

/// Source: Yjs 13.6, src/utils/encoding.js, writeStateAsUpdate.
template <UpdateWriter W>
void write_state(W& writer, const Store& store, const StateVector& have) {
  const std::vector<ClientIndex> order = store.clients.descending();
  for (const ClientIndex index : order) {
    const Client& client = store.clients[index];
    const Clock from = have.of(client.id);
    if (from < client.state) write_structs(writer, store, client, from);
  }
  write_deletes(writer, deleted_ranges(store, order));
}

}  // namespace

Bytes Doc::encode_state_as_update_v1(const StateVector& have) const {
  UpdateWriterV1 writer;
  write_state(writer, engine_->store, have);
  Bytes state = writer.take();
  if (!has_pending()) return state;

  std::vector<ByteView> updates{state};
  Bytes deletes;
  if (has_pending_deletes()) {
    write_deletes(writer, engine_->pending_deletes);
    deletes = writer.take();
    updates.push_back(deletes);
  }
  Bytes structs;
  if (has_pending_structs()) {
    auto diff = diff_update_v1(engine_->pending.merged(), have, kOwnBytes);
    CHECK(diff.has_value());
    structs = std::move(*diff);
    updates.push_back(structs);
  }
  auto merged = merge_updates_v1(updates, kOwnBytes);
  CHECK(merged.has_value());
  return std::move(*merged);
}

}  // namespace ydoc
