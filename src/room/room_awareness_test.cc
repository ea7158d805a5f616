#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/base64.h"
#include "room/awareness_table.h"
#include "room/room.h"
#include "ydoc/awareness.h"
#include "ydoc/doc.h"

namespace righttask {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using ydoc::AwarenessEntry;

using Lines = std::vector<std::string>;

MemberId member(std::uint64_t connection) {
  return {ConnectionId(connection), 1};
}

/// "7@3={} 8@1=null"
std::string show(ByteView update) {
  const auto decoded = ydoc::AwarenessUpdate::decode(update);
  std::string out;
  for (const AwarenessEntry& entry : decoded.value().entries) {
    out += (out.empty() ? "" : " ") + std::to_string(entry.client) + "@" +
           std::to_string(entry.clock) + "=" + std::string(entry.state);
  }
  return out;
}

/// What a room tells of awareness, and to whom; what it refuses; and what it answers to a sync.
class RoomAwarenessTest : public testing::Test {
 protected:
  Lines says(const RoomMessage& message) {
    Effects effects;
    room.on(message, now(), effects);
    return lines(effects);
  }
  void joins(std::uint64_t who, Access access = Access::read_write) {
    static_cast<void>(says(JoinRequest{.member = member(who),
                                       .ticket = {"j"},
                                       .access = access,
                                       .identity = {std::to_string(who), ""},
                                       .state_vector = std::nullopt,
                                       .state_later = true}));
  }
  Lines shows(std::uint64_t who, const AwarenessEntry& entry, const std::string& subject = "") {
    return says(
        AwarenessRequest{member(who), {"a"}, subject, share(ydoc::encode_awareness({&entry, 1}))});
  }
  Lines leaves(std::uint64_t who, LeaveReason reason = LeaveReason::left) {
    return says(LeaveRequest{member(who), reason});
  }
  Lines syncs(std::uint64_t who, Bytes state_vector = bytes(0)) {
    return says(SyncRequest{member(who), {"s"}, std::move(state_vector)});
  }
  /// What comes of time passing, woken whenever the room asked for it.
  Lines passes(Duration time) {
    Lines out;
    for (const Instant until = clock + time; clock < until;) {
      clock = wake && *wake < until ? std::max(*wake, clock) : until;
      if (!wake || *wake > clock) continue;
      wake.reset();
      Effects effects;
      room.on_wake(now(), effects);
      for (const std::string& line : lines(effects)) out.push_back(line);
    }
    return out;
  }

