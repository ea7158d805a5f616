#include "room/roster.h"

#include <gtest/gtest.h>

#include <algorithm>
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

class RosterTest : public testing::Test {
 protected:
  std::string changes() {
    const auto diff = table.take_changes();
    return diff ? "+ " + show(diff->joins) + " - " + show(diff->leaves) : "none";
  }
  std::string state() { return show(*table.state().entries); }
  void join(std::uint64_t who, const std::string& key, const std::string& fields) {
    table.join(member(who), {.key = key, .fields = fields, .author = "by " + key},
               UnixSeconds(std::chrono::seconds(1'700'000'000)));
  }

  Rng rng{1};
  Roster table{rng};
};

TEST_F(RosterTest, KeepsAMetaForEachMembership) {  // ROOM-11
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

TEST_F(RosterTest, GivesEveryMetaARefOfItsOwn) {  // ROOM-11
  std::set<std::string> refs;
  for (std::uint64_t i = 0; i < 100; ++i) join(i, std::to_string(i % 7), "");
  const PresenceState all = table.state();
  for (const auto& entry : *all.entries) {
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

TEST_F(RosterTest, NamesTheRefBeforeAChange) {  // ROOM-12
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

TEST_F(RosterTest, KeepsTheLostForAWhile) {  // ROOM-13
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

TEST_F(RosterTest, LetsAReturningUserTakeTheLostPlace) {  // ROOM-13
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

TEST_F(RosterTest, TellsManyChangesInOneDiff) {  // ROOM-14
  for (std::uint64_t i = 0; i < 1000; ++i) join(i, std::to_string(i / 2), "");
  (void)changes();
  for (std::uint64_t i = 0; i < 1000; ++i) table.lose(member(i), at(10));
  table.expire(at(10));
  const auto diff = table.take_changes();
  ASSERT_TRUE(diff);
  EXPECT_EQ(diff->leaves.size(), 500U);
  EXPECT_EQ(diff->leaves[0].metas.size(), 2U);
}

TEST_F(RosterTest, TakesAStrangerForABug) {
  join(1, "ann", "a");
  EXPECT_THROW(join(1, "ann", "a"), BugError);
  EXPECT_THROW(table.change(member(2), ""), BugError);
  EXPECT_THROW(table.set_access(member(2), Access::read), BugError);
  EXPECT_FALSE(table.leave(member(2)));
  EXPECT_FALSE(table.lose(member(2), at(1)));
  EXPECT_EQ(table.entry(member(2)), std::nullopt);
}

TEST_F(RosterTest, KnowsWhatAMemberMayDoAndWhoItIs) {  // ROOM-28
  join(2, "bob", "b");
  join(1, "ann", "a");
  table.set_access(member(1), Access::read);
  const auto ann = table.entry(member(1));
  ASSERT_TRUE(ann);
  EXPECT_EQ(ann->access, Access::read);
  EXPECT_EQ(ann->key, "ann");
  EXPECT_EQ(ann->author, "by ann");
  EXPECT_EQ(table.entry(member(2))->access, Access::read_write);
  table.change(member(1), "new");
  EXPECT_EQ(table.entry(member(1))->author, "by ann");
  EXPECT_EQ(table.entries().size(), 2U);
  table.lose(member(1), at(1));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.entries().size(), 1U);
}

/// Beside a table that looks everything up the long way, in rooms that grow and shrink.
TEST_F(RosterTest, AgreesWithAPlainTable) {
  struct Plain {
    std::uint64_t who;
    std::string key, fields;
    std::optional<Instant> lost_until;
  };
  std::vector<Plain> plain;  // oldest first
  std::int64_t clock = 0;
  const auto shown = [&] {
    std::map<std::string, std::string> lines;
    for (const Plain& p : plain) lines[p.key] += (lines[p.key].empty() ? "" : ",") + p.fields;
    std::string out;
    for (const auto& [key, line] : lines) out += (out.empty() ? "" : " ") + key + "=" + line;
    return out;
  };
  const auto find = [&](std::uint64_t who) {
    return std::ranges::find_if(plain,
                                [&](const Plain& p) { return p.who == who && !p.lost_until; });
  };
  Rng random{7};
  std::uint64_t next = 0;
  for (int step = 0; step < 20'000; ++step) {
    const bool grows = step / 400 % 2 == 0;
    const std::uint64_t what = random.below(grows ? 7 : 12);
    const std::uint64_t who =
        plain.empty() ? 0 : plain[random.below(static_cast<std::uint32_t>(plain.size()))].who;
    const auto there = find(who);
    if (what < 4) {
      const std::string key = "u" + std::to_string(random.below(30));
      const auto lost =
          std::ranges::find_if(plain, [&](const Plain& p) { return p.key == key && p.lost_until; });
      if (lost != plain.end()) plain.erase(lost);
      ++next;
      join(next, key, std::to_string(next));
      plain.push_back({next, key, std::to_string(next), {}});
    } else if (what == 4) {
      clock += 1;
      table.expire(at(clock));
      std::erase_if(plain,
                    [&](const Plain& p) { return p.lost_until && *p.lost_until <= at(clock); });
    } else if (there == plain.end()) {
      EXPECT_FALSE(table.leave(member(who)));
    } else if (what == 5) {
      Plain changed = *there;
      changed.fields += "!";
      table.change(member(who), changed.fields);
      plain.erase(there);
      plain.push_back(changed);
    } else if (what < 9) {
      EXPECT_TRUE(table.leave(member(who)));
      plain.erase(there);
    } else {
      EXPECT_TRUE(table.lose(member(who), at(clock + 5)));
      there->lost_until = at(clock + 5);
    }
    ASSERT_EQ(state(), shown()) << "step " << step;
    ASSERT_EQ(table.size(),
              std::ranges::count_if(plain, [](const Plain& p) { return !p.lost_until; }));
  }
}

}  // namespace
}  // namespace righttask
