#include "ydoc/observe/change_index.h"

#include <tuple>

namespace ydoc {

void ChangeIndex::fill(std::vector<Growth> grown, std::span<const DeletedRange> deleted) {
  grown_ = std::move(grown);
  deleted_.assign(deleted.begin(), deleted.end());
  std::ranges::sort(deleted_, [](const DeletedRange& a, const DeletedRange& b) {
    return std::tie(a.client, a.clock) < std::tie(b.client, b.clock);
  });
}

Clock32 ChangeIndex::state_before(const Store& store, ClientIndex client) const {
  const auto at = std::ranges::lower_bound(grown_, client, {}, &Growth::client);
  const bool grown = at != grown_.end() && at->client == client;
  return grown ? at->before : store.clients[client].state;
}

std::size_t ChangeIndex::range_at(ShortId id) const {
  const auto at = std::ranges::upper_bound(
      deleted_, id,
      [](ShortId a, ShortId b) {
        return std::tie(a.client, a.clock) < std::tie(b.client, b.clock);
      },
      [](const DeletedRange& range) { return ShortId{range.client, range.clock + range.length}; });
  return static_cast<std::size_t>(at - deleted_.begin());
}

bool ChangeIndex::deletes(ShortId id) const {
  const std::size_t at = range_at(id);
  return at < deleted_.size() && deleted_[at].client == id.client && deleted_[at].clock <= id.clock;
}

}  // namespace ydoc
