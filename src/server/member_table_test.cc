#include "server/member_table.h"

#include <gtest/gtest.h>

namespace righttask::server {
namespace {

using std::chrono::seconds;

RoomName room(std::string_view name) {
  return *RoomName::parse(name);
}
MemberId member(std::uint64_t connection, std::uint32_t channel = 1) {
  return {ConnectionId(connection), channel};
}
UnixSeconds at(int time) {
  return UnixSeconds(seconds(time));
}

class MemberTableTest : public ::testing::Test {
 protected:
  void asks(MemberId id, std::string_view name, int time = 0) {
    JoinRequest join;
    join.member = id;
    join.identity = {"k", "f"};
    table.on_request(room(name), join, at(time));
  }
  std::optional<AccessRequest> is_answered(MemberId id, const ServerMessage& message = Joined{}) {
    return table.on_answer(id, message);
  }
  void joins(MemberId id, std::string_view name, int time = 0) {
    asks(id, name, time);
    EXPECT_FALSE(is_answered(id));
  }

  MemberTable table;
};

TEST_F(MemberTableTest, KnowsWhoIsIn) {  // ADM-6
  joins(member(2), "a", 10);
  joins(member(1), "a", 20);
  joins(member(1, 2), "b", 5);
  asks(member(3), "a", 1);
  EXPECT_EQ(table.members(room("a")), (std::vector{member(2), member(1)}));
  EXPECT_EQ(table.rooms(""), (std::map<std::string, std::size_t>{{"a", 2}, {"b", 1}}));
  EXPECT_EQ(table.rooms("b").size(), 1U);
  EXPECT_EQ(table.find(member(2))->since, at(10));
}

TEST_F(MemberTableTest, ForgetsWhoHasGone) {  // ADM-6
  joins(member(1), "a");
  table.on_request(room("a"), LeaveRequest{member(1)}, at(1));
  joins(member(2), "a");
  EXPECT_FALSE(is_answered(member(2), RoomFailed{}));
  asks(member(3), "a");
  EXPECT_FALSE(is_answered(member(3), Refused{Refusal::room_full}));
  joins(member(4), "a");
  EXPECT_FALSE(is_answered(member(4), RoomDeleted{}));
  for (const std::uint64_t id : {1, 2, 3, 4}) EXPECT_EQ(table.find(member(id)), nullptr);
  EXPECT_FALSE(is_answered(member(3)));
}

TEST_F(MemberTableTest, KeepsWhoIsRefusedSomethingElse) {
  joins(member(1), "a");
  EXPECT_FALSE(is_answered(member(1), Refused{Refusal::invalid_update}));
  EXPECT_NE(table.find(member(1)), nullptr);
}

TEST_F(MemberTableTest, FollowsPresence) {  // ADM-6
  joins(member(1), "a");
  table.on_request(room("a"), PresenceRequest{member(1), {}, "new"}, at(1));
  EXPECT_EQ(table.find(member(1))->fields, "new");
}

TEST_F(MemberTableTest, TellsTheRoomOfAccessThatChangedWhileTheJoinWasAnswered) {  // ADM-8
  asks(member(1), "a");
  table.on_request(room("a"), AccessRequest{member(1), Access::read}, at(1));
  const auto change = is_answered(member(1));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->member, member(1));
  EXPECT_EQ(change->access, Access::read);
  EXPECT_EQ(table.find(member(1))->access, Access::read);
}

}  // namespace
}  // namespace righttask::server
