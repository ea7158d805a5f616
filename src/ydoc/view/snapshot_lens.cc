#include "ydoc/view/snapshot_lens.h"

namespace ydoc {

SnapshotLens::SnapshotLens(const Store& store, const Snapshot& snapshot)
    : ranges_(snapshot.deletes()), clients_(store.clients.size()) {
  for (const auto& [id, clock] : snapshot.state().entries()) {
    const ClientIndex client = store.clients.find(id);
    if (client != kNoClient) clients_[client].state = clock;
  }
  for (std::uint32_t i = 0; i < ranges_.size();) {
    std::uint32_t end = i;
    while (end < ranges_.size() && ranges_[end].client == ranges_[i].client) ++end;
    const ClientIndex client = store.clients.find(ranges_[i].client);
    if (client != kNoClient) {
      clients_[client].first = i;
      clients_[client].end = end;
    }
    i = end;
  }
}

}  // namespace ydoc
