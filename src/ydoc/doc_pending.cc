#include "ydoc/doc_pending.h"

#include <algorithm>
#include <tuple>
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

}  // namespace

bool PendingStructs::worth_a_try(const ClientTable& clients) const {
  return std::any_of(missing_.begin(), missing_.end(),
                     [&](const MissingClock& m) { return m.clock < clients.state(m.client); });
}

PendingStructs::Added PendingStructs::add(CountedUpdate update, std::vector<MissingClock> missing,
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
  missing_.insert(missing_.end(), missing.begin(), missing.end());
  order_missing(missing_);
  return added;
}

void PendingStructs::merge() const {
  if (parts_.size() < 2) return;
  std::vector<ByteView> views;
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

void order_missing(std::vector<MissingClock>& missing) {
  std::sort(missing.begin(), missing.end(), [](const MissingClock& a, const MissingClock& b) {
    return std::tie(a.client, a.clock) < std::tie(b.client, b.clock);
  });
  const auto same = [](const MissingClock& a, const MissingClock& b) {
    return a.client == b.client;
  };
  missing.erase(std::unique(missing.begin(), missing.end(), same), missing.end());
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
    Bytes structs = taken(diff_update_v2(pending.merged(), have, kOwnBytes));
    updates.push_back(from_v2(writer, std::move(structs)));
  }
  const std::vector<ByteView> views(updates.begin(), updates.end());
  return merge_as(writer, views);
}
template Bytes Doc::Engine::with_pending(UpdateWriterV1&, const StateVector&) const;
template Bytes Doc::Engine::with_pending(UpdateWriterV2&, const StateVector&) const;

}  // namespace ydoc
