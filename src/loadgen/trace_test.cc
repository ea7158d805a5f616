#include "loadgen/trace.h"

#include <gtest/gtest.h>

#include "ydoc/codec/merge.h"

namespace righttask::loadgen {
namespace {

using std::chrono::milliseconds;

constexpr ydoc::ClientId kFirst = 1'000;
constexpr std::uint32_t kUnits = 3;

Instant at(int ms) {
  return Instant(milliseconds(ms));
}

/// Two rooms of three members, of whom the first two send.
class TraceTest : public ::testing::Test {
 protected:
  explicit TraceTest(std::uint32_t deaf = 0)
      : trace({.members = 6, .members_per_room = 3, .senders_per_room = 2, .deaf_per_room = deaf},
              kFirst, kUnits) {
    for (std::uint32_t member = 0; member < 6; ++member) trace.enter(member, bytes(0, 0));
  }

  Bytes send(std::uint32_t member, int ms) {
    const ydoc::Clock clock = trace.send(member, at(ms));
    Bytes update;
    write_typed(trace.client_of(member), clock, "abc", update);
    return update;
  }

  static Bytes merged(const std::vector<Bytes>& parts) {
    const std::vector<ByteView> views(parts.begin(), parts.end());
    return ydoc::merge_updates_v1(views).value();
  }

