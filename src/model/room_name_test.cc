#include "model/room_name.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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

/// What std::hash of libstdc++ does with eight bytes (MurmurHash64A), and its inverse.
std::uint64_t murmur_step(std::uint64_t word) {
  constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  word *= kMultiplier;
  word ^= word >> 47;
  return word * kMultiplier;
}
std::uint64_t murmur_unstep(std::uint64_t word) {
  constexpr std::uint64_t kInverse = 0x5f7a0ea7e59b19bd;  // of the multiplier, modulo 2^64
  word *= kInverse;
  word ^= word >> 47;
  return word * kInverse;
}

/// Names of 16 bytes with one hash under std::hash: behind eight bytes of the attacker's choice
/// there are always eight that lead back. Most of those are not text, so many have to be tried.
std::vector<RoomName> names_that_collide(std::size_t count) {
  constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  constexpr std::uint64_t kSeed = 0xc70f6907ULL ^ (16 * kMultiplier);
  std::vector<RoomName> names;
  for (std::uint64_t i = 0; names.size() < count; ++i) {
    char text[17];
    std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(i));
    std::uint64_t word;
    std::memcpy(&word, text, 8);
    const std::uint64_t state = (kSeed ^ murmur_step(word)) * kMultiplier;
    const std::uint64_t second = murmur_unstep(state ^ 0x1234567890abcdef);
    std::memcpy(text + 8, &second, 8);
    const std::string_view name(text, 16);
    const bool ascii = std::ranges::all_of(name, [](char c) { return c >= ' ' && c < 0x7f; });
    if (ascii) names.push_back(*RoomName::parse(name));
  }
  return names;
}

TEST(RoomName, NobodyChoosesNamesThatCollide) {
  const auto names = names_that_collide(200);
  std::set<std::size_t> standard, ours;
  for (const RoomName& name : names) {
    standard.insert(std::hash<std::string>{}(name.str()));
    ours.insert(std::hash<RoomName>{}(name));
  }
  EXPECT_EQ(standard.size(), 1U) << "the attack is one";
  EXPECT_EQ(ours.size(), names.size());
}

TEST(RoomName, ComparesByteForByte) {  // ROOM-1
  EXPECT_NE(RoomName::parse("A"), RoomName::parse("a"));
  EXPECT_NE(RoomName::parse("e\xcc\x81"), RoomName::parse("\xc3\xa9"));
}

}  // namespace
}  // namespace righttask
