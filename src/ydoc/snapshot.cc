#include "ydoc/snapshot.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/doc_encode.h"
#include "ydoc/doc_engine.h"

namespace ydoc {
namespace {

using righttask::fail;

/// The structs up to the clock `end`, which has been made one's end, unless it lies in a collected
/// range: such a range is taken whole.
void take_section(Update& update, const Store& store, const Client& client, Clock end) {
  Section section{client.id, static_cast<std::uint32_t>(update.blocks.size()), 0};
  const StructList& structs = client.structs;
  for (auto at = structs.first();; at = structs.next(at)) {
    const auto entry = structs.at(at);
    if (entry.clock >= end) break;
    update.blocks.make_room(1, SIZE_MAX);
    update.blocks.add(entry.ref == kCollected
                          ? collected_block(client.id, entry.clock, client.end_of(at))
                          : store.block_of(store.items[entry.ref]));
    if (structs.is_last(at)) break;
  }
  section.count = static_cast<std::uint32_t>(update.blocks.size()) - section.first;
  update.sections.push_back(section);
}

}  // namespace

std::string_view to_string(RestoreError error) {
  switch (error) {
    case RestoreError::garbage_collected:
      return "garbage_collected";
    case RestoreError::snapshot_ahead:
      return "snapshot_ahead";
  }
  return "unknown";
}

Snapshot::Snapshot(std::vector<DeleteRange> deletes, StateVector state)
    : deletes_(std::move(deletes)), state_(std::move(state)) {
  std::erase_if(deletes_, [](const DeleteRange& range) { return range.length == 0; });
  sort_and_merge(deletes_);
}

Snapshot Snapshot::of(const Doc& doc) {
  const Store& store = doc.store();
  return {deleted_ranges(store, store.clients.descending()), doc.state_vector()};
}

Decoded<Snapshot> Snapshot::decode(ByteView bytes, DeleteSetForm form, const DecodeLimits& limits) {
  if (bytes.size() > limits.update_bytes_max) return fail(DecodeError::too_many_structs);
  righttask::Reader reader(bytes);
  auto deletes = read_delete_set(reader, form, limits.structs_max);
  if (!deletes) return fail(deletes.error());
  auto state = StateVector::decode(reader.rest());
  if (!state) return fail(state.error());
  return Snapshot(std::move(*deletes), std::move(*state));
}

Decoded<Snapshot> Snapshot::decode_v1(ByteView bytes, const DecodeLimits& limits) {
  return decode(bytes, DeleteSetForm::v1, limits);
}
Decoded<Snapshot> Snapshot::decode_v2(ByteView bytes, const DecodeLimits& limits) {
  return decode(bytes, DeleteSetForm::v2, limits);
}

Bytes Snapshot::encode(DeleteSetForm form) const {
  righttask::Writer writer;
  write_delete_set(writer, form, deletes_);
  writer.raw(state_.encode());
  return writer.take();
}

Bytes Snapshot::encode_v1() const {
  return encode(DeleteSetForm::v1);
}
Bytes Snapshot::encode_v2() const {
  return encode(DeleteSetForm::v2);
}

/// Source: snapshotContainsUpdate. Gaps in the update count as content there, too.
bool Snapshot::contains(const Update& update) const {
  const auto holds = [&](const Block& block) {
    return block.id.clock + block.length <= state_.of(block.id.client);
  };
  const auto deleted = [&](const DeleteRange& range) {
    const auto after = std::ranges::upper_bound(
        deletes_, std::pair(range.client, range.clock),
        [](const auto& a, const auto& b) {
          return a.first != b.first ? a.first > b.first : a.second < b.second;
        },
        [](const DeleteRange& r) { return std::pair(r.client, r.clock); });
    if (after == deletes_.begin()) return false;
    const DeleteRange& own = *std::prev(after);
    return own.client == range.client && own.clock + own.length >= range.clock + range.length;
  };
  return std::ranges::all_of(update.blocks, holds) && std::ranges::all_of(update.deletes, deleted);
}

/// Source: createDocFromSnapshot, which goes by way of an update's bytes.
righttask::Result<ApplyResult, RestoreError> Snapshot::restore(Doc& doc, Doc& into) const {
  CHECK(&doc != &into);
  if (doc.options().gc) return fail(RestoreError::garbage_collected);
  const Store& store = doc.store();
  for (const auto& [client, clock] : state_.entries()) {
    if (clock > store.clients.state(client)) return fail(RestoreError::snapshot_ahead);
  }
  ApplyResult result;
  doc.transact([&] {
    Update update;
    for (const auto& [id, clock] : state_.entries()) {
      if (clock == 0) continue;
      const ClientIndex index = store.clients.find(id);
      const Client& client = store.clients[index];
      if (clock < client.state) {
        doc.engine().changes().clean_start({index, static_cast<Clock32>(clock)});
      }
      take_section(update, store, client, clock);
    }
    update.deletes = deletes_;
    const auto applied = into.apply(update, Origin(std::string("snapshot")));
    CHECK(applied.has_value());
    result = *applied;
  });
  return result;
}

}  // namespace ydoc