  Trace trace;
};

TEST_F(TraceTest, OwesEveryUpdateToTheOthersOfItsRoom) {
  const Bytes update = send(0, 10);
  EXPECT_EQ(trace.outstanding(), 2u);
  trace.take(1, update, at(12));
  trace.take(2, update, at(15));
  EXPECT_EQ(trace.outstanding(), 0u);
  EXPECT_EQ(trace.counts().delivered, 2u);
  EXPECT_EQ(trace.counts().duplicates, 0u);
  EXPECT_EQ(trace.latencies().max(), milliseconds(5));
  EXPECT_EQ(trace.latencies().count(), 2u);
}

TEST_F(TraceTest, CountsEachUpdateOfAMergedOneByItsOwnTime) {
  const Bytes all = merged({send(0, 10), send(0, 20), send(1, 30)});
  trace.take(2, all, at(40));
  EXPECT_EQ(trace.counts().delivered, 3u);
  EXPECT_EQ(trace.counts().frames, 1u);
  EXPECT_EQ(trace.latencies().count(), 3u);
  EXPECT_EQ(trace.latencies().max(), milliseconds(30));
  EXPECT_EQ(trace.latencies().mean(), milliseconds(20));
  EXPECT_EQ(trace.outstanding(), 3u) << "members 0 and 1 lack each other's";
}

TEST_F(TraceTest, KnowsWhatCameTwice) {
  const Bytes first = send(0, 10);
  const Bytes both = merged({first, send(0, 20)});
  trace.take(2, first, at(11));
  trace.take(2, both, at(21));
  trace.take(2, both, at(22));
  EXPECT_EQ(trace.counts().delivered, 2u);
  EXPECT_EQ(trace.counts().duplicates, 3u);
  EXPECT_EQ(trace.latencies().count(), 2u);
}

TEST_F(TraceTest, KnowsWhatNeverCame) {
  const Bytes lost = send(0, 10);
  const Bytes second = send(0, 20);
  for (const std::uint32_t member : {1u, 2u}) trace.take(member, second, at(21));
  EXPECT_EQ(trace.counts().delivered, 2u);
  EXPECT_EQ(trace.outstanding(), 2u);
  trace.take(1, lost, at(30));
  EXPECT_EQ(trace.outstanding(), 1u);
  EXPECT_EQ(trace.counts().out_of_order, 1u);
  EXPECT_EQ(trace.counts().duplicates, 0u);
  trace.take(1, lost, at(31));
  EXPECT_EQ(trace.counts().duplicates, 1u);
}

TEST_F(TraceTest, TellsEchoesFromDeliveries) {
  const Bytes update = send(0, 10);
  trace.take(0, update, at(11));
  EXPECT_EQ(trace.counts().echoes, 1u);
  EXPECT_EQ(trace.counts().delivered, 0u);
  EXPECT_EQ(trace.outstanding(), 2u);
}

TEST_F(TraceTest, PassesOverWhatOthersWrite) {
  Bytes foreign, elsewhere;
  write_typed(5, 0, "abc", foreign);
  trace.take(1, foreign, at(1));
  trace.take(1, send(3, 2), at(3));  // of the other room: none of its members may see it
  EXPECT_EQ(trace.counts().foreign, 2u);
  EXPECT_EQ(trace.counts().delivered, 0u);
}

TEST_F(TraceTest, DoesNotBelieveInUpdatesThatNobodySent) {
  Bytes invented;
  write_typed(kFirst, 0, "abc", invented);
  trace.take(1, invented, at(1));
  trace.take(1, bytes(1, 2, 3), at(1));
  EXPECT_EQ(trace.counts().malformed, 2u);
  EXPECT_EQ(trace.counts().delivered, 0u);
}

TEST_F(TraceTest, WhoComesBackIsOwedWhatItsStateLacks) {
  const Bytes first = send(0, 10);
  trace.leave(2);
  EXPECT_EQ(trace.outstanding(), 1u);
  const Bytes second = send(0, 20);
  EXPECT_EQ(trace.outstanding(), 2u) << "member 1 alone";
  trace.enter(2, first);
  EXPECT_EQ(trace.outstanding(), 3u);
  trace.take(2, second, at(25));
  EXPECT_EQ(trace.outstanding(), 2u);
  EXPECT_EQ(trace.counts().delivered, 1u);
  EXPECT_EQ(trace.counts().duplicates, 0u);
}

TEST_F(TraceTest, WhoLeavesTakesItsGapsAlong) {
  send(0, 10);
  trace.take(2, send(0, 20), at(21));
  EXPECT_EQ(trace.outstanding(), 3u);
  trace.leave(2);
  EXPECT_EQ(trace.outstanding(), 2u);
}

TEST_F(TraceTest, TimesAnswersInTheOrderOfThePushes) {
  send(0, 10), send(0, 20);
  trace.acknowledge(0, at(13));
  trace.acknowledge(0, at(27));
  trace.acknowledge(0, at(99));  // of nothing that was sent
  EXPECT_EQ(trace.acknowledged(), 2u);
  EXPECT_EQ(trace.ack_latencies().count(), 2u);
  EXPECT_EQ(trace.ack_latencies().max(), milliseconds(7));
}

TEST_F(TraceTest, TrimmingForgetsTimesAndNoDelivery) {
  const Bytes first = send(0, 10);
  trace.take(1, first, at(11));
  trace.trim();
  trace.take(2, first, at(17));  // still known
  EXPECT_EQ(trace.latencies().max(), milliseconds(7));
  trace.trim();
  const Bytes second = send(0, 20);
  trace.take(1, second, at(21));
  trace.take(1, first, at(22));
  EXPECT_EQ(trace.counts().delivered, 3u);
  EXPECT_EQ(trace.counts().duplicates, 1u);
  EXPECT_EQ(trace.outstanding(), 1u);
}

TEST_F(TraceTest, MeasuringStartsAnewAndForgetsNoDebt) {
  const Bytes update = send(0, 10);
  trace.take(1, update, at(11));
  trace.begin_measuring();
  EXPECT_EQ(trace.counts().delivered, 0u);
  EXPECT_EQ(trace.latencies().count(), 0u);
  trace.take(2, update, at(12));
  EXPECT_EQ(trace.counts().delivered, 1u);
  EXPECT_EQ(trace.outstanding(), 0u);
}

class TraceWithDeafTest : public TraceTest {
 protected:
  TraceWithDeafTest() : TraceTest(1) {}
};

TEST_F(TraceWithDeafTest, OwesNothingToWhoDoesNotRead) {
  trace.take(1, send(0, 10), at(11));
  EXPECT_EQ(trace.outstanding(), 0u);
  trace.leave(2);
  EXPECT_EQ(trace.outstanding(), 0u);
}

}  // namespace
}  // namespace righttask::loadgen
