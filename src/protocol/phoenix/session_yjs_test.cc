#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "protocol/phoenix/session.h"
#include "protocol/phoenix/testing/session_peer.h"

namespace righttask::protocol::phoenix {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// A binary push of a client on its only channel, join_ref and ref "1" and "2".
Bytes push(std::string_view topic, std::string_view event, const Bytes& message) {
  Bytes out = bytes(0, 1, 1, topic.size(), event.size(), '1', '2');
  append(out, topic);
  append(out, event);
  append(out, ByteView(message));
  return out;
}

std::string hex_text(std::string_view text) {
  return hex(byte_view(text));
}

/// A push of the server to join_ref "1", as hex.
std::string yjs_push(std::string_view topic, const std::string& message) {
  return hex(bytes(0, 1, topic.size(), 3, '1')) + hex_text(topic) + hex_text("yjs") + message;
}

/// A broadcast of it, as hex.
std::string yjs_broadcast(std::string_view topic, const std::string& message) {
  return hex(bytes(2, topic.size(), 3)) + hex_text(topic) + hex_text("yjs") + message;
}

std::string error(std::string_view topic, std::string_view reason) {
  return R"(["1","2",")" + std::string(topic) +
         R"(","phx_reply",{"status":"error","response":{"reason":")" + std::string(reason) +
         R"("}}])";
}

constexpr std::string_view kTopic = "y_doc_room:a";
const Bytes kStep1 = bytes(0, 0, 1, 0);

/// In y_doc_room:a, as channel 1.
class YPeer : public Peer {
 public:
  YPeer() {
    EXPECT_THAT(says(R"(["1","1","y_doc_room:a","phx_join",{}])"),
                ElementsAre(R"(a: join #1 ref="1" key=u {} later)"));
    EXPECT_THAT(
        hears(1, R"("1")", Peer::empty_room()),
        ElementsAre(R"(["1","1","y_doc_room:a","phx_reply",{"status":"ok","response":{}}])"));
  }
};

TEST(PhoenixSessionOfYjs, JoinsWithoutBeingGivenTheState) {  // YJS-3
  YPeer peer;
  EXPECT_EQ(peer.session().audience(1),
            (Audience{static_cast<std::uint8_t>(Encoding::v2_yjs), "y_doc_room:a"}));
  EXPECT_THAT(peer.says(R"(["3","3","room:a","phx_join",{}])"),
              ElementsAre(R"(a: join #2 ref="3" key=u {})"))
      << "the other topic of the room";
  EXPECT_THAT(peer.says(R"(["4","4","y_doc_room:b","phx_join",{"state_vector":"AA=="}])"),
              ElementsAre(R"(b: join #3 ref="4" key=u {} have=00)"));
  EXPECT_THAT(
      peer.hears(3, R"("4")", Joined{share(bytes(1, 2)), bytes(3)}),
      ElementsAre(
          R"(["4","4","y_doc_room:b","phx_reply",{"status":"ok","response":{"update":"AQI=","state_vector":"Aw=="}}])"));
}

TEST(PhoenixSessionOfYjs, NeedsBinaryFrames) {  // YJS-3
  Peer old(std::vector<std::pair<std::string, std::string>>{{"vsn", "1.0.0"}});
  EXPECT_THAT(
      old.says(R"({"topic":"y_doc_room:a","event":"phx_join","payload":{},"ref":"1"})"),
      ElementsAre(
          R"({"ref":"1","topic":"y_doc_room:a","event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}}})"));
  Peer peer;
  const std::string longest(244, 'x');
  EXPECT_THAT(peer.says(R"(["1","2","y_doc_room:)" + longest + R"(x","phx_join",{}])"),
              ElementsAre(HasSubstr("topic is longer than 255 bytes")));
  EXPECT_THAT(peer.says(R"(["1","2","y_doc_room:)" + longest + R"(","phx_join",{}])"),
              ElementsAre(HasSubstr("join #1")));
  EXPECT_THAT(peer.says(R"(["1","2","y_doc_room:","phx_join",{}])"),
              ElementsAre(HasSubstr("room name is empty")));
}

TEST(PhoenixSessionOfYjs, AnswersStep1WithBothHalvesOfTheSync) {  // YJS-5
  YPeer peer;
  EXPECT_THAT(peer.says(push(kTopic, "yjs_sync", kStep1)),
              ElementsAre(R"(a: sync #1 ref=~"2" have=00)"));
  EXPECT_THAT(peer.says(push(kTopic, "yjs", kStep1)), ElementsAre(R"(a: sync #1 ref=~"2" have=00)"))
      << "the events differ in name alone";
  EXPECT_THAT(peer.hears(1, R"(~"2")", SyncAnswer{share(bytes(0, 0)), bytes(1, 7, 3)}),
              ElementsAre(yjs_push(kTopic, "0001020000"), yjs_push(kTopic, "000003010703")));
  EXPECT_THAT(peer.hears(1, "", AwarenessUpdate{share(bytes(1, 100, 1, 2, '{', '}'))}),
              ElementsAre(yjs_push(kTopic, "010601640102" + hex_text("{}"))));
}

