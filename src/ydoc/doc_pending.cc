#include "ydoc/doc_pending.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "ydoc/codec/merge.h"

namespace ydoc {
namespace {

/// The parts were checked when they came in.
constexpr DecodeLimits kOwnBytes{.update_bytes_max = SIZE_MAX, .structs_max = SIZE_MAX};

Bytes merge_all(std::span<const ByteView> updates) {
  auto merged = merge_updates_v1(updates, kOwnBytes);
  CHECK(merged.has_value());
  return std::move(*merged);
}

}  // namespace

bool PendingStructs::worth_a_try(const ClientTable& clients) const {
  return std::any_of(missing_.begin(), missing_.end(),
                     [&](const MissingClock& m) { return m.clock < clients.state(m.client); });
}

PendingStructs::Added PendingStructs::add(Bytes update_v1, std::vector<MissingClock> missing,
                                          std::size_t bytes_max) {
  Added added = Added::more;
  if (empty()) {
    if (update_v1.size() > bytes_max) return Added::dropped;
    bytes_ = update_v1.size();
    parts_.push_back(std::move(update_v1));
  } else if (parts_.size() == 1 && bytes_ + update_v1.size() <= kMergeAtOnce) {
    const ByteView both[] = {parts_[0], update_v1};
    Bytes merged = merge_all(both);
    if (merged.size() > bytes_max) return Added::dropped;
    if (merged == parts_[0]) added = Added::nothing_new;
    parts_[0] = std::move(merged);
    bytes_ = parts_[0].size();
  } else {
    const std::size_t loose = bytes_ - parts_[0].size() + update_v1.size();
    if (loose * 2 > parts_[0].size()) merge();
    if (bytes_ + update_v1.size() > bytes_max) return Added::dropped;
    bytes_ += update_v1.size();
    parts_.push_back(std::move(update_v1));
  }
  missing_.insert(missing_.end(), missing.begin(), missing.end());
  order_missing(missing_);
  return added;
}

void PendingStructs::merge() const {
  if (parts_.size() < 2) return;
  const std::vector<ByteView> views(parts_.begin(), parts_.end());
  Bytes all = merge_all(views);
  parts_.clear();
  parts_.push_back(std::move(all));
  bytes_ = parts_[0].size();
}

const Bytes& PendingStructs::merged() const {
  merge();
  return parts_[0];
}

Bytes PendingStructs::take() {
  merge();
  Bytes all = std::move(parts_[0]);
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

}  // namespace ydoc
