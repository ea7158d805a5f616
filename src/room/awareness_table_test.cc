#include "room/awareness_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace righttask {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ydoc::AwarenessEntry;

constexpr Instant kStart{seconds(1000)};
constexpr MemberId kAnn{ConnectionId(1), 1};
constexpr MemberId kEve{ConnectionId(2), 1};

class AwarenessTableTest : public testing::Test {
 protected:
  /// What the others are told: "7@3={} 8@1=null", or the reason of a refusal.
  std::string says(MemberId member, const std::vector<AwarenessEntry>& entries,
                   std::string_view subject = "", Instant now = kStart) {
    const auto taken = table.take(member, subject, ydoc::encode_awareness(entries), now);
    if (!taken) return std::string(to_string(taken.error()));
    EXPECT_EQ(*taken, table.changed() > 0);
    return show(table.take_changes());
  }
  std::string leaves(MemberId member, Instant now = kStart) {
    table.leave(member, now);
    return show(table.take_changes());
  }
  std::string expires(Instant now) {
    table.expire(now);
    return show(table.take_changes());
  }
  static std::string show(const Bytes& update) {
    if (update.empty()) return "";
    const auto decoded = ydoc::AwarenessUpdate::decode(update);
    std::string out;
    for (const AwarenessEntry& entry : decoded.value().entries) {
      out += (out.empty() ? "" : " ") + std::to_string(entry.client) + "@" +
             std::to_string(entry.clock) + "=" + std::string(entry.state);
    }
    return out;
  }

  AwarenessTable table;
};

TEST_F(AwarenessTableTest, TellsTheOthersWhatIsNew) {  // AWR-9
  EXPECT_EQ(says(kAnn, {{7, 1, "{}"}}), "7@1={}");
  EXPECT_EQ(says(kAnn, {{7, 1, "{}"}}), "") << "known";
  EXPECT_EQ(says(kAnn, {{7, 2, R"({"x":1})"}}), R"(7@2={"x":1})");
  EXPECT_EQ(show(table.state()), R"(7@2={"x":1})");
  EXPECT_EQ(says(kAnn, {{7, 3, "null"}}), "7@3=null");
  EXPECT_EQ(table.present(), 0U);
}

TEST_F(AwarenessTableTest, AnIdBelongsToWhoShowedItFirst) {  // AWR-9
  says(kAnn, {{7, 1, R"({"name":"Ann"})"}});
  EXPECT_EQ(says(kEve, {{7, 2, R"({"name":"Eve"})"}}), "");
  EXPECT_EQ(says(kEve, {{7, 2, "null"}}), "") << "nor is it hers to remove";
  EXPECT_EQ(says(kEve, {{7, 9, "{}"}, {8, 1, "{}"}}), "8@1={}") << "what is hers is taken";
  EXPECT_EQ(table.probe().foreign_total, 3U);
  EXPECT_EQ(says(kAnn, {{7, 2, "{}"}}), "7@2={}") << "nobody has pushed its clock";
}

TEST_F(AwarenessTableTest, RemovingWhatNobodyShowsLeavesNothing) {  // AWR-10
  EXPECT_EQ(says(kEve, {{7, 5, "null"}}), "");
  EXPECT_EQ(table.known(), 0U);
  EXPECT_EQ(says(kAnn, {{7, 1, "{}"}}), "7@1={}");
}

TEST_F(AwarenessTableTest, ClocksBeyondAllReasonAreLeftOut) {  // AWR-11
  const std::uint64_t first = std::uint64_t{1} << 31;
  const std::uint64_t step = 1u << 20;
  EXPECT_EQ(says(kEve, {{7, first + 1, "{}"}}), "");
  EXPECT_EQ(says(kEve, {{7, (std::uint64_t{1} << 53) - 1, "{}"}}), "");
  EXPECT_EQ(table.known(), 0U);
  EXPECT_EQ(says(kAnn, {{7, 10, "{}"}}), "7@10={}");
  EXPECT_EQ(says(kAnn, {{7, 10 + step + 1, "{}"}}), "");
  EXPECT_EQ(says(kAnn, {{7, 10 + step, "{}"}}), "7@" + std::to_string(10 + step) + "={}");
  EXPECT_EQ(table.probe().clocks_total, 3U);
  // Nor in two steps of one message.
  EXPECT_EQ(says(kAnn, {{9, 1, "{}"}, {9, step + 2, "{}"}}), "9@1={}");
}

