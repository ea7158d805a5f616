#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/phoenix/session.h"
#include "protocol/phoenix/testing/session_peer.h"

namespace righttask::protocol::phoenix {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

using Query = std::vector<std::pair<std::string, std::string>>;
const Query kV1 = {{"vsn", "1.0.0"}, {"user_id", "u"}};

TEST(PhoenixSession, AnswersHeartbeats) {  // PHX-9
  Peer peer;
  EXPECT_THAT(peer.says(R"([null,"7","phoenix","heartbeat",{}])"),
              ElementsAre(R"([null,"7","phoenix","phx_reply",{"status":"ok","response":{}}])"));
  EXPECT_THAT(peer.says(R"(["5","8","phoenix","heartbeat","any payload"])"),
              ElementsAre(R"([null,"8","phoenix","phx_reply",{"status":"ok","response":{}}])"));
  Peer old(kV1);
  EXPECT_THAT(
      old.says(R"({"topic":"phoenix","event":"heartbeat","payload":{},"ref":"1"})"),
      ElementsAre(
          R"({"ref":"1","topic":"phoenix","event":"phx_reply","payload":{"status":"ok","response":{}}})"));
}

TEST(PhoenixSession, ClosesOnWhatItCannotDecode) {  // PHX-6
  for (const char* text : {"", "x", "{}", "[]", R"(["1","1","room:a","phx_join"])"}) {
    Peer peer;
    EXPECT_THAT(peer.says(text), ElementsAre("close 1011")) << text;
    EXPECT_THAT(peer.says(R"([null,"7","phoenix","heartbeat",{}])"), IsEmpty());
  }
  Peer binary;
  EXPECT_THAT(binary.says(bytes(1, 0, 0, 0, 0)), ElementsAre("close 1011"));
  Peer old(kV1);
  EXPECT_THAT(old.says(bytes(0, 0, 0, 0, 0)), ElementsAre("close 1011"));
}

TEST(PhoenixSession, AnswersForUnmatchedTopics) {  // PHX-10
  struct Case {
    std::string_view frame, topic;
  };
  const Case cases[] = {
      {R"(["1","2","nope","phx_join",{}])", R"("nope")"},
      {R"(["1","2","room","phx_join",{}])", R"("room")"},
      {R"(["1","2","ROOM:a","phx_join",{}])", R"("ROOM:a")"},
      {R"(["1","2","phoenix","phx_join",{}])", R"("phoenix")"},
      {R"(["1","2","phoenix","other",{}])", R"("phoenix")"},
      {R"(["1","2","room:a","update",{"data":[0,0]}])", R"("room:a")"},
      {R"(["1","2","room:a","awareness",{}])", R"("room:a")"},
      {R"(["1","2",5,"x",{}])", "5"},
      {R"(["1","2",null,"phx_join",{}])", "null"},
      {R"(["1","2",{"a":[1]},"x",{}])", R"({"a":[1]})"},
      {R"(["1","2","\ud83d","phx_join",{}])", R"("\ud83d")"},
      {R"(["1","2","room:a",5,{}])", R"("room:a")"},
  };
  for (const auto& c : cases) {
    Peer peer;
    EXPECT_THAT(
        peer.says(c.frame),
        ElementsAre("[null,\"2\"," + std::string(c.topic) +
                    R"(,"phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])"))
        << c.frame;
  }
}

TEST(PhoenixSession, Joins) {  // PHX-11, PHX-16
  Peer peer;
  EXPECT_THAT(peer.says(R"(["3","3","room:demo","phx_join",{"x":1}])"),
              ElementsAre(R"(demo: join #1 ref="3" key=u {})"));
  EXPECT_THAT(
      peer.hears(1, R"("3")", Peer::empty_room()),
      ElementsAre(R"(["3","3","room:demo","phx_reply",{"status":"ok","response":{"state":[]}}])"));
  EXPECT_EQ(peer.session().audience(1),
            (Audience{static_cast<std::uint8_t>(Encoding::v2_text), "room:demo"}));
}

TEST(PhoenixSession, JoinsByStateVector) {  // PHX-16, PHX-17
  Peer peer;
  EXPECT_THAT(
      peer.says(
          R"(["3","4","room:demo","phx_join",{"state_vector":"AA==","user_id":"ann","name":"Ann"}])"),
      ElementsAre(R"(demo: join #1 ref="4" key=ann {"name":"Ann"} have=00)"));
  EXPECT_THAT(
      peer.hears(1, R"("4")", Joined{share(bytes(1, 2)), bytes(3)}),
      ElementsAre(
          R"(["3","4","room:demo","phx_reply",{"status":"ok","response":{"update":"AQI=","state_vector":"Aw=="}}])"));
  EXPECT_EQ(peer.session().audience(1),
            (Audience{static_cast<std::uint8_t>(Encoding::v2_binary), "room:demo"}));
}

TEST(PhoenixSession, TakesTheConnectionsParametersAsDefaults) {  // PHX-18
  Peer peer({{"vsn", "2.0.0"}, {"user_id", "c"}, {"name", "Con"}, {"color", "#123456"}});
  EXPECT_THAT(peer.says(R"(["1","1","room:a","phx_join",{}])"),
              ElementsAre(R"(a: join #1 ref="1" key=c {"name":"Con","color":"#123456"})"));
  EXPECT_THAT(peer.says(R"(["2","2","room:b","phx_join",{"user_id":"j","color":"#abcdef"}])"),
              ElementsAre(R"(b: join #2 ref="2" key=j {"name":"Con","color":"#abcdef"})"));
}

TEST(PhoenixSession, JoinsOnV1) {  // PHX-3, PHX-14
  Peer peer(Query{{"user_id", "u"}});
  EXPECT_THAT(peer.says(R"({"topic":"room:a","event":"phx_join","payload":{},"ref":"1"})"),
              ElementsAre(R"(a: join #1 ref="1" key=u {})"));
  EXPECT_THAT(
      peer.hears(1, R"("1")", Joined{share(bytes(7)), bytes(0)}),
      ElementsAre(
          R"({"ref":"1","topic":"room:a","event":"phx_reply","payload":{"status":"ok","response":{"state":[7]}}})"));
  EXPECT_EQ(peer.session().audience(1).encoding, static_cast<std::uint8_t>(Encoding::v1_text));
  EXPECT_THAT(
      peer.says(R"({"topic":"room:a","event":"phx_leave","payload":{},"ref":"2"})"),
      ElementsAre(
          "a: leave #1 left",
          R"({"ref":"2","topic":"room:a","event":"phx_reply","payload":{"status":"ok","response":{}}})",
          R"({"ref":null,"topic":"room:a","event":"phx_close","payload":{}})"));
}

TEST(PhoenixSession, RefusesJoinsWithAReason) {  // PHX-12
  struct Case {
    std::string topic, params, reason;
  };
  const Case cases[] = {
      {"room:", "{}", "room name is empty"},
      {"room:" + std::string(256, 'x'), "{}", "room name is longer than 255 bytes"},
      {R"(room:a\nb)", "{}", "room name holds a control character"},
      {"room:a", R"({"state_vector":5})", "invalid_state_vector"},
      {"room:a", R"({"user_id":5})", "invalid_presence"},
  };
  for (const auto& c : cases) {
    Peer peer;
    EXPECT_THAT(peer.says(R"(["1","2",")" + c.topic + R"(","phx_join",)" + c.params + "]"),
                ElementsAre(R"(["1","2",")" + c.topic +
                            R"(","phx_reply",{"status":"error","response":{"reason":")" + c.reason +
                            R"("}}])"))
        << c.topic;
  }
}

TEST(PhoenixSession, PassesOnTheRoomsRefusalOfAJoin) {  // PHX-12
  Peer peer;
  peer.says(R"(["1","2","room:a","phx_join",{"state_vector":"gA=="}])");
  EXPECT_THAT(
      peer.hears(1, R"("2")", Refused{Refusal::invalid_state_vector}),
      ElementsAre(
          R"(["1","2","room:a","phx_reply",{"status":"error","response":{"reason":"invalid_state_vector"}}])"));
  EXPECT_THAT(peer.says(R"(["1","3","room:a","update",{"data":[0,0]}])"),
              ElementsAre(testing::HasSubstr("unmatched topic")));
  EXPECT_THAT(peer.goes(LeaveReason::lost), IsEmpty());
}

TEST(PhoenixSession, SaysSoWhenTheRoomBreaksWhileJoining) {  // PHX-12
  Peer peer;
  peer.says(R"(["1","2","room:a","phx_join",{}])");
  EXPECT_THAT(
      peer.hears(1, R"("2")", RoomFailed{}),
      ElementsAre(
          R"(["1","2","room:a","phx_reply",{"status":"error","response":{"reason":"join crashed"}}])"));
}

TEST(PhoenixSession, BoundsItsChannels) {  // PHX-13, LIM-10
  Limits limits;
  limits.channels_per_connection_max = 2;
  Peer peer({{"vsn", "2.0.0"}, {"user_id", "u"}}, limits);
  const auto joins = [&](const std::string& room) {
    return peer.says(R"(["1","1","room:)" + room + R"(","phx_join",{}])");
  };
  EXPECT_THAT(joins("a"), ElementsAre(StartsWith("a: join")));
  EXPECT_THAT(joins("b"), ElementsAre(StartsWith("b: join")));
  const std::string refusal =
      R"(["1","1","room:c","phx_reply",{"status":"error","response":{"reason":"too many channels joined"}}])";
  EXPECT_THAT(joins("c"), ElementsAre(refusal));
  peer.hears(1, R"("1")", Peer::empty_room());
  EXPECT_THAT(joins("a"), ElementsAre("a: leave #1 left", StartsWith("a: join #3")));
  peer.hears(3, R"("1")", Peer::empty_room());
  peer.says(R"([null,"2","room:a","phx_leave",{}])");
  EXPECT_THAT(joins("c"), ElementsAre(StartsWith("c: join #4")));
}

TEST(PhoenixSession, ReplacesAChannelThatIsJoinedAgain) {  // PHX-15
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.says(R"(["5","5","room:a","phx_join",{}])"),
              ElementsAre("a: leave #1 left", R"(a: join #2 ref="5" key=u {})"));
  EXPECT_THAT(peer.hears(1, R"("9")", Accepted{}), IsEmpty());  // to the old channel
  EXPECT_THAT(
      peer.hears(2, R"("5")", Peer::empty_room()),
      ElementsAre(R"(["5","5","room:a","phx_reply",{"status":"ok","response":{"state":[]}}])",
                  R"(["1","1","room:a","phx_close",{}])"));
}

TEST(PhoenixSession, ClosesTheOldChannelEvenIfTheNewJoinFails) {  // PHX-15
  Peer peer;
  peer.join();
  EXPECT_THAT(
      peer.says(R"(["5","5","room:a","phx_join",{"state_vector":5}])"),
      ElementsAre(
          "a: leave #1 left",
          R"(["5","5","room:a","phx_reply",{"status":"error","response":{"reason":"invalid_state_vector"}}])",
          R"(["1","1","room:a","phx_close",{}])"));
  Peer other;
  other.join();
  other.says(R"(["5","5","room:a","phx_join",{}])");
  EXPECT_THAT(
      other.hears(2, R"("5")", Refused{Refusal::room_full}),
      ElementsAre(
          R"(["5","5","room:a","phx_reply",{"status":"error","response":{"reason":"room-full"}}])",
          R"(["1","1","room:a","phx_close",{}])"));
}

TEST(PhoenixSession, HoldsWhatComesBeforeTheJoinIsAnswered) {  // PHX-19
  Peer peer;
  EXPECT_EQ(peer.says(R"(["1","1","room:a","phx_join",{}])").size(), 1U);
  EXPECT_THAT(peer.says(R"(["1","2","room:a","update",{"data":[1]}])"), IsEmpty());
  EXPECT_THAT(peer.says(R"(["1","3","room:a","phx_leave",{}])"), IsEmpty());
  EXPECT_THAT(peer.says(R"(["4","4","room:a","phx_join",{}])"), IsEmpty());
  EXPECT_THAT(peer.says(R"(["4","5","room:a","update",{"data":[2]}])"), IsEmpty());
  EXPECT_EQ(peer.says(R"([null,"6","phoenix","heartbeat",{}])").size(), 1U);
  EXPECT_EQ(peer.says(R"(["7","7","room:b","phx_join",{}])").size(), 1U);

  EXPECT_THAT(
      peer.hears(1, R"("1")", Peer::empty_room()),
      ElementsAre(R"(["1","1","room:a","phx_reply",{"status":"ok","response":{"state":[]}}])",
                  R"(a: update #1 ref="2" 01)", "a: leave #1 left",
                  R"(["1","3","room:a","phx_reply",{"status":"ok","response":{}}])",
                  R"(["1","1","room:a","phx_close",{}])", R"(a: join #3 ref="4" key=u {})"));
  EXPECT_THAT(
      peer.hears(3, R"("4")", Peer::empty_room()),
      ElementsAre(R"(["4","4","room:a","phx_reply",{"status":"ok","response":{"state":[]}}])",
                  R"(a: update #3 ref="5" 02)"));
}

TEST(PhoenixSession, AnswersWhatWaitedForARefusedJoin) {  // PHX-19
  Peer peer;
  peer.says(R"(["1","1","room:a","phx_join",{}])");
  peer.says(R"(["1","2","room:a","update",{"data":[1]}])");
  EXPECT_THAT(
      peer.hears(1, R"("1")", Refused{Refusal::room_full}),
      ElementsAre(
          R"(["1","1","room:a","phx_reply",{"status":"error","response":{"reason":"room-full"}}])",
          R"([null,"2","room:a","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])"));
}

TEST(PhoenixSession, BoundsWhatWaits) {  // PHX-19
  Limits limits;
  limits.message_bytes_max = 300;
  Peer peer({{"vsn", "2.0.0"}}, limits);
  const std::string push = R"(["1","2","room:a","x",")" + std::string(60, 'x') + "\"]";
  for (int round = 0; round < 3; ++round) {  // what has waited is free again
    peer.says(R"([null,"1","room:a","phx_join",{}])");
    EXPECT_THAT(peer.says(push), IsEmpty());
    EXPECT_THAT(peer.says(push), IsEmpty());
    peer.hears(static_cast<std::uint32_t>(round) + 1, R"("1")", Peer::empty_room());
  }
  peer.says(R"([null,"1","room:a","phx_join",{}])");
  EXPECT_THAT(peer.says(push), IsEmpty());
  EXPECT_THAT(peer.says(push), IsEmpty());
  EXPECT_THAT(peer.says(push), ElementsAre("close 1013"));
}

TEST(PhoenixSession, Leaves) {  // PHX-14
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.says(R"(["0","2","room:a","phx_leave",{}])"), IsEmpty());  // another's
  EXPECT_THAT(peer.says(R"(["1","3","room:a","phx_leave",{}])"),
              ElementsAre("a: leave #1 left",
                          R"(["1","3","room:a","phx_reply",{"status":"ok","response":{}}])",
                          R"(["1","1","room:a","phx_close",{}])"));
  EXPECT_THAT(peer.says(R"(["1","4","room:a","phx_leave",{}])"),
              ElementsAre(R"(["1","4","room:a","phx_reply",{"status":"ok","response":{}}])"));
  EXPECT_THAT(peer.says(R"(["9",null,"nope","phx_leave",{}])"),
              ElementsAre(R"(["9",null,"nope","phx_reply",{"status":"ok","response":{}}])"));
  EXPECT_EQ(peer.session().audience(1), Audience());
}

TEST(PhoenixSession, AcceptsANullJoinRefEverywhere) {  // PHX-4
  Peer peer;
  peer.says(R"([null,7,"room:a","phx_join",{}])");
  EXPECT_THAT(
      peer.hears(1, "7", Peer::empty_room()),
      ElementsAre(R"([null,7,"room:a","phx_reply",{"status":"ok","response":{"state":[]}}])"));
  EXPECT_THAT(peer.says(R"([null,null,"room:a","update",{"data":[5]}])"),
              ElementsAre("a: update #1 ref=null 05"));
  EXPECT_THAT(peer.hears(1, "null", Accepted{}),
              ElementsAre(R"([7,null,"room:a","phx_reply",{"status":"ok","response":{}}])"));
  EXPECT_THAT(peer.says(R"([7,8,"room:a","update",{"data":[5]}])"), IsEmpty());  // stale
  EXPECT_THAT(
      peer.says(R"([null,8,"room:a","phx_leave",{}])"),
      ElementsAre("a: leave #1 left", R"([7,8,"room:a","phx_reply",{"status":"ok","response":{}}])",
                  R"([null,null,"room:a","phx_close",{}])"));
}

TEST(PhoenixSession, DropsMessagesOfAnEarlierJoin) {  // PHX-4
  Peer peer;
  peer.join();
  for (const char* stale :
       {R"(["0","2","room:a","update",{"data":[0,0]}])", R"(["0","2","room:a","update",{}])",
        R"([1,"2","room:a","x",{}])", R"(["11","2","room:a","awareness",{}])"}) {
    EXPECT_THAT(peer.says(stale), IsEmpty()) << stale;
  }
  EXPECT_EQ(peer.says(R"([null,"2","room:a","update",{"data":[0,0]}])").size(), 1U);
  EXPECT_EQ(peer.says(R"(["\u0031","2","room:a","update",{"data":[0,0]}])").size(), 1U);
}

TEST(PhoenixSession, CarriesUpdates) {  // PHX-20, PHX-21
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.says(R"(["1","2","room:a","update",{"data":[1,255,0]}])"),
              ElementsAre(R"(a: update #1 ref="2" 01ff00)"));
  EXPECT_THAT(peer.hears(1, R"("2")", Accepted{}),
              ElementsAre(R"(["1","2","room:a","phx_reply",{"status":"ok","response":{}}])"));
  EXPECT_THAT(
      peer.hears(1, R"("3")", Refused{Refusal::read_only}),
      ElementsAre(
          R"(["1","3","room:a","phx_reply",{"status":"error","response":{"reason":"read_only"}}])"));
}

TEST(PhoenixSession, RefusesWhatIsNoUpdate) {  // PHX-20
  Peer peer;
  peer.join();
  for (const char* payload : {"{}", "[0,0]", "null", "\"AAA=\"", R"({"data":null})",
                              R"({"data":[256]})", R"({"data":[-1]})", R"({"data":[0.5]})",
                              R"({"data":[1e1]})", R"({"data":["0"]})", R"({"data":[0,[0]]})"}) {
    EXPECT_THAT(
        peer.says(R"(["1","2","room:a","update",)" + std::string(payload) + "]"),
        ElementsAre(
            R"(["1","2","room:a","phx_reply",{"status":"error","response":{"reason":"invalid_update"}}])"))
        << payload;
  }
}

Bytes binary_frame(std::string_view join_ref, std::string_view ref, std::string_view topic,
                   std::string_view event, const Bytes& payload) {
  Bytes out = bytes(0, join_ref.size(), ref.size(), topic.size(), event.size());
  for (const auto part : {join_ref, ref, topic, event}) append(out, part);
  append(out, ByteView(payload));
  return out;
}

TEST(PhoenixSession, SendsBinaryToThoseWhoSendIt) {  // PHX-22
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.says(binary_frame("1", "2", "room:a", "update", bytes(1, 2))),
              ElementsAre("a: audience #1 3 room:a", R"(a: update #1 ref="2" 0102)"));
  EXPECT_THAT(peer.says(binary_frame("1", "3", "room:a", "update", {})),
              ElementsAre(R"(a: update #1 ref="3" )"));
  EXPECT_THAT(peer.hears(1, R"("3")", Refused{Refusal::invalid_update}),
              ElementsAre(StartsWith(R"(["1","3","room:a","phx_reply",{"status":"error")")));
  EXPECT_THAT(peer.says(binary_frame("0", "4", "room:a", "update", bytes(1))), IsEmpty());
}

