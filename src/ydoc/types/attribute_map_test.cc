#include "ydoc/types/attribute_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ydoc {
namespace {

using ::testing::ElementsAre;

std::vector<NameId> keys_of(const AttributeMap& map) {
  std::vector<NameId> keys;
  map.for_each([&](NameId key, const AttributeValue&) { keys.push_back(key); });
  return keys;
}

TEST(AttributeMap, KeepsTheOrderOfAJavaScriptMap) {
  AttributeMap map;
  for (const NameId key : {5u, 3u, 4u}) map.set(key, {key, {}});
  map.set(5, {50, {}});
  EXPECT_THAT(keys_of(map), ElementsAre(5, 3, 4));
  map.erase(5);
  map.erase(5);
  EXPECT_EQ(map.find(5), nullptr);
  map.set(5, {51, {}});
  EXPECT_THAT(keys_of(map), ElementsAre(3, 4, 5));
}

TEST(AttributeMap, StaysInOrderHoweverOftenKeysComeAndGo) {
  AttributeMap map;
  for (const NameId key : {7u, 8u, 9u}) map.set(key, {key, {}});
  for (unsigned round = 0; round < 100; ++round) {
    const NameId key = 10 + round % 3;
    map.set(key, {key, {}});
    EXPECT_THAT(keys_of(map), ElementsAre(7, 8, 9, key));
    map.erase(key);
    EXPECT_EQ(map.find(key), nullptr);
    EXPECT_EQ(map.find(8)->json, 8u);
  }
  for (const NameId key : {8u, 7u, 9u}) map.erase(key);
  EXPECT_TRUE(map.empty());
  EXPECT_THAT(keys_of(map), ElementsAre());
}

}  // namespace
}  // namespace ydoc
