#include "server/room_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace righttask::server {
namespace {

using store::Sequence;
using store::StoreError;
using Outcome = RoomLog::Outcome;
using testing::ElementsAre;

constexpr store::Epoch kEpoch{3};

store::LoadedRoom loaded_room(std::uint64_t updates) {
  store::LoadedRoom loaded;
  loaded.epoch = kEpoch;
  loaded.last = Sequence{updates};
  loaded.updates.resize(updates);
  return loaded;
}

class RoomLogTest : public testing::Test {
 protected:
  void add(std::size_t bytes = 1) {
    log.add(share(Bytes(bytes)), "ann", wall_time(UnixSeconds(std::chrono::seconds(5))));
  }
  store::AppendRequest append() { return log.take_batch(Instant{}); }
  Outcome appended(Sequence last) { return log.on_appended(last, last, Instant{}); }
  Outcome refused(Sequence last, StoreError error = StoreError::storage_unavailable) {
    return log.on_appended(last, fail(error), Instant{});
  }
  store::SnapshotRequest snapshot() { return log.snapshot(share(Bytes(10)), {}); }

  RoomLog log{*RoomName::parse("r"), loaded_room(7)};
};

TEST_F(RoomLogTest, NumbersUpdatesBehindWhatWasStored) {
  EXPECT_TRUE(log.at_rest());
  EXPECT_FALSE(log.has_batch());
  add();
  add();
  auto request = append();
  EXPECT_EQ(request.epoch, kEpoch);
  EXPECT_EQ(request.first, Sequence{8});
  EXPECT_EQ(request.updates.size(), 2U);
  EXPECT_EQ(request.updates[0].author, "ann");
  add();
  EXPECT_EQ(append().first, Sequence{10});
  EXPECT_EQ(log.stored(), 0U);
  EXPECT_EQ(appended(Sequence{9}), Outcome::stored);
  EXPECT_EQ(log.stored(), 2U);
  EXPECT_FALSE(log.at_rest());
  EXPECT_EQ(appended(Sequence{10}), Outcome::stored);
  EXPECT_EQ(log.stored(), 3U);
  EXPECT_TRUE(log.at_rest());
}

TEST(RoomLogAuthor, IsCutBetweenCharacters) {  // LIM-19
  EXPECT_EQ(author_to_keep(std::string(255, 'a')), std::string(255, 'a'));
  EXPECT_EQ(author_to_keep(std::string(256, 'a')), std::string(255, 'a'));
  std::string longer(254, 'a');
  EXPECT_EQ(author_to_keep(longer + "\u6f22"), longer);
}

TEST_F(RoomLogTest, MeasuresHowLongAnAppendTook) {
  add();
  static_cast<void>(log.take_batch(Instant{std::chrono::milliseconds(10)}));
  static_cast<void>(
      log.on_appended(Sequence{8}, Sequence{8}, Instant{std::chrono::milliseconds(12)}));
  EXPECT_EQ(log.latency(), std::chrono::milliseconds(2));
}

TEST_F(RoomLogTest, AGapIsClosedByAState) {
  add();
  static_cast<void>(append());
  add();
  static_cast<void>(append());
  EXPECT_EQ(refused(Sequence{8}), Outcome::gap);
  EXPECT_FALSE(log.can_heal()) << "the second is not answered yet";
  add();
  EXPECT_FALSE(log.has_batch()) << "nothing can be appended behind a gap";
  EXPECT_EQ(refused(Sequence{9}, StoreError::sequence_gap), Outcome::gap);
  ASSERT_TRUE(log.can_heal());

  EXPECT_EQ(snapshot().sequence, Sequence{10}) << "with what was never sent";
  EXPECT_FALSE(log.can_heal());
  add();
  EXPECT_FALSE(log.has_batch());
  EXPECT_EQ(log.on_snapshot(Sequence{10}), Outcome::stored);
  EXPECT_EQ(log.stored(), 3U);
  ASSERT_TRUE(log.has_batch());
  EXPECT_EQ(append().first, Sequence{11});
}

TEST_F(RoomLogTest, AnAppendThatIsRefusedAtOnceIsNotTakenForOneThatWaits) {  // ROOM-25, STO-20
  add();
  static_cast<void>(append());
  add();
  static_cast<void>(append());
  EXPECT_EQ(refused(Sequence{9}), Outcome::gap) << "before the first is answered";
  EXPECT_EQ(log.stored(), 0U);
  EXPECT_FALSE(log.can_heal());
  EXPECT_EQ(appended(Sequence{8}), Outcome::stored);
  EXPECT_EQ(log.stored(), 1U) << "what was refused is not stored";
  EXPECT_FALSE(log.at_rest());
  EXPECT_TRUE(log.can_heal());
}

TEST_F(RoomLogTest, AStateThatIsRefusedLeavesTheGap) {
  add();
  static_cast<void>(append());
  EXPECT_EQ(refused(Sequence{8}, StoreError::too_large), Outcome::gap);
  static_cast<void>(snapshot());
  add();
  EXPECT_EQ(log.on_snapshot(fail(StoreError::storage_full)), Outcome::gap);
  ASSERT_TRUE(log.can_heal());
  EXPECT_EQ(snapshot().sequence, Sequence{9});
  EXPECT_EQ(log.on_snapshot(Sequence{9}), Outcome::stored);
  EXPECT_TRUE(log.at_rest());
}

TEST_F(RoomLogTest, WhatIsHeldBehindAGapIsBounded) {
  add();
  static_cast<void>(append());
  EXPECT_EQ(refused(Sequence{8}), Outcome::gap);
  static_cast<void>(snapshot());
  for (int i = 0; i < 3; ++i) add(RoomLog::kHeldBytesMax / 2);
  EXPECT_EQ(log.on_snapshot(Sequence{8}), Outcome::gap) << "it lacks what was dropped";
  EXPECT_EQ(log.stored(), 1U);
  EXPECT_EQ(snapshot().sequence, Sequence{11});
  EXPECT_EQ(log.on_snapshot(Sequence{11}), Outcome::stored);
  EXPECT_TRUE(log.at_rest());
}

TEST_F(RoomLogTest, AStateUnderWayDoesNotCloseAGapBehindIt) {
  add();
  static_cast<void>(append());
  static_cast<void>(snapshot());  // holds 8
  add();
  static_cast<void>(append());  // 9
  EXPECT_EQ(appended(Sequence{8}), Outcome::stored);
  EXPECT_EQ(refused(Sequence{9}), Outcome::gap);
  EXPECT_EQ(log.on_snapshot(Sequence{8}), Outcome::gap);
  ASSERT_TRUE(log.can_heal());
  EXPECT_EQ(snapshot().sequence, Sequence{9});
}

TEST_F(RoomLogTest, AStateUnderWayClosesAGapBeforeIt) {
  add();
  static_cast<void>(append());
  static_cast<void>(snapshot());  // holds 8
  EXPECT_EQ(refused(Sequence{8}), Outcome::gap);
  EXPECT_EQ(log.on_snapshot(Sequence{8}), Outcome::stored);
  EXPECT_TRUE(log.at_rest());
}

TEST_F(RoomLogTest, SaysThatTheRoomWasDeleted) {
  add();
  static_cast<void>(append());
  EXPECT_EQ(refused(Sequence{8}, StoreError::deleted), Outcome::gone);
  static_cast<void>(snapshot());
  EXPECT_EQ(log.on_snapshot(fail(StoreError::stale_epoch)), Outcome::gone);
}

TEST_F(RoomLogTest, AsksForAStateWhenTheTailIsLong) {
  for (std::uint64_t i = 7; i + 1 < RoomLog::kTailUpdatesMax; ++i) add();
  static_cast<void>(append());
  EXPECT_FALSE(log.tail_is_long());
  add();
  static_cast<void>(append());
  EXPECT_TRUE(log.tail_is_long());
  static_cast<void>(snapshot());
  EXPECT_FALSE(log.tail_is_long());
  EXPECT_EQ(log.on_snapshot(Sequence{RoomLog::kTailUpdatesMax}), Outcome::stored);
  EXPECT_FALSE(log.tail_is_long());
  add(RoomLog::kTailBytesMax);
  EXPECT_TRUE(log.tail_is_long());
}

TEST_F(RoomLogTest, CountsTheTailThatWasLoaded) {
  const RoomLog long_one(*RoomName::parse("r"), loaded_room(RoomLog::kTailUpdatesAtRest));
  EXPECT_TRUE(long_one.tail_is_long_for_a_room_at_rest());
  EXPECT_FALSE(log.tail_is_long_for_a_room_at_rest());
}

}  // namespace
}  // namespace righttask::server