// Taken from the wire between y-phoenix-channel 0.1.1 and a server.
TEST(PhoenixSessionOfYjs, SpeaksGoldenBytes) {  // YJS-4, YJS-5, YJS-7
  Peer peer;
  peer.says(R"(["3","3","room:demo","phx_join",{"x":1}])");
  peer.hears(1, R"("3")", Peer::empty_room());
  const Bytes step1 = bytes(0, 1, 1, 9, 8, '3', '4', 'r', 'o', 'o', 'm', ':', 'd', 'e', 'm', 'o',
                            'y', 'j', 's', '_', 's', 'y', 'n', 'c', 0, 0, 1, 0);
  EXPECT_THAT(peer.says(step1),
              ElementsAre("demo: audience #1 4 room:demo", R"(demo: sync #1 ref=~"4" have=00)"));
  EXPECT_THAT(peer.hears(1, R"(~"4")", SyncAnswer{share(bytes(0, 0)), bytes(0)}),
              ElementsAre("0001090333" + hex_text("room:demo") + "796a73" + "0001020000",
                          "0001090333" + hex_text("room:demo") + "796a73" + "00000100"));
  const Bytes update = bytes(1, 1, 100, 0, 40, 1, 1, 'm', 1, 'k', 1, 'w', 1, 'v', 0);
  const auto frame = peer.dialect().encode_broadcast(peer.session().audience(1),
                                                     DocumentUpdate{share(Bytes(update))});
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->kind, FrameKind::binary);
  EXPECT_EQ(hex(frame->payload), "020903726f6f6d3a64656d6f796a7300020f" + hex(update));
}

TEST(PhoenixSessionOfYjs, TakesUpdatesWithoutAnAnswer) {  // YJS-6
  YPeer peer;
  for (const int kind : {1, 2}) {
    EXPECT_THAT(peer.says(push(kTopic, "yjs", bytes(0, kind, 2, 0, 0))),
                ElementsAre(R"(a: update #1 ref=~"2" 0000)"));
  }
  EXPECT_THAT(peer.hears(1, R"(~"2")", Accepted{}), IsEmpty());
  EXPECT_THAT(peer.hears(1, R"(~"2")", Refused{Refusal::read_only}),
              ElementsAre(error(kTopic, "read_only")));
  // An update in the way of the other topic is answered in its way.
  EXPECT_THAT(peer.says(R"(["1","5","y_doc_room:a","update",{"data":[0,0]}])"),
              ElementsAre(R"(a: update #1 ref="5" 0000)"));
  EXPECT_THAT(peer.hears(1, R"("5")", Accepted{}),
              ElementsAre(R"(["1","5","y_doc_room:a","phx_reply",{"status":"ok","response":{}}])"));
}

TEST(PhoenixSessionOfYjs, TakesAwareness) {  // YJS-8
  YPeer peer;
  EXPECT_THAT(peer.says(push(kTopic, "yjs", bytes(1, 6, 1, 100, 0, 2, '{', '}'))),
              ElementsAre(R"(a: awareness #1 ref=~"2" 016400027b7d)"));
  EXPECT_THAT(peer.says(push(kTopic, "yjs", bytes(3))),
              ElementsAre(R"(a: who is here #1 ref=~"2")"));
  EXPECT_THAT(peer.hears(1, R"(~"2")", AwarenessUpdate{share(bytes(0))}),
              ElementsAre(yjs_push(kTopic, "010100")));
  EXPECT_THAT(peer.hears(1, R"(~"2")", Refused{Refusal::rate_limited}),
              ElementsAre(error(kTopic, "rate_limited")));
}

TEST(PhoenixSessionOfYjs, BroadcastsInItsOwnWay) {  // YJS-7
  YPeer peer;
  const Audience audience = peer.session().audience(1);
  const auto shown = [&](const ServerMessage& message) {
    const auto frame = peer.dialect().encode_broadcast(audience, message);
    if (!frame) return std::string("nothing");
    return frame->kind == FrameKind::binary ? hex(frame->payload)
                                            : std::string(as_text(frame->payload));
  };
  EXPECT_EQ(shown(DocumentUpdate{share(bytes(0, 0))}), yjs_broadcast(kTopic, "0002020000"));
  EXPECT_EQ(shown(AwarenessUpdate{share(bytes(1, 100, 1, 4, 'n', 'u', 'l', 'l'))}),
            yjs_broadcast(kTopic, "0108016401046e756c6c"));
  EXPECT_EQ(shown(Relayed{"awareness", share(bytes('5'))}), "nothing");
  EXPECT_EQ(shown(PresenceDiff{}),
            R"([null,null,"y_doc_room:a","presence_diff",{"joins":{},"leaves":{}}])");
  EXPECT_EQ(shown(StorageNotice{StorageState::full}),
            R"([null,null,"y_doc_room:a","storage",{"state":"full"}])");
  // To those on the room's topic who have not shown that they understand it, nothing.
  for (const auto encoding : {Encoding::v1_text, Encoding::v2_text, Encoding::v2_binary}) {
    EXPECT_FALSE(peer.dialect().encode_broadcast({static_cast<std::uint8_t>(encoding), "room:a"},
                                                 AwarenessUpdate{share(bytes(0))}));
  }
}

