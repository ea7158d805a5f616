#include "model/room_name.h"

#include <gtest/gtest.h>

namespace righttask {
namespace {

TEST(RoomName, AcceptsAnyPrintableUtf8UpTo255Bytes) {  // ROOM-1
  for (const std::string& good :
       {std::string("a"), std::string("task-list-1"), std::string("a/b c"), std::string("größe €"),
        std::string("%2f:*"), std::string(255, 'x')}) {
    SCOPED_TRACE(good);
    const auto name = RoomName::parse(good);
    ASSERT_TRUE(name);
    EXPECT_EQ(name->str(), good);
  }
}

TEST(RoomName, RefusesTheRest) {  // ROOM-1, LIM-13
  struct Case {
    std::string text;
    RoomNameError want;
  };
  const Case cases[] = {
      {"", RoomNameError::empty},
      {std::string(256, 'x'), RoomNameError::too_long},
      {"\xff", RoomNameError::not_utf8},
      {std::string("a\0b", 3), RoomNameError::control_character},
      {"a\nb", RoomNameError::control_character},
      {"a\x7f", RoomNameError::control_character},
      {"a\xc2\x85", RoomNameError::control_character},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto name = RoomName::parse(c.text);
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error(), c.want);
  }
}

TEST(RoomName, ComparesByteForByte) {  // ROOM-1
  EXPECT_NE(RoomName::parse("A"), RoomName::parse("a"));
  EXPECT_NE(RoomName::parse("e\xcc\x81"), RoomName::parse("\xc3\xa9"));
}

}  // namespace
}  // namespace righttask