TEST_F(AwarenessTableTest, AMemberShowsOnlySoManyIds) {  // AWR-12
  std::vector<AwarenessEntry> entries;
  for (std::uint64_t id = 1; id <= 20; ++id) entries.push_back({id, 1, "{}"});
  says(kEve, entries);
  EXPECT_EQ(table.present(), 16U);
  EXPECT_EQ(table.probe().too_many_total, 4U);
  EXPECT_EQ(says(kAnn, {{20, 1, "{}"}}), "20@1={}");
  EXPECT_EQ(says(kEve, {{3, 2, "{}"}}), "3@2={}") << "those it has still change";
}

TEST_F(AwarenessTableTest, StatesTakeOnlySoMuchTogether) {  // AWR-12
  AwarenessTableLimits limits;
  limits.states_bytes_max = 100;
  table = AwarenessTable(limits);
  const std::string state = R"({"x":")" + std::string(50, 'x') + R"("})";  // 58 bytes
  EXPECT_NE(says(kAnn, {{7, 1, state}}), "");
  EXPECT_EQ(says(kEve, {{8, 1, state}}), "");
  EXPECT_NE(says(kAnn, {{7, 2, state}}), "") << "in place of the old one";
  EXPECT_NE(says(kEve, {{8, 1, "{}"}}), "");
  EXPECT_NE(leaves(kAnn), "");
  EXPECT_NE(says(kEve, {{8, 2, state}}), "");
  EXPECT_NE(expires(kStart + minutes(1)), "") << "not renewed";
  EXPECT_NE(says(kAnn, {{7, 3, state}}, "", kStart + minutes(1)), "");
}

