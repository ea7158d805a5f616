#include "base/token_bucket.h"

#include <gtest/gtest.h>

namespace righttask {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

TEST(TokenBucket, GivesABurstThenTheRate) {
  const Rate rate{.per_second = 100, .burst = seconds(5)};
  TokenBucket bucket;
  int given = 0;
  while (given < 10'000 && bucket.try_take(rate, 1, kStart)) ++given;
  EXPECT_EQ(given, 500);
  // Nothing comes back before its time, and then no more than has come in.
  EXPECT_FALSE(bucket.try_take(rate, 1, kStart + milliseconds(9)));
  EXPECT_TRUE(bucket.try_take(rate, 1, kStart + milliseconds(10)));
  EXPECT_FALSE(bucket.try_take(rate, 1, kStart + milliseconds(19)));
  EXPECT_TRUE(bucket.try_take(rate, 20, kStart + milliseconds(210)));
  EXPECT_FALSE(bucket.try_take(rate, 1, kStart + milliseconds(210)));
}

TEST(TokenBucket, HoldsNoMoreThanTheBurst) {
  const Rate rate{.per_second = 10, .burst = seconds(1)};
  TokenBucket bucket;
  EXPECT_TRUE(bucket.try_take(rate, 10, kStart));
  const Instant much_later = kStart + std::chrono::hours(1);
  EXPECT_TRUE(bucket.full(much_later));
  EXPECT_TRUE(bucket.try_take(rate, 10, much_later));
  EXPECT_FALSE(bucket.try_take(rate, 1, much_later));
}

TEST(TokenBucket, AnOverdraftIsWaitedFor) {
  const Rate rate{.per_second = 1000, .burst = seconds(1)};
  TokenBucket bucket;
  bucket.take(rate, 3000, kStart);
  EXPECT_TRUE(bucket.overdrawn(rate, kStart));
  EXPECT_TRUE(bucket.overdrawn(rate, kStart + milliseconds(1999)));
  EXPECT_FALSE(bucket.overdrawn(rate, kStart + seconds(2)));
  EXPECT_FALSE(bucket.full(kStart + seconds(2)));
  EXPECT_TRUE(bucket.full(kStart + seconds(3)));
}

TEST(TokenBucket, NoRateIsNoBound) {
  const Rate rate;
  TokenBucket bucket;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(bucket.try_take(rate, 1u << 30, kStart));
  EXPECT_TRUE(bucket.full(kStart));
}

}  // namespace
}  // namespace righttask
