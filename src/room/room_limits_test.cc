#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "room/room.h"

// What a room refuses: rules LIM-n of docs/spec/limits.md.

namespace righttask {
namespace {

MemberId member(std::uint64_t connection) {
  return {ConnectionId(connection), 1};
}

/// One character put in front of the root text "t" by this client at this clock.
Bytes typed(std::uint8_t client, std::uint8_t clock) {
  return bytes(1, 1, client, clock, 4, 1, 1, 't', 1, 'x', 0);
}

class RoomLimitsTest : public testing::Test {
 protected:
  /// The answer, when everything is stored: "ok", or the reason of a refusal; "" for none.
  std::string says(const RoomMessage& message) {
    effects.clear();
    const RoomNow now{Instant(std::chrono::seconds(1000)), UnixSeconds{}};
    room.on(message, now, effects);
    for (const Effect& effect : effects) asked += std::holds_alternative<Persist>(effect);
    room.on_stored(asked, now, effects);
    for (const Effect& effect : effects) {
      const auto* send = std::get_if<Send>(&effect);
      if (send == nullptr || send->ticket.text.empty()) continue;
      if (const auto* refused = std::get_if<Refused>(&send->message)) {
        return std::string(to_string(refused->reason));
      }
      return "ok";
    }
    return "";
  }
  std::string joins(std::uint64_t who) {
    return says(JoinRequest{member(who), {"j"}, Access::read_write, {"user", ""}, std::nullopt});
  }
  std::string updates(std::uint64_t who, Bytes update) {
    return says(UpdateRequest{member(who), {"u"}, share(std::move(update))});
  }
  std::size_t broadcasts() const {
    std::size_t count = 0;
    for (const Effect& effect : effects) count += std::holds_alternative<Broadcast>(effect);
    return count;
  }

  Limits limits;
  Rng rng{1};
  Room room{*RoomName::parse("a"), limits, rng};
  Effects effects;
  std::uint64_t asked = 0;  // updates to be stored, which they are at once
};

TEST_F(RoomLimitsTest, AFullRoomRefusesTheNextMember) {  // LIM-25
  limits.members_per_room_max = 2;
  EXPECT_EQ(joins(1), "ok");
  EXPECT_EQ(joins(2), "ok");
  EXPECT_EQ(joins(3), "room-full");
  EXPECT_EQ(room.members(), 2U);
  EXPECT_EQ(updates(3, typed(1, 0)), "not_joined");
  says(LeaveRequest{member(1), LeaveReason::left});
  EXPECT_EQ(joins(3), "ok");
}

TEST_F(RoomLimitsTest, AFullDocumentIsReadAndDeletedFrom) {  // LIM-26
  limits.document_bytes_max = 25;
  joins(1);
  EXPECT_EQ(updates(1, typed(1, 0)), "ok");
  EXPECT_EQ(updates(1, typed(1, 1)), "ok");
  EXPECT_EQ(updates(1, typed(1, 2)), "too_large");
  EXPECT_EQ(broadcasts(), 0U);
  EXPECT_EQ(joins(2), "ok");
  EXPECT_EQ(updates(2, bytes(0, 1, 1, 1, 0, 1)), "ok");
  EXPECT_EQ(broadcasts(), 1U);
}

TEST_F(RoomLimitsTest, AConnectionBringsOnlySoManyClientIds) {  // LIM-27
  limits.new_clients_per_connection_max = 2;
  joins(1);
  joins(2);
  EXPECT_EQ(updates(1, typed(1, 0)), "ok");
  EXPECT_EQ(updates(1, typed(2, 0)), "ok");
  EXPECT_EQ(updates(1, typed(3, 0)), "too_many_clients");
  EXPECT_EQ(broadcasts(), 0U);
  EXPECT_EQ(updates(1, typed(2, 1)), "ok");
  EXPECT_EQ(updates(2, typed(3, 0)), "ok");
  // Leaving and joining again makes no new connection.
  says(LeaveRequest{member(1), LeaveReason::left});
  joins(1);
  EXPECT_EQ(updates(1, typed(4, 0)), "too_many_clients");
}

TEST_F(RoomLimitsTest, AwarenessBeyondItsRateIsRefusedAndNotRelayed) {  // LIM-28
  limits.awareness_per_second_max = 1;
  limits.rate_burst = std::chrono::seconds(3);
  joins(1);
  joins(2);
  const RelayRequest relay{member(1), "awareness", share(bytes('1')), {"a"}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(says(relay), "");
    EXPECT_EQ(broadcasts(), 1U);
  }
  EXPECT_EQ(says(relay), "rate_limited");
  EXPECT_EQ(broadcasts(), 0U);
}

}  // namespace
}  // namespace righttask
