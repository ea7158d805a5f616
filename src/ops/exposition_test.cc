#include "ops/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"

namespace righttask::ops {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using testing::HasSubstr;
using testing::Not;

TEST(LatencyHistogram, CountsUpToAndIncludingABound) {
  LatencyHistogram histogram;
  for (const auto took : {nanoseconds(0), nanoseconds(500'000), nanoseconds(500'001),
                          nanoseconds(10'000'000'000), nanoseconds(10'000'000'001)}) {
    histogram.observe(took);
  }
  EXPECT_EQ(histogram.count_in(0), 2U);
  EXPECT_EQ(histogram.count_in(1), 1U);
  EXPECT_EQ(histogram.count_in(LatencyHistogram::kBounds.size() - 1), 1U);
  EXPECT_EQ(histogram.count_in(LatencyHistogram::kBounds.size()), 1U);
  EXPECT_EQ(histogram.count(), 5U);
  EXPECT_EQ(histogram.sum(), nanoseconds(20'001'000'002));
}

TEST(Exposition, WritesTheTextFormat) {
  Exposition page;
  page.counter("seen_total", "What was seen.", 3);
  page.gauge("waiting_bytes", "What waits.", 18'446'744'073.0);
  page.counters("refused_total", "By reason.", "reason", {{"full", 1}, {"a\"b\\c\nd", 0}});
  EXPECT_EQ(page.str(),
            "# HELP seen_total What was seen.\n"
            "# TYPE seen_total counter\n"
            "seen_total 3\n"
            "# HELP waiting_bytes What waits.\n"
            "# TYPE waiting_bytes gauge\n"
            "waiting_bytes 18446744073\n"
            "# HELP refused_total By reason.\n"
            "# TYPE refused_total counter\n"
            "refused_total{reason=\"full\"} 1\n"
            "refused_total{reason=\"a\\\"b\\\\c\\nd\"} 0\n");
}

TEST(Exposition, BucketsAreCumulativeAndInSeconds) {
  LatencyHistogram histogram;
  histogram.observe(microseconds(400));
  histogram.observe(microseconds(700));
  histogram.observe(std::chrono::seconds(20));
  Exposition page;
  page.histogram("took_seconds", "How long.", histogram);
  const std::string text = page.str();
  EXPECT_THAT(text, HasSubstr("# TYPE took_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"0.0005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_sum 20.0011\n"));
}

TEST(Exposition, ACounterIsNamedAsOneAndNothingElseIs) {
  Exposition page;
  EXPECT_THROW(page.counter("seen", "", 1), BugError);
  EXPECT_THROW(page.gauge("seen_total", "", 1), BugError);
  EXPECT_THROW(page.gauge("no name", "", 1), BugError);
  EXPECT_THAT(page.str(), Not(HasSubstr("seen")));
}

}  // namespace
}  // namespace righttask::ops
