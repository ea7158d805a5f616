#include "server/join_pacer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace righttask::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

protocol::ToRoom join(std::uint64_t connection) {
  return {*RoomName::parse("r"),
          JoinRequest{{ConnectionId(connection), 1}, {"j"}, Access::read_write, {}, std::nullopt}};
}
std::uint64_t who(const protocol::ToRoom& request) {
  return std::get<JoinRequest>(request.message).member.connection.value();
}

struct Storm {
  int now = 0, later = 0, refused = 0;
};
Storm offer(JoinPacer& pacer, int count, Instant when) {
  Storm storm;
  for (int i = 0; i < count; ++i) {
    auto request = join(static_cast<std::uint64_t>(i) + 1);
    const auto turn = pacer.offer(request, when);
    storm.now += turn == JoinPacer::Turn::now;
    storm.later += turn == JoinPacer::Turn::later;
    storm.refused += turn == JoinPacer::Turn::refuse;
  }
  return storm;
}

TEST(JoinPacer, AStormWaitsInLineAndTheRestIsRefused) {  // LIM-29
  Limits limits;
  limits.joins_per_second_max = 100;
  limits.join_wait_max = seconds(2);
  JoinPacer pacer(limits);
  const Storm storm = offer(pacer, 300, kStart);
  EXPECT_EQ(storm.now, 10);  // a tenth of a second's
  EXPECT_EQ(storm.later, 200);
  EXPECT_EQ(storm.refused, 90);
  EXPECT_EQ(pacer.waiting(), 200U);

  std::vector<std::uint64_t> order;
  for (int ms = 10; ms <= 2000; ms += 10) {
    while (auto request = pacer.next(kStart + milliseconds(ms))) order.push_back(who(*request));
    EXPECT_EQ(order.size(), static_cast<std::size_t>(ms / 10));
  }
  EXPECT_EQ(order.front(), 11U);
  EXPECT_EQ(order.back(), 210U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(pacer.waiting(), 0U);
}

TEST(JoinPacer, NobodyOvertakesTheLine) {  // LIM-29
  Limits limits;
  limits.joins_per_second_max = 10;
  JoinPacer pacer(limits);
  EXPECT_EQ(offer(pacer, 3, kStart).later, 2);
  auto late = join(9);
  EXPECT_EQ(pacer.offer(late, kStart + seconds(1)), JoinPacer::Turn::later);
}

TEST(JoinPacer, WhoHasGoneHoldsNobodyUp) {  // LIM-29
  Limits limits;
  limits.joins_per_second_max = 1;
  JoinPacer pacer(limits);
  EXPECT_EQ(offer(pacer, 4, kStart).later, 3);
  EXPECT_FALSE(pacer.cancel({ConnectionId(1), 1})) << "it did not have to wait";
  EXPECT_TRUE(pacer.cancel({ConnectionId(2), 1}));
  EXPECT_TRUE(pacer.cancel({ConnectionId(3), 1}));
  EXPECT_FALSE(pacer.cancel({ConnectionId(3), 1}));
  const auto next = pacer.next(kStart + seconds(1));
  ASSERT_TRUE(next);
  EXPECT_EQ(who(*next), 4U);
  EXPECT_FALSE(pacer.next(kStart + seconds(9)));
}

TEST(JoinPacer, ZeroLetsEverybodyThrough) {
  Limits limits;
  limits.joins_per_second_max = 0;
  JoinPacer pacer(limits);
  EXPECT_EQ(offer(pacer, 100'000, kStart).now, 100'000);
}

}  // namespace
}  // namespace righttask::server
