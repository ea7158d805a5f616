#include "ydoc/store/range_set.h"

#include <algorithm>

namespace ydoc {

const RangeSet::Group* RangeSet::find(ClientIndex client) const {
  if (groups_.size() > kScanMax) {
    const auto found = index_.find(client);
    return found == index_.end() ? nullptr : &groups_[found->second];
  }
  const auto found = std::ranges::find(groups_, client, &Group::client);
  return found == groups_.end() ? nullptr : &*found;
}

RangeSet::Group& RangeSet::group(ClientIndex client) {
  if (const Group* const found = find(client)) return const_cast<Group&>(*found);
  groups_.push_back({client, {}});
  if (groups_.size() == kScanMax + 1) {
    for (std::size_t i = 0; i < kScanMax; ++i) index_.emplace(groups_[i].client, i);
  }
  if (groups_.size() > kScanMax) index_.emplace(client, groups_.size() - 1);
  return groups_.back();
}

void RangeSet::add(ClientIndex client, Clock32 clock, Clock32 end) {
  std::vector<Range>& ranges = group(client).ranges;
  const auto first = std::ranges::lower_bound(ranges, clock, {}, &Range::end);
  auto last = first;
  while (last != ranges.end() && last->clock <= end) ++last;
  if (first == last) {
    ranges.insert(first, {clock, end});
    return;
  }
  first->clock = std::min(first->clock, clock);
  first->end = std::max(std::prev(last)->end, end);
  ranges.erase(std::next(first), last);
}

bool RangeSet::contains(ShortId id) const {
  const Group* const found = find(id.client);
  if (found == nullptr) return false;
  const auto behind = std::ranges::upper_bound(found->ranges, id.clock, {}, &Range::clock);
  return behind != found->ranges.begin() && id.clock < std::prev(behind)->end;
}

}  // namespace ydoc