TEST(PhoenixSession, SendsTextWhereTheTopicIsTooLongForBinary) {  // PHX-22
  Peer peer;
  const std::string room(251, 'x');
  peer.says(R"(["1","1","room:)" + room + R"(","phx_join",{"state_vector":"AA=="}])");
  peer.hears(1, R"("1")", Peer::empty_room());
  EXPECT_EQ(peer.session().audience(1).encoding, static_cast<std::uint8_t>(Encoding::v2_text));
}

TEST(PhoenixSession, TakesBinaryPayloadsForUpdatesAlone) {  // PHX-25
  Peer peer;
  peer.join();
  const auto refused = [&](std::string_view event, std::string_view reason) {
    EXPECT_THAT(
        peer.says(binary_frame("1", "2", "room:a", event, bytes('{', '}'))),
        ElementsAre(R"(["1","2","room:a","phx_reply",{"status":"error","response":{"reason":")" +
                    std::string(reason) + R"("}}])"));
  };
  refused("awareness", "invalid_awareness");
  refused("presence", "invalid_presence");
  refused("other", "unknown_event");
  EXPECT_THAT(peer.says(binary_frame("3", "3", "room:b", "phx_join", bytes(1))),
              ElementsAre(R"(b: join #2 ref="3" key=u {})"));
}

