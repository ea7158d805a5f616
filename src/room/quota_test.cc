#include "room/quota.h"

#include <gtest/gtest.h>

namespace righttask {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};
constexpr ConnectionId kAnn(1);
constexpr ConnectionId kBob(2);

/// This many characters put in front of the root text "t" by client 1 from this clock on.
Bytes typed(std::uint8_t clock, std::size_t length) {
  Bytes out = bytes(1, 1, 1, clock, 4, 1, 1, 't', length);
  for (std::size_t i = 0; i < length; ++i) out.push_back('x');
  out.push_back(0);
  return out;
}
const Bytes kDeletion = bytes(0, 1, 1, 1, 0, 10);  // the first ten characters

class QuotaTest : public testing::Test {
 protected:
  /// Whether an update is taken, as a room takes it.
  bool takes(const Bytes& update, Instant now = kStart, ConnectionId sender = kAnn) {
    const auto result =
        doc.apply_update_v1(update, {}, quota.bounds(doc, sender, update.size(), now));
    if (result) quota.took(sender, update.size(), *result);
    return result.has_value();
  }

  Limits limits;
  ydoc::Doc doc;
  Quota quota{limits};
};

TEST_F(QuotaTest, ADocumentIsFullAndCanBeDeletedFrom) {  // LIM-26
  limits.document_bytes_max = 110;
  EXPECT_TRUE(takes(typed(0, 80)));
  EXPECT_FALSE(takes(typed(80, 20)));
  EXPECT_TRUE(takes(typed(80, 1))) << "what fits still fits";
  EXPECT_TRUE(takes(kDeletion));
  EXPECT_TRUE(takes(typed(0, 80))) << "a repetition brings nothing";
}

TEST_F(QuotaTest, WhatWasDeletedMakesRoomInTime) {  // LIM-26
  limits.document_bytes_max = 200;
  EXPECT_TRUE(takes(typed(0, 120)));
  // Too little has come since it was measured (at 0 bytes) for the estimate to be far off, so
  // only the deletion and time let it be measured.
  EXPECT_FALSE(takes(typed(120, 100)));
  EXPECT_TRUE(takes(bytes(0, 1, 1, 1, 0, 110)));
  EXPECT_FALSE(takes(typed(120, 100), kStart + seconds(1)));
  EXPECT_TRUE(takes(typed(120, 100), kStart + seconds(20)));
}

TEST_F(QuotaTest, TypingIsCountedByWhatIsLeftOfIt) {  // LIM-26
  limits.document_bytes_max = 400;
  // Each update is 12 bytes and leaves one, in an item that grows.
  for (std::uint8_t clock = 0; clock < 120; ++clock) {
    const Bytes key =
        clock == 0 ? typed(0, 1) : bytes(1, 1, 1, clock, 0x84, 1, clock - 1, 1, 'x', 0);
    ASSERT_TRUE(takes(key)) << int{clock};
  }
  EXPECT_LT(doc.encode_state_as_update_v1().size(), 200U);
}

TEST_F(QuotaTest, CountsWhatARoomWasLoadedWith) {  // LIM-26
  ASSERT_TRUE(doc.apply_update_v1(typed(0, 100)));
  limits.document_bytes_max = 120;
  EXPECT_FALSE(takes(typed(100, 50)));
}

TEST_F(QuotaTest, OneConnectionBringsSoManyClients) {  // LIM-27
  limits.new_clients_per_connection_max = 3;
  const auto by = [](std::uint8_t client) {
    return bytes(1, 1, client, 0, 4, 1, 1, 't', 1, 'x', 0);
  };
  for (std::uint8_t client = 1; client <= 3; ++client) EXPECT_TRUE(takes(by(client)));
  EXPECT_FALSE(takes(by(4)));
  EXPECT_TRUE(takes(by(2))) << "which is here";
  EXPECT_TRUE(takes(by(4), kStart, kBob));
  EXPECT_TRUE(takes(bytes(1, 1, 4, 1, 4, 1, 1, 't', 1, 'y', 0))) << "whoever brought it";
}

TEST_F(QuotaTest, AwarenessHasItsRate) {  // LIM-28
  limits.awareness_per_second_max = 10;
  limits.rate_burst = seconds(2);
  const MemberId ann{kAnn, 1};
  const MemberId bob{kBob, 1};
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(quota.take_relay(ann, 2, kStart));
  EXPECT_FALSE(quota.take_relay(ann, 2, kStart));
  EXPECT_TRUE(quota.take_relay(bob, 2, kStart));
  EXPECT_TRUE(quota.take_relay(ann, 2, kStart + milliseconds(100)));
  EXPECT_FALSE(quota.take_relay(ann, 2, kStart + milliseconds(100)));
}

TEST_F(QuotaTest, EventsAreFewerInLargeRooms) {  // LIM-28
  limits.rate_burst = seconds(1);
  const auto taken = [&](std::size_t members, Instant now) {
    std::size_t events = 0;
    while (quota.take_relay({kAnn, 1}, members, now)) ++events;
    return events;
  };
  EXPECT_EQ(taken(100, kStart), 200U);
  EXPECT_EQ(taken(1000, kStart + seconds(10)), 20U);
  EXPECT_EQ(taken(10'000, kStart + seconds(20)), 10U) << "of a cursor something is still seen";
}

TEST_F(QuotaTest, OnlyNewAwarenessCounts) {  // LIM-28
  limits.awareness_per_second_max = 10;
  limits.rate_burst = seconds(1);
  const MemberId ann{kAnn, 1};
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(quota.takes_awareness(ann, kStart));
  for (int i = 0; i < 11; ++i) quota.took_awareness(ann, kStart);
  EXPECT_FALSE(quota.takes_awareness(ann, kStart));
  EXPECT_TRUE(quota.takes_awareness(ann, kStart + milliseconds(100)));
}

TEST_F(QuotaTest, AskingForWhatOneLacksHasItsRate) {  // LIM-38
  limits.syncs_per_second_max = 2;
  limits.rate_burst = seconds(1);
  const MemberId ann{kAnn, 1};
  EXPECT_TRUE(quota.take_sync(ann, kStart));
  EXPECT_TRUE(quota.take_sync(ann, kStart));
  EXPECT_FALSE(quota.take_sync(ann, kStart));
  EXPECT_TRUE(quota.take_sync({kBob, 1}, kStart));
  EXPECT_TRUE(quota.take_sync(ann, kStart + milliseconds(500)));
}

TEST_F(QuotaTest, ZeroIsNoBound) {
  limits.document_bytes_max = 0;
  limits.new_clients_per_connection_max = 0;
  limits.awareness_per_second_max = 0;
  limits.awareness_relays_per_second_max = 0;
  limits.syncs_per_second_max = 0;
  EXPECT_TRUE(takes(typed(0, 100)));
  const MemberId ann{kAnn, 1};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(quota.take_relay(ann, 2, kStart));
    quota.took_awareness(ann, kStart);
    EXPECT_TRUE(quota.takes_awareness(ann, kStart));
    EXPECT_TRUE(quota.take_sync(ann, kStart));
  }
}

}  // namespace
}  // namespace righttask
