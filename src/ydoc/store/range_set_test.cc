#include "ydoc/store/range_set.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/rng.h"

namespace ydoc {
namespace {

std::string ranges_of(const RangeSet& set) {
  std::string out;
  for (const auto& group : set.groups()) {
    out += std::to_string(group.client) + ":";
    for (const auto& range : group.ranges) {
      out += " " + std::to_string(range.clock) + "-" + std::to_string(range.end);
    }
    out += "; ";
  }
  return out;
}

TEST(RangeSet, JoinsWhatTouches) {
  RangeSet set;
  set.add(7, 10, 12);
  set.add(2, 0, 1);
  set.add(7, 20, 22);
  set.add(7, 12, 14);  // behind
  set.add(7, 8, 10);   // before
  EXPECT_EQ(ranges_of(set), "7: 8-14 20-22; 2: 0-1; ");
  set.add(7, 13, 20);  // between, overlapping
  set.add(7, 30, 31);
  set.add(7, 0, 1);
  EXPECT_EQ(ranges_of(set), "7: 0-1 8-22 30-31; 2: 0-1; ");
  set.add(7, 0, 40);
  EXPECT_EQ(ranges_of(set), "7: 0-40; 2: 0-1; ");
  set.add(7, 5, 6);
  EXPECT_EQ(ranges_of(set), "7: 0-40; 2: 0-1; ");
}

TEST(RangeSet, HoldsWhatWasAdded) {
  righttask::Rng random(4);
  RangeSet set;
  std::set<std::pair<ClientIndex, Clock32>> reference;
  for (int i = 0; i < 300; ++i) {
    const auto client = static_cast<ClientIndex>(random.below(20));
    const auto clock = static_cast<Clock32>(random.below(200));
    const auto end = clock + 1 + static_cast<Clock32>(random.below(3));
    set.add(client, clock, end);
    for (Clock32 c = clock; c < end; ++c) reference.emplace(client, c);
  }
  for (ClientIndex client = 0; client < 22; ++client) {
    for (Clock32 clock = 0; clock < 210; ++clock) {
      EXPECT_EQ(set.contains({client, clock}), reference.contains({client, clock}));
    }
  }
  for (const auto& group : set.groups()) {
    for (std::size_t i = 1; i < group.ranges.size(); ++i) {
      EXPECT_LT(group.ranges[i - 1].end, group.ranges[i].clock);
    }
  }
}

}  // namespace
}  // namespace ydoc