TEST(PhoenixSessionOfYjs, PassesOverWhatItDoesNotKnow) {  // YJS-2, YJS-9
  YPeer peer;
  for (const Bytes& message : {bytes(2, 0, 0), bytes(102, 1, 0), bytes(0, 3, 0)}) {
    EXPECT_THAT(peer.says(push(kTopic, "yjs", message)),
                ElementsAre(error(kTopic, "unknown_message")));
  }
  EXPECT_THAT(peer.says(R"(["1","2","y_doc_room:a","yjs",{}])"),
              ElementsAre(error(kTopic, "unknown_message")));
  EXPECT_THAT(peer.says(push(kTopic, "yjs", bytes(3))), ElementsAre(StartsWith("a: who is here")));
}

TEST(PhoenixSessionOfYjs, EndsAChannelThatSendsBrokenMessages) {  // YJS-2
  for (const Bytes& message : {Bytes(), bytes(0, 2, 5, 0), bytes(1), bytes(0x80)}) {
    YPeer peer;
    EXPECT_THAT(
        peer.says(push(kTopic, "yjs", message)),
        ElementsAre("a: leave #1 lost",
                    R"(["1","1","y_doc_room:a","phx_error",{"reason":"invalid_message"}])"));
    EXPECT_THAT(peer.says(push(kTopic, "yjs", kStep1)), ElementsAre(HasSubstr("unmatched topic")));
  }
}

TEST(PhoenixSessionOfYjs, EndsAChannelWithACopyOfADeletedRoom) {  // YJS-10, PHX-41
  YPeer peer;
  EXPECT_THAT(peer.hears(1, R"(~"2")", Refused{Refusal::room_deleted}),
              ElementsAre(error(kTopic, "room_deleted"), "a: leave #1 left",
                          R"(["1",null,"y_doc_room:a","room_deleted",{}])",
                          R"(["1","1","y_doc_room:a","phx_close",{}])"));
  Peer other;
  other.join();
  EXPECT_EQ(other.hears(1, R"("2")", Refused{Refusal::room_deleted}).size(), 1U)
      << "clients of the other topic know what to do";
}

TEST(PhoenixSessionOfYjs, WaitsForTheJoin) {  // PHX-19
  Peer peer;
  peer.says(R"(["1","1","y_doc_room:a","phx_join",{}])");
  EXPECT_THAT(peer.says(push(kTopic, "yjs_sync", kStep1)), IsEmpty());
  EXPECT_THAT(peer.hears(1, R"("1")", Peer::empty_room()),
              ElementsAre(R"(["1","1","y_doc_room:a","phx_reply",{"status":"ok","response":{}}])",
                          R"(a: sync #1 ref=~"2" have=00)"));
}

TEST(PhoenixSessionOfYjs, AsksForWhatWasWrittenWhileItWasNotTaken) {  // YJS-11
  YPeer peer;
  EXPECT_THAT(peer.hears(1, "", SyncAsked{bytes(1, 7, 3)}),
              ElementsAre(yjs_push(kTopic, "000003010703")));
  Peer other;
  other.join();
  EXPECT_THAT(other.hears(1, "", SyncAsked{bytes(0)}), IsEmpty());
}

TEST(PhoenixSessionOfYjs, NamesJoinRefsThatAreNoStrings) {  // YJS-5
  struct Case {
    std::string join_ref;
    Bytes head;  // sizes and join_ref
  };
  const Case cases[] = {
      {"7", bytes(0, 1, 12, 3, '7')},
      {R"("\u00e9")", bytes(0, 2, 12, 3, 0xc3, 0xa9)},
  };
  for (const auto& c : cases) {
    Peer peer;
    peer.says("[" + c.join_ref + R"(,"9","y_doc_room:a","phx_join",{}])");
    peer.hears(1, R"("9")", Peer::empty_room());
    EXPECT_THAT(peer.hears(1, "", AwarenessUpdate{share(bytes(0))}),
                ElementsAre(StartsWith(hex(c.head) + hex_text(kTopic))))
        << c.join_ref;
  }
}

}  // namespace
}  // namespace righttask::protocol::phoenix
