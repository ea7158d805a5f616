#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/phoenix/testing/session_peer.h"

namespace righttask::protocol::phoenix {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

/// Answers as it was told to, and notes what it was asked.
class FakeGate final : public Gate {
 public:
  struct Told {
    Result<Admission, Refusal> answer;
    Lines asked = {};  // room, and the join's token in parentheses
    Result<Renewal, Refusal> renewal = Renewal{};
  };

  explicit FakeGate(Told& told) : told_(told) {}

  Result<Admission, Refusal> admit(std::uint32_t, const RoomName& room,
                                   std::optional<std::string_view> token) override {
    told_.asked.push_back(room.str() + (token ? "(" + std::string(*token) + ")" : ""));
    return told_.answer;
  }
  Result<Renewal, Refusal> renew(std::uint32_t channel, std::string_view token) override {
    told_.asked.push_back("renew #" + std::to_string(channel) + "(" + std::string(token) + ")");
    return told_.renewal;
  }
  std::string subject(std::uint32_t) const override {
    return told_.answer ? told_.answer->subject : std::string();
  }
  void release(std::uint32_t channel) override {
    told_.asked.push_back("release #" + std::to_string(channel));
  }

 private:
  Told& told_;
};

/// On whose connection everybody claims to be Eve.
class GatedPeer : public Peer {
 public:
  explicit GatedPeer(FakeGate::Told& told)
      : Peer({{"vsn", "2.0.0"}, {"user_id", "eve"}, {"name", "Eve"}, {"color", "#123456"}}, {},
             std::make_unique<FakeGate>(told)) {}
};

TEST(PhoenixSessionBehindAGate, JoinsAsWhatTheGateAdmits) {  // PHX-29
  FakeGate::Told told{Admission{Access::read, "ann", "Ann"}};
  GatedPeer peer(told);
  EXPECT_THAT(
      peer.says(R"(["1","1","room:a","phx_join",{"user_id":"bob","name":"Bob","token":"t"}])"),
      ElementsAre(R"(a: join #1 ref="1" key=ann {"name":"Ann","color":"#123456"} reads)"));
  told.answer = Admission{Access::read_write, "ann", "Ann"};
  EXPECT_THAT(peer.says(R"(["2","2","room:b","phx_join",{"color":"#abcdef"}])"),
              ElementsAre(R"(b: join #2 ref="2" key=ann {"name":"Ann","color":"#abcdef"})"));
  EXPECT_THAT(told.asked, ElementsAre("a(t)", "b"));
}

TEST(PhoenixSessionBehindAGate, TakesNoNameOfAClient) {  // PHX-29
  FakeGate::Told told{Admission{Access::read_write, "", ""}};
  GatedPeer peer(told);
  EXPECT_THAT(peer.says(R"(["1","1","room:a","phx_join",{"user_id":"bob","name":"Bob"}])"),
              ElementsAre(testing::MatchesRegex(
                  R"(a: join #1 ref="1" key=[A-Za-z0-9_-]+ \{"color":"#123456"\})")));
  const Lines again = peer.says(R"(["2","2","room:b","phx_join",{}])");
  EXPECT_THAT(again, ElementsAre(testing::Not(testing::HasSubstr("key=eve"))));
}

TEST(PhoenixSessionBehindAGate, KeepsTheAdmittedNameWhenPresenceChanges) {  // PHX-29
  FakeGate::Told told{Admission{Access::read_write, "ann", "Ann"}};
  GatedPeer peer(told);
  peer.says(R"(["1","1","room:a","phx_join",{}])");
  peer.hears(1, R"("1")", Peer::empty_room());
  EXPECT_THAT(peer.says(R"(["1","2","room:a","presence",{"name":"Bob","color":"#808080"}])"),
              ElementsAre(R"(a: presence #1 ref="2" {"name":"Ann","color":"#808080"})"));
  told.answer = Admission{Access::read_write, "ann", ""};
  peer.says(R"(["3","3","room:b","phx_join",{}])");
  peer.hears(2, R"("3")", Peer::empty_room());
  EXPECT_THAT(peer.says(R"(["3","4","room:b","presence",{"name":"Bob"}])"),
              ElementsAre(R"(b: presence #2 ref="4" {})"));
}

TEST(PhoenixSessionBehindAGate, TellsWhyTheGateRefusesAJoin) {  // PHX-30
  FakeGate::Told told{Admission{}};
  GatedPeer peer(told);
  for (const auto& [refusal, reason] :
       {std::pair{Refusal::unauthorized, "unauthorized"}, std::pair{Refusal::expired, "expired"},
        std::pair{Refusal::forbidden, "forbidden"}}) {
    told.answer = fail(refusal);
    EXPECT_THAT(peer.says(R"(["1","2","room:a","phx_join",{"token":"t"}])"),
                ElementsAre(R"(["1","2","room:a","phx_reply",{"status":"error","response":)"
                            R"({"reason":")" +
                            std::string(reason) + R"("}}])"));
    EXPECT_THAT(peer.says(R"(["1","3","room:a","update",{"data":[0,0]}])"),
                ElementsAre(testing::HasSubstr("unmatched topic")));
  }
}

TEST(PhoenixSessionBehindAGate, LeavesARoomToWhichItsRejoinIsRefused) {  // PHX-15, PHX-30
  FakeGate::Told told{Admission{}};
  GatedPeer peer(told);
  peer.says(R"(["1","1","room:a","phx_join",{}])");
  peer.hears(1, R"("1")", Peer::empty_room());
  told.answer = fail(Refusal::expired);
  EXPECT_THAT(
      peer.says(R"(["5","5","room:a","phx_join",{}])"),
      ElementsAre(
          "a: leave #1 left",
          R"(["5","5","room:a","phx_reply",{"status":"error","response":{"reason":"expired"}}])",
          R"(["1","1","room:a","phx_close",{}])"));
}

/// Joined to room:a as channel 1.
class GatedMember : public GatedPeer {
 public:
  explicit GatedMember(FakeGate::Told& told) : GatedPeer(told) {
    says(R"(["1","1","room:a","phx_join",{}])");
    hears(1, R"("1")", Peer::empty_room());
    told.asked.clear();
  }
};

TEST(PhoenixSessionBehindAGate, RenewsByANewToken) {  // PHX-32
  FakeGate::Told told{Admission{}};
  GatedMember peer(told);
  EXPECT_THAT(peer.learns(1, GrantExpiring{std::chrono::seconds(60)}),
              ElementsAre(R"(["1",null,"room:a","token_expiring",{"expires_in":60}])"));
  told.renewal = Renewal{Access::read, std::chrono::seconds(3600)};
  EXPECT_THAT(peer.says(R"(["1","2","room:a","access_token",{"token":"t"}])"),
              ElementsAre(R"(["1","2","room:a","phx_reply",{"status":"ok","response":)"
                          R"({"scope":"readonly","expires_in":3600}}])"));
  told.renewal = fail(Refusal::expired);
  for (const char* payload : {R"({"token":""})", R"({"token":5})", "{}", "5", "null"}) {
    EXPECT_THAT(peer.says(R"(["1","3","room:a","access_token",)" + std::string(payload) + "]"),
                ElementsAre(R"(["1","3","room:a","phx_reply",{"status":"error","response":)"
                            R"({"reason":"expired"}}])"));
    EXPECT_EQ(told.asked.back(), "renew #1()") << payload;
  }
  EXPECT_EQ(told.asked.front(), "renew #1(t)");
}

TEST(PhoenixSessionBehindAGate, TakesAnyNewTokenWithoutAGate) {  // PHX-32
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.says(R"(["1","2","room:a","access_token",{"token":"t"}])"),
              ElementsAre(R"(["1","2","room:a","phx_reply",{"status":"ok","response":{}}])"));
}

TEST(PhoenixSessionBehindAGate, TellsWhatItMayDoFromNowOn) {  // PHX-33
  FakeGate::Told told{Admission{}};
  GatedMember peer(told);
  EXPECT_THAT(peer.learns(1, AccessChanged{Access::read}),
              ElementsAre(R"(["1",null,"room:a","access",{"scope":"readonly"}])"));
  EXPECT_THAT(peer.learns(1, AccessChanged{Access::read_write}),
              ElementsAre(R"(["1",null,"room:a","access",{"scope":"read-write"}])"));
  EXPECT_THAT(peer.learns(2, AccessChanged{Access::read}), IsEmpty());
  EXPECT_THAT(peer.learns(2, GrantEnded{GrantEnd::kicked}), IsEmpty());
}

TEST(PhoenixSessionBehindAGate, EndsAChannelWhoseTokenHasEnded) {  // PHX-34
  for (const auto& [why, leave, reason] : {std::tuple{GrantEnd::expired, "lost", "expired"},
                                           std::tuple{GrantEnd::revoked, "left", "revoked"}}) {
    FakeGate::Told told{Admission{}};
    GatedMember peer(told);
    EXPECT_THAT(peer.learns(1, GrantEnded{why}),
                ElementsAre("a: leave #1 " + std::string(leave),
                            R"(["1",null,"room:a","access",{"scope":"none","reason":")" +
                                std::string(reason) + R"("}])",
                            R"(["1","1","room:a","phx_error",{"reason":")" + std::string(reason) +
                                R"("}])"));
    EXPECT_THAT(told.asked, ElementsAre("release #1"));
    EXPECT_THAT(peer.says(R"(["1","2","room:a","update",{"data":[0,0]}])"),
                ElementsAre(testing::HasSubstr("unmatched topic")));
    EXPECT_THAT(peer.says(R"(["3","3","room:a","phx_join",{}])"),
                ElementsAre(StartsWith("a: join #2")));
  }
}

TEST(PhoenixSessionBehindAGate, PutsAMemberOut) {  // PHX-34
  FakeGate::Told told{Admission{}};
  GatedMember peer(told);
  EXPECT_THAT(peer.learns(1, GrantEnded{GrantEnd::kicked}),
              ElementsAre("a: leave #1 left",
                          R"(["1",null,"room:a","access",{"scope":"none","reason":"kicked"}])",
                          R"(["1","1","room:a","phx_close",{}])"));
}

TEST(PhoenixSessionBehindAGate, TellsOfRightsAfterTheAnswerToTheJoin) {  // PHX-33
  FakeGate::Told told{Admission{}};
  GatedPeer peer(told);
  peer.says(R"(["1","1","room:a","phx_join",{}])");
  EXPECT_THAT(peer.learns(1, AccessChanged{Access::read}), IsEmpty());
  EXPECT_THAT(peer.hears(1, R"("1")", Peer::empty_room()),
              ElementsAre(StartsWith(R"(["1","1","room:a","phx_reply")"),
                          R"(["1",null,"room:a","access",{"scope":"readonly"}])"));
}

TEST(PhoenixSessionBehindAGate, RefusesAJoinWhoseTokenEndsBeforeTheAnswer) {  // PHX-34
  for (const auto& [why, reason] :
       {std::pair{GrantEnd::expired, "expired"}, std::pair{GrantEnd::revoked, "unauthorized"},
        std::pair{GrantEnd::kicked, "forbidden"}}) {
    FakeGate::Told told{Admission{}};
    GatedPeer peer(told);
    peer.says(R"(["1","2","room:a","phx_join",{}])");
    const Lines lines = peer.learns(1, GrantEnded{why});
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_THAT(lines[0], StartsWith("a: leave #1"));
    EXPECT_EQ(lines[1], R"(["1","2","room:a","phx_reply",{"status":"error","response":)"
                        R"({"reason":")" +
                            std::string(reason) + R"("}}])");
    EXPECT_THAT(peer.hears(1, R"("2")", Peer::empty_room()), IsEmpty());
  }
}

