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
    const auto told = table.take(member, subject, ydoc::encode_awareness(entries), now);
    return told ? show(*told) : std::string(to_string(told.error()));
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
  EXPECT_NE(show(table.leave(kAnn, kStart)), "");
  EXPECT_NE(says(kEve, {{8, 2, state}}), "");
  EXPECT_NE(show(table.expire(kStart + minutes(1))), "") << "not renewed";
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
  EXPECT_EQ(show(table.leave(kAnn, kStart)), "7@1=null 8@4=null");
  EXPECT_EQ(show(table.leave(kAnn, kStart)), "");
  EXPECT_EQ(show(table.state()), "9@1={}");
}

TEST_F(AwarenessTableTest, NobodyComesBackAsSomebodyElse) {  // AWR-14
  says(kAnn, {{7, 1, "{}"}}, "ann");
  EXPECT_EQ(says(kEve, {{7, 2, "{}"}}, "eve"), "");
  static_cast<void>(table.leave(kAnn, kStart));
  EXPECT_EQ(says(kEve, {{7, 2, "{}"}}, "eve"), "") << "it is kept for her";
  EXPECT_EQ(says(kEve, {{7, 2, "{}"}}, ""), "");
  const MemberId again{ConnectionId(3), 1};
  EXPECT_EQ(says(again, {{7, 2, "{}"}}, "ann"), "7@2={}");
}

TEST_F(AwarenessTableTest, ASubjectTakesItsIdFromAConnectionThatHasNotEndedYet) {  // AWR-14
  says(kAnn, {{7, 1, "{}"}}, "ann");
  const MemberId again{ConnectionId(3), 1};
  EXPECT_EQ(says(again, {{7, 2, "{}"}}, "ann"), "7@2={}");
  EXPECT_EQ(show(table.leave(kAnn, kStart)), "") << "it is not the old one's any more";
  EXPECT_EQ(table.present(), 1U);
  EXPECT_EQ(show(table.leave(again, kStart)), "7@2=null");
}

TEST_F(AwarenessTableTest, WithoutSubjectsAnIdIsFreeOnceItsMemberHasGone) {  // AWR-14
  says(kAnn, {{7, 1, "{}"}});
  const MemberId again{ConnectionId(3), 1};
  EXPECT_EQ(says(again, {{7, 2, "{}"}}), "");
  static_cast<void>(table.leave(kAnn, kStart));
  EXPECT_EQ(says(again, {{7, 2, "{}"}}), "7@2={}");
}

TEST_F(AwarenessTableTest, ForgetsInTime) {  // AWR-6, AWR-15
  says(kAnn, {{7, 5, "{}"}}, "ann");
  says(kEve, {{8, 1, "{}"}});
  EXPECT_EQ(show(table.expire(kStart + seconds(29))), "");
  says(kEve, {{8, 2, "{}"}}, "", kStart + seconds(20));
  EXPECT_EQ(show(table.expire(kStart + seconds(30))), "7@5=null");
  static_cast<void>(table.leave(kAnn, kStart + seconds(30)));
  static_cast<void>(table.leave(kEve, kStart + seconds(30)));
  static_cast<void>(table.expire(kStart + minutes(10)));
  EXPECT_EQ(table.known(), 2U);
  static_cast<void>(table.expire(kStart + minutes(12)));
  EXPECT_EQ(table.known(), 0U);
  EXPECT_EQ(says(kEve, {{7, 1, "{}"}}, "eve", kStart + minutes(12)), "7@1={}");
}

}  // namespace
}  // namespace righttask