TEST(PhoenixSession, RelaysAwarenessAsItCame) {  // PHX-26
  Peer peer;
  peer.join();
  for (const char* payload :
       {"{}", "null", "[1, 2]", R"({ "x" : 100000000000000000000, "y":1.10, "z":"\ud83d" })"}) {
    EXPECT_THAT(peer.says(R"(["1","2","room:a","awareness",)" + std::string(payload) + "]"),
                ElementsAre("a: relay #1 awareness " + std::string(payload)));
  }
}

TEST(PhoenixSession, BoundsAwareness) {  // PHX-26
  Limits limits;
  limits.awareness_bytes_max = 6;
  Peer peer({{"vsn", "2.0.0"}, {"user_id", "u"}}, limits);
  peer.join();
  EXPECT_EQ(peer.says(R"(["1","2","room:a","awareness","abcd"])").size(), 1U);
  EXPECT_THAT(
      peer.says(R"(["1","2","room:a","awareness","abcde"])"),
      ElementsAre(
          R"(["1","2","room:a","phx_reply",{"status":"error","response":{"reason":"too_large"}}])"));
}

TEST(PhoenixSession, ChangesPresence) {  // PHX-23
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.says(R"(["1","2","room:a","presence",{"color":"#808080","name":"Ann","x":1}])"),
              ElementsAre(R"(a: presence #1 ref="2" {"name":"Ann","color":"#808080"})"));
  EXPECT_THAT(
      peer.says(R"(["1","3","room:a","presence",{"color":"grey"}])"),
      ElementsAre(
          R"(["1","3","room:a","phx_reply",{"status":"error","response":{"reason":"invalid_presence"}}])"));
}

TEST(PhoenixSession, ShowsPresenceStateToTheNewcomer) {  // PHX-24
  Peer peer;
  peer.join();
  const std::vector<PresenceEntry> entries{{"u", {{"r1", "", 1700000000, ""}}}};
  EXPECT_THAT(
      peer.hears(1, "", PresenceState{std::make_shared<const std::vector<PresenceEntry>>(entries)}),
      ElementsAre(
          R"(["1",null,"room:a","presence_state",{"u":{"metas":[{"online_at":"1700000000","phx_ref":"r1"}]}}])"));
}

TEST(PhoenixSession, PushesToOneMemberCarryItsJoinRef) {  // PHX-2
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.hears(1, "", PresenceDiff{}),
              ElementsAre(R"(["1",null,"room:a","presence_diff",{"joins":{},"leaves":{}}])"));
  EXPECT_THAT(peer.hears(1, "", DocumentUpdate{share(bytes(0, 0))}),
              ElementsAre(R"(["1",null,"room:a","update",{"data":[0,0]}])"));
  EXPECT_THAT(peer.hears(1, "", Relayed{"awareness", share(bytes('5'))}),
              ElementsAre(R"(["1",null,"room:a","awareness",5])"));
}

TEST(PhoenixSession, AnswersUnknownEvents) {  // PHX-25
  Peer peer;
  peer.join();
  for (const char* event : {"\"new_msg\"", "\"phx_reply\"", "\"phx_close\"", "\"\"", "5", "null",
                            "\"heartbeat\"", "\"UPDATE\""}) {
    EXPECT_THAT(
        peer.says(R"(["1","2","room:a",)" + std::string(event) + ",{}]"),
        ElementsAre(
            R"(["1","2","room:a","phx_reply",{"status":"error","response":{"reason":"unknown_event"}}])"))
        << event;
  }
}

TEST(PhoenixSession, TellsOfABrokenRoom) {  // PHX-27
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.hears(1, "", RoomFailed{}),
              ElementsAre(R"(["1","1","room:a","phx_error",{"reason":"channel_crash"}])"));
  EXPECT_THAT(peer.says(R"(["1","2","room:a","update",{"data":[0,0]}])"),
              ElementsAre(testing::HasSubstr("unmatched topic")));
  EXPECT_THAT(peer.says(R"(["3","3","room:a","phx_join",{}])"),
              ElementsAre(R"(a: join #2 ref="3" key=u {})"));
  Peer old(kV1);
  old.says(R"({"topic":"room:a","event":"phx_join","payload":{},"ref":"1"})");
  old.hears(1, R"("1")", Peer::empty_room());
  EXPECT_THAT(
      old.hears(1, "", RoomFailed{}),
      ElementsAre(
          R"({"ref":null,"topic":"room:a","event":"phx_error","payload":{"reason":"channel_crash"}})"));
}