TEST_F(AwarenessTableTest, RefusesWhatIsNoUpdateOrTooLarge) {  // AWR-12
  EXPECT_EQ(table.take(kAnn, "", bytes(1, 7), kStart).error(), Refusal::invalid_awareness);
  EXPECT_EQ(table.take(kAnn, "", bytes(1, 7, 1, 1, '{'), kStart).error(),
            Refusal::invalid_awareness);
  const std::string large = "\"" + std::string(70'000, 'x') + "\"";
  EXPECT_EQ(says(kAnn, {{7, 1, large}}), "too_large");
  EXPECT_EQ(table.known(), 0U);
}

TEST_F(AwarenessTableTest, WhatAMemberShowedGoesWithIt) {  // AWR-13
  says(kAnn, {{7, 1, "{}"}, {8, 4, "{}"}});
  says(kEve, {{9, 1, "{}"}});
  EXPECT_EQ(leaves(kAnn), "7@1=null 8@4=null");
  EXPECT_EQ(leaves(kAnn), "");
  EXPECT_EQ(show(table.state()), "9@1={}");
}

TEST_F(AwarenessTableTest, NobodyComesBackAsSomebodyElse) {  // AWR-14
  says(kAnn, {{7, 1, "{}"}}, "ann");
  EXPECT_EQ(says(kEve, {{7, 2, "{}"}}, "eve"), "");
  leaves(kAnn, kStart);
  EXPECT_EQ(says(kEve, {{7, 2, "{}"}}, "eve"), "") << "it is kept for her";
  EXPECT_EQ(says(kEve, {{7, 2, "{}"}}, ""), "");
  const MemberId again{ConnectionId(3), 1};
  EXPECT_EQ(says(again, {{7, 2, "{}"}}, "ann"), "7@2={}");
}

TEST_F(AwarenessTableTest, ASubjectTakesItsIdFromAConnectionThatHasNotEndedYet) {  // AWR-14
  says(kAnn, {{7, 1, "{}"}}, "ann");
  const MemberId again{ConnectionId(3), 1};
  EXPECT_EQ(says(again, {{7, 2, "{}"}}, "ann"), "7@2={}");
  EXPECT_EQ(leaves(kAnn), "") << "it is not the old one's any more";
  EXPECT_EQ(table.present(), 1U);
  EXPECT_EQ(leaves(again), "7@2=null");
}

TEST_F(AwarenessTableTest, WithoutSubjectsAnIdIsFreeOnceItsMemberHasGone) {  // AWR-14
  says(kAnn, {{7, 1, "{}"}});
  const MemberId again{ConnectionId(3), 1};
  EXPECT_EQ(says(again, {{7, 2, "{}"}}), "");
  leaves(kAnn, kStart);
  EXPECT_EQ(says(again, {{7, 2, "{}"}}), "7@2={}");
}

TEST_F(AwarenessTableTest, ForgetsInTime) {  // AWR-6, AWR-15
  says(kAnn, {{7, 5, "{}"}}, "ann");
  says(kEve, {{8, 1, "{}"}});
  EXPECT_EQ(expires(kStart + seconds(29)), "");
  says(kEve, {{8, 2, "{}"}}, "", kStart + seconds(20));
  EXPECT_EQ(expires(kStart + seconds(30)), "7@5=null");
  leaves(kAnn, kStart + seconds(30));
  leaves(kEve, kStart + seconds(30));
  table.expire(kStart + minutes(10));
  EXPECT_EQ(table.known(), 2U);
  table.expire(kStart + minutes(12));
  EXPECT_EQ(table.known(), 0U);
  EXPECT_EQ(says(kEve, {{7, 1, "{}"}}, "eve", kStart + minutes(12)), "7@1={}");
}

TEST_F(AwarenessTableTest, TellsTheLastStateOfEachClient) {  // AWR-16
  const auto take = [&](MemberId member, const AwarenessEntry& entry) {
    return table.take(member, "", ydoc::encode_awareness({&entry, 1}), kStart).value();
  };
  EXPECT_TRUE(take(kEve, {8, 1, "1"}));
  EXPECT_TRUE(take(kAnn, {7, 1, "1"}));
  EXPECT_TRUE(take(kAnn, {7, 2, "2"}));
  EXPECT_FALSE(take(kAnn, {7, 2, "2"}));
  table.leave(kEve, kStart);
  EXPECT_EQ(show(table.take_changes()), "7@2=2 8@1=null");
  EXPECT_EQ(show(table.take_changes()), "");
}

TEST_F(AwarenessTableTest, PassesOverRepetitionsAndNothingElse) {  // AWR-2, AWR-9
  EXPECT_EQ(says(kAnn, {{7, 2, "{}"}, {8, 1, "{}"}}), "7@2={} 8@1={}");
  EXPECT_EQ(says(kAnn, {{7, 2, "{}"}, {8, 1, "{}"}}), "");
  EXPECT_EQ(says(kAnn, {{7, 1, "{}"}, {8, 2, "1"}}), "8@2=1") << "one of them is new";
  EXPECT_EQ(says(kAnn, {{8, 2, "1"}, {7, 2, " null "}}), "7@2=null") << "so is a removal";
  EXPECT_EQ(says(kAnn, {{7, 2, "null"}}), "");
  EXPECT_EQ(says(kAnn, {}), "");
  // What is broken is refused, whatever comes before.
  EXPECT_EQ(table.take(kAnn, "", bytes(2, 8, 2, 1, '1'), kStart).error(),
            Refusal::invalid_awareness);
  EXPECT_EQ(table.take(kAnn, "", bytes(1, 8, 2, 1, '1', 0), kStart).error(),
            Refusal::invalid_awareness);
}

class AwarenessTableLossTest : public AwarenessTableTest {
 protected:
  static constexpr Instant kGraceOver = kStart + seconds(3);
  static constexpr MemberId kAgain{ConnectionId(3), 1};
  static constexpr MemberId kNewcomer{ConnectionId(4), 1};

  void lose(MemberId member) { table.lose(member, kStart, kGraceOver); }
};

TEST_F(AwarenessTableLossTest, WhatTheLostShowedStaysForAWhile) {  // AWR-13
  says(kAnn, {{7, 1, "{}"}, {8, 4, "{}"}});
  lose(kAnn);
  EXPECT_EQ(table.next_expiry(), kGraceOver);
  EXPECT_EQ(expires(kGraceOver - seconds(1)), "");
  EXPECT_EQ(expires(kGraceOver), "7@1=null 8@4=null");
  EXPECT_EQ(table.present(), 0U);
}

TEST_F(AwarenessTableLossTest, WhoIsBackWithTheSameClockWasNeverGone) {  // AWR-13
  for (const std::string_view subject : {"", "ann"}) {
    table = AwarenessTable();
    says(kAnn, {{7, 5, "{}"}}, subject);
    lose(kAnn);
    EXPECT_EQ(says(kAgain, {{7, 5, "{}"}}, subject), "") << "the others know it";
    EXPECT_EQ(expires(kGraceOver), "");
    EXPECT_EQ(leaves(kAgain, kGraceOver), "7@5=null") << "it is its own again";
  }
}

TEST_F(AwarenessTableLossTest, EchoesDoNotKeepTheLostHere) {  // AWR-13
  says(kAnn, {{7, 5, "{}"}});
  says(kEve, {{8, 1, "{}"}});
  lose(kAnn);
  says(kEve, {{7, 5, "{}"}});                     // has said something before
  says(kNewcomer, {{7, 5, "{}"}, {8, 1, "{}"}});  // repeats whom it was shown
  EXPECT_EQ(expires(kGraceOver), "7@5=null");
}

TEST_F(AwarenessTableLossTest, AnEchoTakenForAReturnGivesWayToNews) {  // AWR-13
  says(kAnn, {{7, 5, "{}"}});
  lose(kAnn);
  says(kNewcomer, {{7, 5, "{}"}});
  EXPECT_EQ(says(kAgain, {{7, 6, "{}"}}), "7@6={}");
  EXPECT_EQ(leaves(kNewcomer), "");
  EXPECT_EQ(says(kNewcomer, {{7, 7, "{}"}}), "") << "now it is hers";
}

TEST_F(AwarenessTableLossTest, NobodyReturnsAsSomebodyElse) {  // AWR-14
  says(kAnn, {{7, 5, "{}"}}, "ann");
  lose(kAnn);
  EXPECT_EQ(says(kNewcomer, {{7, 5, "{}"}}, "eve"), "");
  EXPECT_EQ(expires(kGraceOver), "7@5=null");
}

TEST_F(AwarenessTableLossTest, ALossCountsFromTheLastTime) {  // AWR-13
  says(kAnn, {{7, 5, "{}"}});
  lose(kAnn);
  says(kAgain, {{7, 6, "{}"}});
  table.lose(kAgain, kStart + seconds(2), kStart + seconds(5));
  EXPECT_EQ(expires(kGraceOver), "");
  EXPECT_EQ(expires(kStart + seconds(5)), "7@6=null");
}

TEST_F(AwarenessTableTest, ManyIdsThatNobodyHoldsAreForgottenSooner) {  // AWR-15
  for (std::uint64_t id = 1; id <= 40'000; ++id) {
    const MemberId member{ConnectionId(100 + id), 1};
    says(member, {{id, 1, "{}"}}, "eve");
    leaves(member);
  }
  EXPECT_LE(table.known(), 1u << 14);
}

}  // namespace
}  // namespace righttask
