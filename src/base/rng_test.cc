#include "base/rng.h"

#include <gtest/gtest.h>

namespace righttask {
namespace {

TEST(Rng, RepeatsFromItsSeed) {
  Rng a(42), b(42), c(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto value = a.next();
    EXPECT_EQ(value, b.next());
    differs |= value != c.next();
  }
  EXPECT_TRUE(differs);
}

TEST(Rng, BelowStaysBelowAndReachesEveryValue) {
  Rng rng(7);
  int seen[5] = {};
  for (int i = 0; i < 1000; ++i) ++seen[rng.below(5)];
  for (const int count : seen) EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace righttask
