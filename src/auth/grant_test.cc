#include "auth/grant.h"

#include <gtest/gtest.h>

namespace righttask::auth {
namespace {

Grant grant_of(std::initializer_list<std::pair<std::string_view, Access>> rules) {
  Grant grant;
  for (const auto& [pattern, access] : rules) {
    grant.rooms.push_back(RoomRule::parse(pattern, access).value());
  }
  return grant;
}

std::optional<Access> access(const Grant& grant, std::string_view room) {
  return grant.access_to(*RoomName::parse(room));
}

TEST(RoomRule, ReadsNamesAndPrefixes) {  // TOK-20
  EXPECT_EQ(RoomRule::parse("a", Access::read), (RoomRule{"a", false, Access::read}));
  EXPECT_EQ(RoomRule::parse("a*", Access::read), (RoomRule{"a", true, Access::read}));
  EXPECT_EQ(RoomRule::parse("*", Access::read), (RoomRule{"", true, Access::read}));
  EXPECT_EQ(RoomRule::parse("a*b", Access::read), (RoomRule{"a*b", false, Access::read}));
  EXPECT_EQ(RoomRule::parse("a**", Access::read), (RoomRule{"a*", true, Access::read}));
  EXPECT_TRUE(RoomRule::parse(std::string(255, 'x') + "*", Access::read));
  for (const std::string_view pattern : {"a", "a*", "*", "a*b"}) {
    EXPECT_EQ(RoomRule::parse(pattern, Access::read)->pattern(), pattern);
  }
}

TEST(RoomRule, RefusesWhatCanNameNoRoom) {  // TOK-20
  for (const std::string& bad : {std::string(), std::string(256, 'x'), std::string(256, 'x') + "*",
                                 std::string("a\n"), std::string("a\n*"), std::string("\xff")}) {
    EXPECT_FALSE(RoomRule::parse(bad, Access::read)) << bad;
  }
}

TEST(Grant, OpensNoRoomByDefault) {  // TOK-20
  EXPECT_EQ(access(Grant(), "a"), std::nullopt);
}

TEST(Grant, MatchesNamesByteForByte) {  // TOK-20
  const Grant grant = grant_of({{"room", Access::read_write}, {"team-*", Access::read}});
  EXPECT_EQ(access(grant, "room"), Access::read_write);
  EXPECT_EQ(access(grant, "team-"), Access::read);
  EXPECT_EQ(access(grant, "team-a/b"), Access::read);
  for (const std::string_view other : {"Room", "rooms", "roo", "team", "xteam-a", "*", "room*"}) {
    EXPECT_EQ(access(grant, other), std::nullopt) << other;
  }
}

TEST(Grant, TheClosestRuleWins) {  // TOK-22
  const Grant grant = grant_of({{"*", Access::read},
                                {"team-*", Access::read_write},
                                {"team-archive", Access::read},
                                {"team-x*", Access::read},
                                {"team-x", Access::read_write}});
  EXPECT_EQ(access(grant, "other"), Access::read);
  EXPECT_EQ(access(grant, "team-1"), Access::read_write);
  EXPECT_EQ(access(grant, "team-archive"), Access::read);
  EXPECT_EQ(access(grant, "team-archive-2"), Access::read_write);
  EXPECT_EQ(access(grant, "team-xy"), Access::read);
  EXPECT_EQ(access(grant, "team-x"), Access::read_write);  // the name itself, not the prefix
}

TEST(Grant, OfTwoRulesAlikeReadingWins) {  // TOK-22
  EXPECT_EQ(access(grant_of({{"a", Access::read_write}, {"a", Access::read}}), "a"), Access::read);
  EXPECT_EQ(access(grant_of({{"a", Access::read}, {"a", Access::read_write}}), "a"), Access::read);
}

}  // namespace
}  // namespace righttask::auth
