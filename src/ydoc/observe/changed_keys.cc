#include "ydoc/observe/changed_keys.h"

#include <algorithm>
#include <tuple>

namespace ydoc {

std::vector<ChangedKeys> changes_by_type(const Transaction& transaction) {
  struct Entry {
    ChangedKey changed;
    std::size_t order;
    std::size_t type_order;
  };
  std::vector<Entry> entries;
  for (const ChangedKey& changed : transaction.changed_keys()) {
    entries.push_back({changed, entries.size(), 0});
  }
  const auto what = [](const Entry& e) { return std::tie(e.changed.type, e.changed.key); };
  std::ranges::stable_sort(entries, {}, what);
  const auto repeated = std::ranges::unique(entries, {}, what);
  entries.erase(repeated.begin(), repeated.end());

  for (std::size_t first = 0, end = 0; first < entries.size(); first = end) {
    std::size_t least = entries[first].order;
    while (end < entries.size() && entries[end].changed.type == entries[first].changed.type) {
      least = std::min(least, entries[end++].order);
    }
    for (std::size_t i = first; i < end; ++i) entries[i].type_order = least;
  }
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::tie(e.type_order, e.order); });

  std::vector<ChangedKeys> types;
  for (const Entry& entry : entries) {
    if (types.empty() || types.back().type != entry.changed.type) {
      types.push_back({entry.changed.type, false, {}});
    }
    if (entry.changed.key == kNoName) {
      types.back().list = true;
    } else {
      types.back().keys.push_back(entry.changed.key);
    }
  }
  return types;
}

}  // namespace ydoc
