#include "server/fan_out.h"

#include <gtest/gtest.h>

#include "ydoc/doc.h"

namespace righttask::server {
namespace {

using std::chrono::milliseconds;

Instant at(std::int64_t ms) {
  return Instant(milliseconds(ms));
}

FanOut::Held held(std::size_t size, std::uint64_t sender = 1) {
  return {share(Bytes(size)), MemberId{ConnectionId(sender), 1}};
}

/// What becomes of the last of `updates` that come evenly within `during`, each taken at once.
FanOut::Turn pace(FanOut& fan_out, std::size_t members, int updates, milliseconds during) {
  FanOut::Turn turn{};
  for (int i = 0; i < updates; ++i) {
    turn = fan_out.add(held(10), members, Limits{}, Instant(during * i / updates));
    (void)fan_out.take();
  }
  return turn;
}

TEST(FanOutTest, SendsAtTheEndOfTheTurnWhereLittleHappens) {  // ROOM-29
  FanOut calm;
  EXPECT_EQ(calm.add(held(10), 1000, Limits{}, at(0)), FanOut::Turn::end);
  EXPECT_EQ(calm.add(held(10), 1000, Limits{}, at(0)), FanOut::Turn::more);
  EXPECT_EQ(calm.take().size(), 2U);
  EXPECT_TRUE(calm.empty());
  FanOut slow;
  EXPECT_EQ(pace(slow, 1000, 10, milliseconds(1000)), FanOut::Turn::end);
}

TEST(FanOutTest, HoldsWhereMembersTimesRateIsHigh) {  // ROOM-30
  FanOut hot;
  EXPECT_EQ(pace(hot, 1000, 200, milliseconds(2000)), FanOut::Turn::hold);
  EXPECT_EQ(hot.hold(), milliseconds(25));
  FanOut warm;
  EXPECT_EQ(pace(warm, 60, 800, milliseconds(2000)), FanOut::Turn::hold);
  EXPECT_GE(warm.hold(), milliseconds(5));
  EXPECT_LE(warm.hold(), milliseconds(7));
}

TEST(FanOutTest, DoesNotHoldWhatWouldMeetNothing) {  // ROOM-30
  FanOut crowd;  // 100,000 deliveries a second, but only 10 updates
  EXPECT_EQ(pace(crowd, 10'000, 20, milliseconds(2000)), FanOut::Turn::end);
}

TEST(FanOutTest, NeverHoldsWhenSwitchedOff) {  // ROOM-30
  Limits limits;
  limits.hold_max = milliseconds(0);
  FanOut hot;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(hot.add(held(10), 1000, limits, at(i)), FanOut::Turn::end);
    (void)hot.take();
  }
}

TEST(FanOutTest, BoundsWhatWaits) {  // ROOM-29
  FanOut crowd;
  (void)crowd.add(held(FanOut::kHeldBytesMax), 100, Limits{}, at(0));
  EXPECT_EQ(crowd.add(held(1), 100, Limits{}, at(0)), FanOut::Turn::overflow);
}

TEST(FanOutTest, MergesToTheSameDocument) {  // ROOM-29
  // "ab" typed by one client in two updates, and "x" by another.
  const Bytes a = bytes(1, 1, 5, 0, 4, 1, 1, 't', 1, 'a', 0);
  const Bytes b = bytes(1, 1, 5, 1, 0x84, 5, 0, 1, 'b', 0);
  const Bytes x = bytes(1, 1, 7, 0, 4, 1, 1, 't', 1, 'x', 0);
  ydoc::Doc one_by_one;
  std::vector<FanOut::Held> all;
  for (const Bytes& update : {a, b, x}) {
    ASSERT_TRUE(one_by_one.apply_update_v1(update));
    all.push_back({share(Bytes(update)), std::nullopt});
  }
  const auto update = merged(all);
  ASSERT_TRUE(update);
  ydoc::Doc at_once;
  ASSERT_TRUE(at_once.apply_update_v1(**update));
  EXPECT_EQ(at_once.encode_state_as_update_v1(), one_by_one.encode_state_as_update_v1());

  all.push_back({share(bytes(0xff)), std::nullopt});
  EXPECT_FALSE(merged(all));
}

}  // namespace
}  // namespace righttask::server
