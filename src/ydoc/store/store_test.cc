#include "ydoc/store/store.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/rng.h"
#include "ydoc/store/split.h"

namespace ydoc {
namespace {

TEST(StructList, InsertsFindsAndErasesAcrossChunks) {
  StructList list;
  for (Clock32 clock = 0; clock < 4000; clock += 4) list.push_back({clock, clock});
  righttask::Rng rng(1);
  std::map<Clock32, ItemRef> want;
  for (Clock32 clock = 0; clock < 4000; clock += 4) want[clock] = clock;
  for (int i = 0; i < 3000; ++i) {
    const Clock32 clock = rng.below(4000);
    const auto at = list.find(clock);
    const auto expected = std::prev(want.upper_bound(clock));
    ASSERT_EQ(list.at(at).clock, expected->first);
    ASSERT_EQ(list.at(at).ref, expected->second);
    if (expected->first == clock) {
      // The entry and up to nine that follow it.
      if (clock == 0) continue;
      std::size_t count = 0;
      for (auto from = want.find(clock); count < rng.below(10) + 1 && from != want.end(); ++count) {
        from = want.erase(from);
      }
      list.erase_after(list.prev(at), count);
    } else {
      const auto fresh = list.insert_after(at, {clock, clock + 1});
      ASSERT_EQ(list.at(fresh).clock, clock);
      want[clock] = clock + 1;
    }
  }
  ASSERT_EQ(list.size(), want.size());
  auto at = list.first();
  for (const auto& [clock, ref] : want) {
    ASSERT_EQ(list.at(at).clock, clock);
    if (!list.is_last(at)) {
      const auto next = list.next(at);
      ASSERT_TRUE(list.prev(next) == at);
      at = next;
    }
  }
}

TEST(Item, ContentGrowsSplitsAndShrinks) {
  for (const std::size_t size : {0u, 1u, 8u, 9u, 100u}) {
    for (std::size_t cut = 0; cut <= size; ++cut) {
      std::string text;
      for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i % 26));
      Item left{};
      Item right{};
      for (const char c : text) append_content(left, {&c, 1});
      ASSERT_EQ(left.bytes(), text);
      split_content(left, cut, right);
      EXPECT_EQ(left.bytes(), text.substr(0, cut));
      EXPECT_EQ(right.bytes(), text.substr(cut));
      append_content(right, "more than eight bytes");
      append_content(left, right.bytes());
      EXPECT_EQ(left.bytes(), text + "more than eight bytes");
      free_content(left);
      free_content(right);
    }
  }
}

TEST(Item, PeelingAContentFromTheFrontStaysLinear) {
  Item rest{};
  set_content(rest, std::string(1'000'000, 'x'));
  for (int i = 0; i < 100'000; ++i) {
    Item tail{};
    split_content(rest, 10, tail);
    free_content(rest);
    rest = tail;
  }
  EXPECT_EQ(rest.bytes(), "");
  free_content(rest);
}

TEST(Item, SplitsUnitsOfEachKind) {
  struct Case {
    std::string_view name;
    ContentKind kind;
    std::string content;
    std::uint32_t length;
    std::uint32_t offset;
    std::string left;
    std::string right;
  };
  const Case cases[] = {
      {"ASCII", ContentKind::string, "abcdef", 6, 2, "ab", "cdef"},
      {"two bytes", ContentKind::string, "äöü", 3, 1, "ä", "öü"},
      {"behind a pair", ContentKind::string, "😀b", 3, 2, "😀", "b"},
      {"inside a pair", ContentKind::string, "a😀b", 4, 2, "a\xef\xbf\xbd",
       "\xef\xbf\xbd"
       "b"},
      {"values", ContentKind::any, "\x7e\x7f\x7e", 3, 2, "\x7e\x7f", "\x7e"},
      {"JSON texts", ContentKind::json,
       "\x01"
       "1"
       "\x02"
       "22",
       2, 1,
       "\x01"
       "1",
       "\x02"
       "22"},
      {"nothing", ContentKind::deleted, "", 5, 3, "", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Item left{};
    Item right{};
    left.kind = right.kind = c.kind;
    left.length = c.length;
    set_content(left, c.content);
    split_units(left, count_units(left, c.offset), right);
    EXPECT_EQ(left.bytes(), c.left);
    EXPECT_EQ(right.bytes(), c.right);
    free_content(left);
    free_content(right);
  }
}

TEST(ItemArena, ReusesWhatWasReleased) {
  ItemArena arena;
  std::vector<ItemRef> refs;
  for (int i = 0; i < 1000; ++i) {
    refs.push_back(arena.make());
    set_content(arena[refs.back()], std::to_string(i) + " with more than eight bytes");
  }
  for (std::size_t i = 0; i < refs.size(); i += 2) arena.release(refs[i]);
  EXPECT_EQ(arena.live(), 500u);
  for (int i = 0; i < 500; ++i) static_cast<void>(arena.make());
  EXPECT_EQ(arena.used(), 1000u);
  EXPECT_EQ(arena[refs[1]].bytes(), "1 with more than eight bytes");
}

TEST(StringPool, KeepsEachNameOnce) {
  StringPool pool;
  std::vector<NameId> ids;
  ids.reserve(5000);
  for (int i = 0; i < 5000; ++i) ids.push_back(pool.intern("name " + std::to_string(i)));
  for (int i = 0; i < 5000; ++i) {
    const std::string name = "name " + std::to_string(i);
    const auto index = static_cast<std::size_t>(i);
    ASSERT_EQ(pool.intern(name), ids[index]);
    ASSERT_EQ(pool.find(name), ids[index]);
    ASSERT_EQ(pool[ids[index]], name);
  }
  EXPECT_EQ(pool.last(), 5000u);
  EXPECT_EQ(pool.find("other"), kNoName);
  EXPECT_NE(pool.intern(""), kNoName);
}

TEST(NameMap, RemembersTheOrderOfArrival) {
  NameMap map;
  for (std::uint32_t i = 1; i <= 500; ++i) map.set(i * 7919 % 503, i);
  map.set(7919 % 503, 1000);
  ASSERT_EQ(map.entries().size(), 500u);
  EXPECT_EQ(map.entries()[0].value, 1000u);
  for (std::uint32_t i = 2; i <= 500; ++i) {
    ASSERT_NE(map.find(i * 7919 % 503), nullptr);
    EXPECT_EQ(*map.find(i * 7919 % 503), i);
    EXPECT_EQ(map.entries()[i - 1].value, i);
  }
  EXPECT_EQ(map.find(100'000), nullptr);
}

TEST(ClientTable, FindsFewAndMany) {
  ClientTable table;
  for (ClientId id = 0; id < 1000; ++id) {
    ASSERT_EQ(table.find(id * id + 1), kNoClient);
    ASSERT_EQ(table.find_or_add(id * id + 1), id);
    for (ClientId known = 0; known <= id; known += 37) {
      ASSERT_EQ(table.find(known * known + 1), known);
    }
  }
  const auto order = table.descending();
  for (std::size_t i = 1; i < order.size(); ++i) {
    ASSERT_GT(table[order[i - 1]].id, table[order[i]].id);
  }
}

}  // namespace
}  // namespace ydoc
