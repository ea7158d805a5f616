#include "ydoc/doc_pending.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ydoc/codec/convert.h"
#include "ydoc/codec/merge.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/codec/update_writer_v2.h"
#include "ydoc/doc_engine.h"

namespace ydoc {
namespace {

/// The parts were checked when they came in.
constexpr DecodeLimits kOwnBytes = DecodeLimits::trusted();

Bytes taken(Decoded<Bytes> made) {
  CHECK(made.has_value());
  return std::move(*made);
}

CountedUpdate merge_all(std::span<const ByteView> updates) {
  auto merged = merge_and_count_v2(updates, kOwnBytes);
  CHECK(merged.has_value());
  return std::move(*merged);
}

Bytes merge_as(const UpdateWriterV1& /*encoding*/, std::span<const ByteView> updates) {
  return taken(merge_updates_v1(updates, kOwnBytes));
}
Bytes merge_as(const UpdateWriterV2& /*encoding*/, std::span<const ByteView> updates) {
  return taken(merge_updates_v2(updates, kOwnBytes));
}

Bytes from_v2(const UpdateWriterV1& /*encoding*/, const Bytes& update_v2) {
  return taken(convert_v2_to_v1(update_v2, kOwnBytes));
}
Bytes from_v2(const UpdateWriterV2& /*encoding*/, Bytes update_v2) {
  return update_v2;
}

/// What waits may claim structs that are here, and were others when they came. Merged with the
/// state it must not take their place: it says nothing of them. (Spec: DOC-75)
StateVector beyond(const StateVector& have, const ClientTable& clients) {
  std::vector<StateVector::Entry> entries(have.entries().begin(), have.entries().end());
  for (ClientIndex i = 0; i < clients.size(); ++i) {
    entries.push_back({clients[i].id, std::max<Clock>(clients[i].state, have.of(clients[i].id))});
  }
  return StateVector(std::move(entries));  // of two entries of a client the last one counts
}

}  // namespace

std::vector<MissingClock> PendingStructs::missing() const {
  std::vector<MissingClock> missing;
  missing.reserve(waits_.size());
  for (const Wait& wait : waits_) missing.push_back({wait.client, wait.clock});
  return missing;
}

bool PendingStructs::worth_a_try(const ClientTable& clients) {
  for (Wait& wait : waits_) {
    const Clock state = clients.state(wait.client);
    if (wait.clock >= state) continue;
    if (bytes_ <= kMergeAtOnce || wait.needed < state) return true;
    wait.clock = state;  // what a try would say
  }
  return false;
}

PendingStructs::Added PendingStructs::add(CountedUpdate update, std::span<const Wait> waits,
                                          std::size_t bytes_max) {
  Added added = Added::more;
  const std::size_t weight = weight_of(update);
  if (empty()) {
    if (weight > bytes_max) return Added::dropped;
    bytes_ = weight;
    parts_.push_back(std::move(update));
  } else if (parts_.size() == 1 && bytes_ + weight <= kMergeAtOnce) {
    const ByteView both[] = {parts_[0].bytes, update.bytes};
    CountedUpdate merged = merge_all(both);
    if (weight_of(merged) > bytes_max) return Added::dropped;
    if (merged.bytes == parts_[0].bytes) added = Added::nothing_new;
    bytes_ = weight_of(merged);
    parts_[0] = std::move(merged);
  } else {
    const std::size_t loose = bytes_ - weight_of(parts_[0]) + weight;
    if (loose * 2 > weight_of(parts_[0])) merge();
    if (bytes_ + weight > bytes_max) return Added::dropped;
    bytes_ += weight;
    parts_.push_back(std::move(update));
  }
  waits_.insert(waits_.end(), waits.begin(), waits.end());
  order_waits();
  return added;
}

void PendingStructs::merge() const {
  if (parts_.size() < 2) return;
  std::vector<ByteView> views;
  views.reserve(parts_.size());
  for (const CountedUpdate& part : parts_) views.emplace_back(part.bytes);
  CountedUpdate all = merge_all(views);
  parts_.clear();
  bytes_ = weight_of(all);
  parts_.push_back(std::move(all));
}

const Bytes& PendingStructs::merged() const {
  merge();
  return parts_[0].bytes;
}

Bytes PendingStructs::take() {
  merge();
  Bytes all = std::move(parts_[0].bytes);
  *this = PendingStructs();
  return all;
}

void PendingStructs::order_waits() {
  std::ranges::sort(waits_, {}, &Wait::client);
  std::size_t kept = 0;
  for (const Wait& wait : waits_) {
    if (kept > 0 && waits_[kept - 1].client == wait.client) {
      Wait& lowest = waits_[kept - 1];
      lowest.clock = std::min(lowest.clock, wait.clock);
      lowest.needed = std::min(lowest.needed, wait.needed);
    } else {
      waits_[kept++] = wait;
    }
  }
  waits_.resize(kept);
}

/// Source: Yjs 13.6, src/utils/encoding.js, encodeStateAsUpdateV2.
template <typename Writer>
Bytes Doc::Engine::with_pending(Writer& writer, const StateVector& have) const {
  Bytes state = writer.take();
  if (pending.empty() && pending_deletes.empty()) return state;
  std::vector<Bytes> updates;
  updates.push_back(std::move(state));
  if (!pending_deletes.empty()) {
    write_deletes(writer, pending_deletes);
    updates.push_back(writer.take());
  }
  if (!pending.empty()) {
    Bytes structs = taken(diff_update_v2(pending.merged(), beyond(have, store.clients), kOwnBytes));
    updates.push_back(from_v2(writer, std::move(structs)));
  }
  const std::vector<ByteView> views(updates.begin(), updates.end());
  return merge_as(writer, views);
}
template Bytes Doc::Engine::with_pending(UpdateWriterV1&, const StateVector&) const;
template Bytes Doc::Engine::with_pending(UpdateWriterV2&, const StateVector&) const;

}  // namespace ydoc
