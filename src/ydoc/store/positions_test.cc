#include "ydoc/store/positions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "base/rng.h"
#include "ydoc/doc_engine.h"
#include "ydoc/types/shared.h"

namespace ydoc {
namespace {

using righttask::Rng;

/// Where an index is, by walking.
ListPlace walk(const Store& store, TypeId list, std::uint32_t index) {
  if (index == 0) return {};
  for (ItemRef ref = store.types[list].start; ref != kNoItem; ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    if (item.deleted || !item.countable()) continue;
    if (index <= item.length) return {ref, index};
    index -= item.length;
  }
  return {};
}

class PositionsTest : public ::testing::Test {
 protected:
  [[nodiscard]] Store& store() { return doc_.engine().store; }
  [[nodiscard]] std::string_view fault() { return store().positions.fault(store()); }
  [[nodiscard]] bool indexed(const Shared& list) { return store().types[list.id()].indexed; }

  /// An item for each: nothing merges with its neighbour.
  void insert_items(Array& list, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      ASSERT_TRUE(list.insert(0, {NewType::map()}));
    }
  }
  void expect_all_found(const Shared& list) {
    const std::uint32_t length = store().types[list.id()].length;
    for (std::uint32_t i = 0; i <= length; ++i) {
      const ListPlace want = walk(store(), list.id(), i);
      const ListPlace got = store().positions.find(store(), list.id(), i);
      ASSERT_EQ(got.ref, want.ref) << i;
      ASSERT_EQ(got.offset, want.offset) << i;
    }
  }

  Doc doc_{DocOptions{.client_id = 7}};
  Array list_ = doc_.array("list");
  Text text_ = doc_.text("text");
};

// DOC-32
TEST_F(PositionsTest, ADocumentThatOnlyTakesInUpdatesHasNoIndex) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(list_.insert(list_.size() / 2, {i}));
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(text_.insert(text_.size() / 2, "ab"));
  EXPECT_TRUE(indexed(list_));
  EXPECT_GT(store().positions.memory_bytes(), 0u);
  Doc reader;
  reader.declare_root("list", TypeKind::array);
  reader.declare_root("text", TypeKind::text);
  ASSERT_TRUE(reader.apply_update_v1(doc_.encode_state_as_update_v1()).has_value());
  EXPECT_EQ(reader.array("list").json(), list_.json());
  EXPECT_EQ(reader.store().positions.memory_bytes(), 0u);
}

// DOC-32
TEST_F(PositionsTest, AShortListHasNoIndex) {
  insert_items(list_, 60);
  for (std::uint32_t i = 0; i < list_.size(); ++i) static_cast<void>(list_.get(i));
  EXPECT_FALSE(indexed(list_));
  EXPECT_EQ(store().positions.memory_bytes(), 0u);
  insert_items(list_, 60);
  expect_all_found(list_);
  EXPECT_TRUE(indexed(list_));
  EXPECT_EQ(fault(), "");
}

TEST_F(PositionsTest, FollowsInsertionsAnywhere) {
  insert_items(list_, 100);
  expect_all_found(list_);
  Rng rng(1);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(list_.insert(rng.below(list_.size() + 1), {NewType::map()}));
    ASSERT_EQ(fault(), "") << i;
  }
  expect_all_found(list_);
}

TEST_F(PositionsTest, FollowsCutsAndJoins) {
  ASSERT_TRUE(text_.insert(0, std::string(2000, 'x')));
  Rng rng(2);
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(text_.remove(rng.below(text_.size()), 1));
    ASSERT_EQ(fault(), "") << i;
  }
  EXPECT_TRUE(indexed(text_));
  expect_all_found(text_);
  // All of it goes, and what was cut is joined again: the index is given up, and made again
  // when it is needed.
  ASSERT_TRUE(text_.remove(0, text_.size()));
  EXPECT_FALSE(indexed(text_));
  EXPECT_EQ(store().positions.memory_bytes(), 0u);
  insert_items(list_, 100);
  expect_all_found(list_);
  EXPECT_EQ(fault(), "");
}

TEST_F(PositionsTest, FollowsWhatOthersDo) {
  Doc other(DocOptions{.client_id = 9});
  Array theirs = other.array("list");
  Rng rng(3);
  for (int i = 0; i < 300; ++i) {
    Array& list = rng.chance(2) ? list_ : theirs;
    ASSERT_TRUE(list.insert(rng.below(list.size() + 1), {i, NewType::map()}));
    if (list.size() > 4 && rng.chance(3)) {
      ASSERT_TRUE(list.remove(rng.below(list.size() - 3), 3));
    }
    if (rng.chance(5)) {
      ASSERT_TRUE(doc_.apply_update_v1(other.encode_state_as_update_v1()).has_value());
      ASSERT_EQ(fault(), "") << i;
    }
    if (rng.chance(20)) {
      ASSERT_TRUE(other.apply_update_v1(doc_.encode_state_as_update_v1()).has_value());
      ASSERT_EQ(other.store().positions.fault(other.store()), "") << i;
    }
  }
  EXPECT_TRUE(indexed(list_));
  expect_all_found(list_);
}

TEST_F(PositionsTest, ATypeThatGoesTakesItsIndexAlong) {
  ASSERT_TRUE(list_.insert(0, {NewType::array()}));
  Array inner = *as<Array>(list_.get(0));
  insert_items(inner, 200);
  expect_all_found(inner);
  EXPECT_TRUE(indexed(inner));
  ASSERT_TRUE(list_.remove(0));
  EXPECT_EQ(store().positions.memory_bytes(), 0u);
  EXPECT_EQ(fault(), "");
}

TEST_F(PositionsTest, SeveralListsAreIndexedAtOnce) {
  insert_items(list_, 100);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(text_.insert(0, "a", {{"k", Any{static_cast<double>(i)}}}));
  }
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(list_.insert(i, {NewType::map()}));
    ASSERT_TRUE(text_.insert(i / 2, "b"));
    ASSERT_EQ(fault(), "") << i;
  }
  EXPECT_TRUE(indexed(list_));
  EXPECT_TRUE(indexed(text_));
  expect_all_found(list_);
  expect_all_found(text_);
}

TEST_F(PositionsTest, FindsTheNextMark) {
  Rng rng(4);
  for (int i = 0; i < 400; ++i) {
    const std::uint32_t at = rng.below(text_.size() + 1);
    ASSERT_TRUE(text_.insert(at, "abc"));
    if (!rng.chance(12)) continue;
    ASSERT_TRUE(text_.format(at, 2, {{"k", Any{static_cast<double>(i)}}}));
  }
  expect_all_found(text_);
  ASSERT_TRUE(indexed(text_));
  std::vector<ItemRef> items;
  for (ItemRef ref = store().types[text_.id()].start; ref != kNoItem;
       ref = store().items[ref].right) {
    items.push_back(ref);
  }
  const auto live_mark = [&](ItemRef ref) {
    return !store().items[ref].deleted && store().items[ref].kind == ContentKind::format;
  };
  for (std::size_t to = 0; to < items.size(); to += 7) {
    for (std::size_t from = 0; from <= to; from += 5) {
      const auto range = std::span(items).subspan(from, to + 1 - from);
      const auto found = std::ranges::find_if(range, live_mark);
      const ItemRef want = found == range.end() ? kNoItem : *found;
      ASSERT_EQ(store().positions.next_mark(store(), text_.id(), items[from], items[to]), want);
    }
  }
}

}  // namespace
}  // namespace ydoc