  RoomNow now() const { return {clock, UnixSeconds(seconds(1'700'000'000))}; }

  Lines lines(const Effects& effects) {
    Lines out;
    for (const Effect& effect : effects) {
      if (const auto* at = std::get_if<WakeAt>(&effect)) wake = at->when;
      if (std::holds_alternative<Persist>(effect)) room.on_stored(++stored, now(), ignored);
      const auto* cast = std::get_if<Broadcast>(&effect);
      const auto* send = std::get_if<Send>(&effect);
      if (cast != nullptr) {
        const auto* told = std::get_if<AwarenessUpdate>(&cast->message);
        const auto but =
            cast->except ? " but " + std::to_string(cast->except->connection.value()) : "";
        if (told != nullptr) out.push_back("all" + but + ": " + show(*told->update));
      } else if (send != nullptr) {
        const std::string to = std::to_string(send->to.connection.value()) +
                               (send->ticket.text.empty() ? "" : "[" + send->ticket.text + "]");
        if (const auto* told = std::get_if<AwarenessUpdate>(&send->message)) {
          out.push_back(to + ": " + show(*told->update));
        } else if (const auto* answer = std::get_if<SyncAnswer>(&send->message)) {
          out.push_back(to + ": " + base64_encode(*answer->state) + " " +
                        base64_encode(answer->state_vector));
        } else if (const auto* refused = std::get_if<Refused>(&send->message)) {
          out.push_back(to + ": " + std::string(to_string(refused->reason)));
        }
      }
    }
    return out;
  }

  Limits limits;
  Rng rng{1};
  Room room{*RoomName::parse("a"), limits, rng};
  Instant clock{seconds(1000)};
  std::optional<Instant> wake;
  std::uint64_t stored = 0;
  Effects ignored;
};

TEST_F(RoomAwarenessTest, TellsTheOthersAtOnce) {  // AWR-9, AWR-16
  joins(1);
  joins(2);
  EXPECT_THAT(shows(1, {7, 1, "{}"}), ElementsAre("all but 1: 7@1={}"));
  EXPECT_THAT(shows(1, {7, 1, "{}"}), IsEmpty()) << "nothing new";
  EXPECT_THAT(shows(2, {7, 1, "{}"}), IsEmpty()) << "an echo";
}

TEST_F(RoomAwarenessTest, LeavesOutWhatIsOfOthersOrBeyondReason) {  // AWR-9, AWR-11
  joins(1);
  joins(2);
  static_cast<void>(shows(1, {7, 1, "{}"}));
  EXPECT_THAT(passes(seconds(1)), IsEmpty());
  EXPECT_THAT(shows(2, {7, 2, "\"Eve\""}), IsEmpty());
  EXPECT_THAT(shows(2, {7, 2, "null"}), IsEmpty());
  EXPECT_THAT(shows(2, {8, (std::uint64_t{1} << 31) + 1, "{}"}), IsEmpty());
  EXPECT_THAT(shows(1, {7, (1u << 20) + 2, "{}"}), IsEmpty());
  EXPECT_EQ(room.awareness_probe().foreign_total, 2U);
  EXPECT_EQ(room.awareness_probe().clocks_total, 2U);
  EXPECT_THAT(shows(1, {7, 2, "{}"}), ElementsAre("all but 1: 7@2={}"));
}

TEST_F(RoomAwarenessTest, GathersWhatComesSoonAfter) {  // AWR-16, AWR-17
  joins(1);
  joins(2);
  joins(3);
  EXPECT_THAT(shows(1, {7, 1, "1"}), ElementsAre("all but 1: 7@1=1"));
  EXPECT_THAT(shows(1, {7, 2, "2"}), IsEmpty());
  EXPECT_THAT(shows(1, {7, 3, "3"}), IsEmpty());
  EXPECT_THAT(passes(milliseconds(24)), IsEmpty());
  EXPECT_THAT(passes(milliseconds(2)), ElementsAre("all but 1: 7@3=3"));
  EXPECT_THAT(shows(1, {7, 4, "4"}), IsEmpty());
  EXPECT_THAT(shows(2, {8, 1, "1"}), IsEmpty());
  EXPECT_THAT(passes(milliseconds(26)), ElementsAre("all: 7@4=4 8@1=1"));
  EXPECT_THAT(shows(1, {7, 5, "5"}), IsEmpty());
  EXPECT_THAT(leaves(2), IsEmpty());
  EXPECT_THAT(passes(milliseconds(26)), ElementsAre("all: 7@5=5 8@1=null")) << "1 has to hear of 2";
}

TEST_F(RoomAwarenessTest, WaitsLongerWhereManyHearOfMuch) {  // AWR-17
  for (std::uint64_t who = 1; who <= 2000; ++who) joins(who);
  static_cast<void>(shows(1, {7, 1, "1"}));
  static_cast<void>(shows(1, {7, 2, "\"" + std::string(60'000, 'x') + "\""}));
  EXPECT_THAT(passes(milliseconds(199)), IsEmpty());
  EXPECT_EQ(passes(milliseconds(2)).size(), 1U);
  static_cast<void>(shows(1, {7, 3, "3"}));
  EXPECT_THAT(passes(seconds(2)), IsEmpty());
  EXPECT_EQ(passes(milliseconds(200)).size(), 1U);
}

TEST_F(RoomAwarenessTest, WhatAMemberShowedGoesWithIt) {  // AWR-13
  joins(1);
  joins(2);
  static_cast<void>(shows(1, {7, 1, "{}"}));
  EXPECT_THAT(passes(seconds(1)), IsEmpty());
  EXPECT_THAT(leaves(1), ElementsAre("all: 7@1=null"));
}

TEST_F(RoomAwarenessTest, WhatALostMemberShowedStaysForTheGrace) {  // AWR-13, ROOM-13
  joins(1);
  joins(2);
  static_cast<void>(shows(1, {7, 1, "{}"}));
  EXPECT_THAT(leaves(1, LeaveReason::lost), IsEmpty());
  EXPECT_THAT(passes(milliseconds(2999)), IsEmpty());
  EXPECT_THAT(passes(milliseconds(2)), ElementsAre("all: 7@1=null"));

  static_cast<void>(passes(seconds(1)));
  EXPECT_EQ(shows(2, {8, 1, "{}"}).size(), 1U);
  EXPECT_THAT(leaves(2, LeaveReason::lost), IsEmpty());
  joins(3);
  joins(4);
  EXPECT_THAT(shows(3, {8, 1, "{}"}), IsEmpty());
  EXPECT_THAT(passes(seconds(10)), IsEmpty()) << "it is back";
}

TEST_F(RoomAwarenessTest, WhatIsNotRenewedGoes) {  // AWR-15
  joins(1);
  joins(2);
  static_cast<void>(shows(1, {7, 1, "{}"}));
  EXPECT_THAT(passes(seconds(15)), IsEmpty());
  static_cast<void>(shows(1, {7, 2, "{}"}));
  EXPECT_THAT(passes(seconds(29)), IsEmpty());
  EXPECT_THAT(passes(seconds(4)), ElementsAre("all: 7@2=null"));
}

TEST_F(RoomAwarenessTest, AnswersASyncWithWhatIsLackedAndWhoIsThere) {  // ROOM-32
  joins(1);
  joins(2);
  EXPECT_THAT(syncs(2), ElementsAre("2[s]: AAA= AA=="));
  static_cast<void>(
      says(UpdateRequest{member(1), {"u"}, share(bytes(1, 1, 1, 0, 4, 1, 1, 't', 1, 'x', 0))}));
  static_cast<void>(shows(1, {7, 1, "{}"}));
  EXPECT_THAT(syncs(2), ElementsAre("2[s]: AQEBAAQBAXQBeAA= AQEB", "2: 7@1={}"));
  EXPECT_THAT(syncs(2, bytes(1, 1, 1)), ElementsAre("2[s]: AAA= AQEB", "2: 7@1={}"));
  EXPECT_THAT(says(AwarenessQuery{member(2), {"q"}}), ElementsAre("2[q]: 7@1={}"));
}

TEST_F(RoomAwarenessTest, RefusesSyncsThatAreNone) {  // ROOM-4, ROOM-17, ROOM-21
  EXPECT_THAT(syncs(1), ElementsAre("1[s]: not_joined"));
  EXPECT_THAT(says(AwarenessQuery{member(1), {"q"}}), ElementsAre("1[q]: not_joined"));
  EXPECT_THAT(shows(1, {7, 1, "{}"}), ElementsAre("1[a]: not_joined"));
  joins(1);
  EXPECT_THAT(syncs(1, bytes(1)), ElementsAre("1[s]: invalid_state_vector"));
  room.bury(ydoc::StateVector::decode(bytes(1, 5, 1)).value());
  EXPECT_THAT(syncs(1, bytes(1, 5, 1)), ElementsAre("1[s]: room_deleted"));
}

TEST_F(RoomAwarenessTest, BoundsHowOftenOneMemberAsks) {  // LIM-38
  limits.syncs_per_second_max = 1;
  limits.rate_burst = seconds(2);
  joins(1);
  static_cast<void>(syncs(1));
  static_cast<void>(says(AwarenessQuery{member(1), {"q"}}));
  EXPECT_THAT(syncs(1), ElementsAre("1[s]: rate_limited"));
  EXPECT_THAT(says(AwarenessQuery{member(1), {"q"}}), ElementsAre("1[q]: rate_limited"));
  static_cast<void>(passes(seconds(1)));
  EXPECT_EQ(syncs(1).size(), 1U);
}

TEST_F(RoomAwarenessTest, RefusesWhatIsTooLargeTooMuchOrNone) {  // AWR-12, LIM-11, LIM-28
  limits.awareness_per_second_max = 1;
  limits.rate_burst = seconds(1);
  joins(1);
  joins(2);
  EXPECT_THAT(shows(1, {7, 1, "\"" + std::string(70'000, 'x') + "\""}),
              ElementsAre("1[a]: too_large"));
  EXPECT_THAT(says(AwarenessRequest{member(1), {"a"}, "", share(bytes(1, 7))}),
              ElementsAre("1[a]: invalid_awareness"));
  EXPECT_EQ(shows(1, {7, 1, "1"}).size(), 1U);
  EXPECT_THAT(shows(1, {7, 2, "2"}), IsEmpty());
  EXPECT_THAT(shows(1, {7, 3, "3"}), ElementsAre("1[a]: rate_limited"));
  EXPECT_EQ(shows(2, {8, 1, "1"}), Lines()) << "others have rates of their own";
}

TEST_F(RoomAwarenessTest, ReadersShowThemselvesToo) {  // PHX-31
  joins(1, Access::read);
  joins(2);
  EXPECT_EQ(shows(1, {7, 1, "{}"}).size(), 1U);
}

TEST_F(RoomAwarenessTest, SubjectsKeepTheirIds) {  // AWR-14
  joins(1);
  joins(2);
  static_cast<void>(shows(1, {7, 1, "{}"}, "ann"));
  static_cast<void>(leaves(1));
  static_cast<void>(passes(seconds(1)));
  EXPECT_THAT(shows(2, {7, 2, "{}"}, "eve"), IsEmpty());
  joins(3);
  EXPECT_EQ(shows(3, {7, 2, "{}"}, "ann").size(), 1U);
}

}  // namespace
}  // namespace righttask