TEST(PhoenixSession, TellsOfADeletedRoomAndClosesItsChannel) {  // PHX-41
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.hears(1, "", RoomDeleted{}),
              ElementsAre(R"(["1",null,"room:a","room_deleted",{}])",
                          R"(["1","1","room:a","phx_close",{}])"));
  EXPECT_THAT(peer.says(R"(["1","2","room:a","update",{"data":[0,0]}])"),
              ElementsAre(testing::HasSubstr("unmatched topic")));
  peer.says(R"(["3","3","room:a","phx_join",{}])");
  EXPECT_THAT(
      peer.hears(2, R"("3")", RoomDeleted{}),
      ElementsAre(
          R"(["3","3","room:a","phx_reply",{"status":"error","response":{"reason":"room_deleted"}}])"));
}

TEST(PhoenixSession, TellsANewcomerOfTheDisk) {  // PHX-40
  Peer peer;
  peer.join();
  EXPECT_THAT(peer.hears(1, "", StorageNotice{StorageState::full}),
              ElementsAre(R"(["1",null,"room:a","storage",{"state":"full"}])"));
}

TEST(PhoenixSession, LeavesEveryRoomWhenItsConnectionGoes) {  // PHX-28
  Peer peer;
  peer.join();
  peer.says(R"(["2","2","room:b","phx_join",{}])");  // not answered yet
  EXPECT_THAT(peer.goes(LeaveReason::lost), ElementsAre("a: leave #1 lost", "b: leave #2 lost"));
  EXPECT_THAT(peer.hears(2, R"("2")", Peer::empty_room()), IsEmpty());
  EXPECT_THAT(peer.goes(LeaveReason::left), IsEmpty());
}

TEST(PhoenixSession, KeepsTopicsByteForByte) {  // PHX-11
  Peer peer;
  EXPECT_THAT(peer.says(R"(["1","1","room:a%20\"é:*","phx_join",{}])"),
              ElementsAre("a%20\"é:*: join #1 ref=\"1\" key=u {}"));
  EXPECT_THAT(peer.hears(1, R"("1")", Peer::empty_room()),
              ElementsAre(StartsWith(R"(["1","1","room:a%20\"é:*","phx_reply")")));
  EXPECT_THAT(peer.says(R"(["2","2","room:a","phx_join",{}])"),
              ElementsAre(StartsWith("a: join #2")));
}
}  // namespace
}  // namespace righttask::protocol::phoenix
