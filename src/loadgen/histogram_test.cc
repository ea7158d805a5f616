#include "loadgen/histogram.h"

#include <gtest/gtest.h>

#include <cmath>

namespace righttask::loadgen {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram times;
  EXPECT_EQ(times.count(), 0u);
  EXPECT_EQ(times.percentile(0.99), nanoseconds(0));
  EXPECT_EQ(times.mean(), nanoseconds(0));
}

TEST(Histogram, KeepsEveryDurationToWithinAFewPercent) {
  for (const std::int64_t value :
       {0, 1, 63, 64, 127, 128, 129, 1'000, 123'456, 5'000'000, 987'654'321}) {
    Histogram times;
    times.record(nanoseconds(value));
    times.record(hours(1));  // so that the longest does not stand in for it
    const auto kept = static_cast<double>(times.percentile(0.5).count());
    EXPECT_GE(kept, static_cast<double>(value));
    EXPECT_LE(kept, static_cast<double>(value) * 1.016 + 0.5) << value;
  }
}

TEST(Histogram, PercentilesAreTheDurationsThatSoManyDoNotExceed) {
  Histogram times;
  for (int i = 1; i <= 1000; ++i) times.record(nanoseconds(i * 1000));
  EXPECT_NEAR(static_cast<double>(times.percentile(0.5).count()), 500'000, 8'000);
  EXPECT_NEAR(static_cast<double>(times.percentile(0.99).count()), 990'000, 16'000);
  EXPECT_EQ(times.percentile(1.0), nanoseconds(1'000'000));
  EXPECT_EQ(times.max(), nanoseconds(1'000'000));
  EXPECT_EQ(times.mean(), nanoseconds(500'500));
}

TEST(Histogram, CountsWhatCameSeveralTimesSoOften) {
  Histogram times;
  times.record(nanoseconds(10), 99);
  times.record(nanoseconds(5'000), 1);
  EXPECT_EQ(times.count(), 100u);
  EXPECT_EQ(times.percentile(0.99), nanoseconds(10));
  EXPECT_GE(times.percentile(0.999), nanoseconds(5'000));
}

TEST(Histogram, TakesWhatIsLongerThanItCanTell) {
  Histogram times;
  times.record(hours(1000));
  times.record(nanoseconds(-5));  // two clocks that disagree
  EXPECT_EQ(times.count(), 2u);
  EXPECT_EQ(times.percentile(0.4), nanoseconds(0));
  EXPECT_LE(times.percentile(1.0), hours(1000));
}

}  // namespace
}  // namespace righttask::loadgen