TEST(PhoenixSessionBehindAGate, ClosesAConnectionWhoseTokenHasEnded) {  // PHX-34
  FakeGate::Told told{Admission{}};
  GatedMember peer(told);
  EXPECT_THAT(peer.loses_its_grant(GrantEnd::expired), ElementsAre("close 1008"));
  EXPECT_THAT(peer.says(R"([null,"9","phoenix","heartbeat",{}])"), IsEmpty());
  EXPECT_THAT(peer.loses_its_grant(GrantEnd::expired), IsEmpty());
}

TEST(PhoenixSessionBehindAGate, ReleasesItsChannels) {  // PHX-30
  FakeGate::Told told{Admission{}};
  GatedMember peer(told);
  peer.says(R"(["2","2","room:a","phx_join",{}])");  // takes the place of #1
  peer.hears(2, R"("2")", Refused{Refusal::room_full});
  peer.says(R"(["3","3","room:a","phx_join",{}])");
  peer.hears(3, R"("3")", Peer::empty_room());
  peer.says(R"(["3","4","room:a","phx_leave",{}])");
  EXPECT_THAT(told.asked, ElementsAre("release #1", "a", "release #2", "a", "release #3"));
}

TEST(PhoenixSessionBehindAGate, ATokenThatIsNoStringIsBroken) {  // PHX-30
  FakeGate::Told told{fail(Refusal::unauthorized)};
  GatedPeer peer(told);
  for (const char* token : {"5", "{}", "[]", "true", R"("\ud83d")", "\"\""}) {
    peer.says(R"(["1","2","room:a","phx_join",{"token":)" + std::string(token) + "}]");
    EXPECT_EQ(told.asked.back(), "a()") << token;
  }
  peer.says(R"(["1","2","room:a","phx_join",{"token":null}])");
  EXPECT_EQ(told.asked.back(), "a");
  Peer open;
  EXPECT_THAT(open.says(R"(["1","1","room:a","phx_join",{"token":5}])"),
              ElementsAre(R"(a: join #1 ref="1" key=u {})"));
}

TEST(PhoenixSessionBehindAGate, SaysWhoShowsAwareness) {  // AWR-14
  FakeGate::Told told{Admission{Access::read, "ann", "Ann"}};
  GatedPeer peer(told);
  peer.says(R"(["1","1","y_doc_room:a","phx_join",{}])");
  peer.hears(1, R"("1")", Peer::empty_room());
  Bytes frame = bytes(0, 1, 1, 12, 3, '1', '2');
  append(frame, "y_doc_room:ayjs");
  append(frame, ByteView(bytes(1, 1, 0)));
  EXPECT_THAT(peer.says(frame), ElementsAre(R"(a: awareness #1 ref=~"2" as ann 00)"));
}

}  // namespace
}  // namespace righttask::protocol::phoenix
