#include "room/presence.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/check.h"

namespace righttask {
namespace {

MemberId member(std::uint64_t connection) {
  return {ConnectionId(connection), 1};
}

Instant at(std::int64_t milliseconds) {
  return Instant(std::chrono::milliseconds(milliseconds));
}

/// Keys with their metas' fields and refs, as a reader of the wire would see them.
std::string show(const std::vector<PresenceEntry>& entries) {
  std::map<std::string, std::string> lines;
  for (const auto& entry : entries) {
    std::string& line = lines[entry.key];
    EXPECT_TRUE(line.empty()) << "one key twice";
    for (const auto& meta : entry.metas) line += (line.empty() ? "" : ",") + meta.fields;
  }
  std::string out;
  for (const auto& [key, line] : lines) out += (out.empty() ? "" : " ") + key + "=" + line;
  return out;
}

class PresenceTableTest : public testing::Test {
 protected:
  std::string changes() {
    const auto diff = table.take_changes();
    return diff ? "+ " + show(diff->joins) + " - " + show(diff->leaves) : "none";
  }
  std::string state() { return show(*table.state().entries); }
  void join(std::uint64_t who, const std::string& key, const std::string& fields) {
    table.join(member(who), {key, fields}, UnixSeconds(std::chrono::seconds(1'700'000'000)));
  }

  Rng rng{1};
  PresenceTable table{rng};
};

TEST_F(PresenceTableTest, KeepsAMetaForEachMembership) {  // ROOM-11
  join(1, "ann", "tab1");
  EXPECT_EQ(changes(), "+ ann=tab1 - ");
  join(2, "ann", "tab2");
  EXPECT_EQ(changes(), "+ ann=tab2 - ");
  join(3, "bob", "b");
  EXPECT_EQ(state(), "ann=tab1,tab2 bob=b");
  table.leave(member(1));
  EXPECT_EQ(changes(), "+ bob=b - ann=tab1");
  EXPECT_EQ(state(), "ann=tab2 bob=b");
  table.leave(member(2));
  EXPECT_EQ(state(), "bob=b");
  EXPECT_EQ(changes(), "+  - ann=tab2");
  EXPECT_EQ(changes(), "none");
}

TEST_F(PresenceTableTest, GivesEveryMetaARefOfItsOwn) {  // ROOM-11
  std::set<std::string> refs;
  for (std::uint64_t i = 0; i < 100; ++i) join(i, std::to_string(i % 7), "");
  for (const auto& entry : *table.state().entries) {
    for (const auto& meta : entry.metas) {
      EXPECT_EQ(meta.ref.size(), 16U);
      EXPECT_EQ(meta.ref.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "0123456789-_"),
                std::string::npos);
      EXPECT_EQ(meta.previous_ref, "");
      EXPECT_EQ(meta.online_at, 1'700'000'000);
      refs.insert(meta.ref);
    }
  }
  EXPECT_EQ(refs.size(), 100U);
}

TEST_F(PresenceTableTest, NamesTheRefBeforeAChange) {  // ROOM-12
  join(1, "ann", "old");
  join(2, "ann", "other");
  const std::string first = (*table.state().entries)[0].metas[0].ref;
  (void)changes();
  table.change(member(1), "new");
  const auto diff = table.take_changes();
  ASSERT_TRUE(diff);
  ASSERT_EQ(diff->joins.size(), 1U);
  ASSERT_EQ(diff->leaves.size(), 1U);
  EXPECT_EQ(diff->joins[0].metas[0].fields, "new");
  EXPECT_EQ(diff->joins[0].metas[0].previous_ref, first);
  EXPECT_EQ(diff->joins[0].metas[0].online_at, 1'700'000'000);
  EXPECT_EQ(diff->leaves[0].metas[0].ref, first);
  EXPECT_NE(diff->joins[0].metas[0].ref, first);
  EXPECT_EQ(state(), "ann=other,new");

  table.change(member(1), "new");  // nothing new
  EXPECT_EQ(changes(), "none");
}

TEST_F(PresenceTableTest, KeepsTheLostForAWhile) {  // ROOM-13
  join(1, "ann", "a");
  join(2, "bob", "b");
  (void)changes();
  EXPECT_EQ(table.next_expiry(), std::nullopt);
  table.lose(member(1), at(10));
  table.lose(member(2), at(20));
  EXPECT_EQ(changes(), "none");
  EXPECT_EQ(state(), "ann=a bob=b");
  EXPECT_EQ(table.next_expiry(), at(10));
  table.expire(at(9));
  EXPECT_EQ(changes(), "none");
  table.expire(at(10));
  EXPECT_EQ(changes(), "+  - ann=a");
  EXPECT_EQ(table.next_expiry(), at(20));
  table.expire(at(1000));
  EXPECT_EQ(changes(), "+  - bob=b");
  EXPECT_EQ(state(), "");
}

TEST_F(PresenceTableTest, LetsAReturningUserTakeTheLostPlace) {  // ROOM-13
  join(1, "ann", "a1");
  join(2, "ann", "a2");
  (void)changes();
  table.lose(member(1), at(10));
  table.lose(member(2), at(10));
  join(3, "ann", "a3");
  EXPECT_EQ(changes(), "+ ann=a3 - ann=a1");
  EXPECT_EQ(state(), "ann=a2,a3");
  table.expire(at(10));
  EXPECT_EQ(changes(), "+  - ann=a2");
  EXPECT_EQ(state(), "ann=a3");
}

TEST_F(PresenceTableTest, TellsManyChangesInOneDiff) {  // ROOM-14
  for (std::uint64_t i = 0; i < 1000; ++i) join(i, std::to_string(i / 2), "");
  (void)changes();
  for (std::uint64_t i = 0; i < 1000; ++i) table.lose(member(i), at(10));
  table.expire(at(10));
  const auto diff = table.take_changes();
  ASSERT_TRUE(diff);
  EXPECT_EQ(diff->leaves.size(), 500U);
  EXPECT_EQ(diff->leaves[0].metas.size(), 2U);
}

TEST_F(PresenceTableTest, SharesItsStateUntilItChanges) {
  join(1, "ann", "a");
  const auto before = table.state().entries;
  EXPECT_EQ(table.state().entries, before);
  table.lose(member(1), at(5));
  EXPECT_EQ(table.state().entries, before);
  table.expire(at(5));
  EXPECT_NE(table.state().entries, before);
  EXPECT_EQ(before->size(), 1U);
}

TEST_F(PresenceTableTest, TakesAStrangerForABug) {
  join(1, "ann", "a");
  EXPECT_THROW(join(1, "ann", "a"), BugError);
  EXPECT_THROW(table.leave(member(2)), BugError);
  EXPECT_THROW(table.lose(member(2), at(1)), BugError);
  EXPECT_THROW(table.change(member(2), ""), BugError);
}

}  // namespace
}  // namespace righttask
