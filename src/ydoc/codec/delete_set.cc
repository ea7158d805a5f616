#include "ydoc/codec/delete_set.h"

#include <algorithm>
#include <functional>
#include <map>

namespace ydoc {

void sort_and_merge(std::vector<DeleteRange>& ranges) {
  const auto before = [](const DeleteRange& a, const DeleteRange& b) {
    return a.client != b.client ? a.client > b.client : a.clock < b.clock;
  };
  const auto middle = std::is_sorted_until(ranges.begin(), ranges.end(), before);
  if (std::is_sorted(middle, ranges.end(), before)) {
    std::inplace_merge(ranges.begin(), middle, ranges.end(), before);
  } else {
    std::sort(ranges.begin(), ranges.end(), before);
  }
  std::size_t kept = 0;
  for (const DeleteRange& range : ranges) {
    if (kept > 0) {
      DeleteRange& last = ranges[kept - 1];
      if (last.client == range.client && last.clock + last.length >= range.clock) {
        last.length = std::max(last.length, range.clock + range.length - last.clock);
        continue;
      }
    }
    ranges[kept++] = range;
  }
  ranges.resize(kept);
}

bool deletes_ascend(std::span<const DeleteRange> ranges) {
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    const DeleteRange& last = ranges[i - 1];
    if (last.client == ranges[i].client && last.clock + last.length > ranges[i].clock) return false;
  }
  return true;
}

void group_by_client(std::vector<DeleteRange>& ranges) {
  const auto before = [](const DeleteRange& a, const DeleteRange& b) {
    return a.client > b.client;
  };
  if (std::is_sorted(ranges.begin(), ranges.end(), before)) return;
  std::map<ClientId, std::vector<DeleteRange>, std::greater<>> clients;
  for (const DeleteRange& range : ranges) clients[range.client].push_back(range);
  ranges.clear();
  for (const auto& [client, own] : clients) ranges.insert(ranges.end(), own.begin(), own.end());
}

}  // namespace ydoc
