#include "loadgen/dialect.h"

#include <gtest/gtest.h>

#include <vector>

namespace righttask::loadgen {
namespace {

using std::string_literals::operator""s;

/// What was heard, in words.
class Heard : public Hearing {
 public:
  void joined(ByteView state) override { log.push_back("joined " + hex(state)); }
  void update(ByteView update) override { log.push_back("update " + hex(update)); }
  void acknowledged() override { log.push_back("acknowledged"); }
  void refused(std::string_view why) override { log.push_back("refused " + std::string(why)); }

  static std::string hex(ByteView bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
    return out;
  }

  std::vector<std::string> log;
};

/// One client of room 0, number 3, Yjs client 100.
class DialectTest : public ::testing::Test {
 protected:
  void speak(DialectName name, const std::string& token = "") {
    dialect = make_dialect(name, {.path = "", .query = "", .room_prefix = "r", .token = token});
    peer = {.member = 3, .room = 0, .client = 100};
  }

  /// The payloads of the frames written since the last call.
  std::vector<std::string> said() {
    std::vector<std::string> payloads;
    // Read as a server's would be, the mask of zeros taken out.
    std::string_view rest = out.bytes();
    while (!rest.empty()) {
      const auto size = static_cast<std::size_t>(rest[1] & 0x7f);
      EXPECT_LT(size, 127u);
      const std::size_t head = size == 126 ? 4 : 2;
      const std::size_t length =
          size == 126 ? static_cast<std::size_t>(static_cast<std::uint8_t>(rest[2])) << 8 |
                            static_cast<std::uint8_t>(rest[3])
                      : size;
      EXPECT_EQ(rest.substr(head, 4), "\0\0\0\0"s);
      payloads.emplace_back(rest.substr(head + 4, length));
      rest.remove_prefix(head + 4 + length);
    }
    out.clear();
    return payloads;
  }

  void hear_text(std::string_view message) {
    dialect->on_message(peer, Opcode::text, byte_view(message), out, heard);
  }
  void hear(const Bytes& message) {
    dialect->on_message(peer, Opcode::binary, message, out, heard);
  }

  std::unique_ptr<Dialect> dialect;
  Peer peer;
  Outgoing out;
  Heard heard;
};

using Said = std::vector<std::string>;

TEST_F(DialectTest, PhoenixJoinsByStateVectorAndSpeaksBinary) {
  speak(DialectName::phoenix, "a+b");
  EXPECT_EQ(dialect->request_target(peer), "/socket/websocket?vsn=2.0.0&token=a%2Bb");
  dialect->open(peer, out);
  EXPECT_EQ(said(), Said{R"(["1","1","room:r0","phx_join",{"state_vector":"AA==",)"
                         R"("user_id":"user-3","name":"User 3","color":"#336699"}])"});
  hear_text(R"(["1","1","room:r0","phx_reply",{"status":"ok","response":)"
            R"({"update":"AAA=","state_vector":"AA=="}}])");
  hear_text(R"(["1",null,"room:r0","presence_state",{}])");
  hear(bytes(2, 7, 6, 'r', 'o', 'o', 'm', ':', 'r', '0', 'u', 'p', 'd', 'a', 't', 'e', 1, 2));
  hear_text(R"(["1","u","room:r0","phx_reply",{"status":"ok","response":{}}])");
  EXPECT_EQ(heard.log, (Said{"joined 0000", "update 0102", "acknowledged"}));
  dialect->push_update(peer, bytes(1, 2), out);
  dialect->keep_alive(peer, out);
  EXPECT_EQ(said(), (Said{"\0\1\1\7\6"s + "1uroom:r0update\1\2",
                          R"([null,"h","phoenix","heartbeat",{}])"}));
}

TEST_F(DialectTest, PhoenixTellsRefusalsFromAnswers) {
  speak(DialectName::phoenix);
  hear_text(
      R"(["1","1","room:r0","phx_reply",{"response":{"reason":"room-full"},"status":"error"}])");
  hear_text(R"(["1","u","room:r0","phx_reply",{"status":"error","response":{"reason":"x"}}])");
  hear_text(R"(["1","1","room:r0","phx_close",{}])");
  hear_text(R"([null,"h","phoenix","phx_reply",{"status":"ok","response":{}}])");
  ASSERT_EQ(heard.log.size(), 3u);
  for (const std::string& line : heard.log) EXPECT_TRUE(line.starts_with("refused [")) << line;
}

TEST_F(DialectTest, PhoenixJsonSpeaksListsOfIntegers) {
  speak(DialectName::phoenix_json);
  dialect->open(peer, out);
  EXPECT_EQ(said(), Said{R"(["1","1","room:r0","phx_join",{}])"});
  hear_text(R"(["1","1","room:r0","phx_reply",{"status":"ok","response":{"state":[0,0]}}])");
  hear_text(R"([null,null,"room:r0","update",{"data":[1,255,16]}])");
  hear_text(R"([null,null,"room:r0","presence_diff",{"joins":{},"leaves":{}}])");
  EXPECT_EQ(heard.log, (Said{"joined 0000", "update 01ff10"}));
  dialect->push_update(peer, bytes(1, 255, 16), out);
  EXPECT_EQ(said(), Said{R"(["1","u","room:r0","update",{"data":[1,255,16]}])"});
}

// The bytes are those of y-websocket 3.1.0 with y-protocols 1.0.7, for this user.
TEST_F(DialectTest, YWebsocketSyncsAndShowsItself) {
  speak(DialectName::y_websocket, "t");
  EXPECT_EQ(dialect->request_target(peer), "/r0?token=t");
  dialect->open(peer, out);
  const std::string state = R"({"user":{"name":"User 3","color":"#336699"}})";
  EXPECT_EQ(said(), (Said{"\0\0\1\0"s, "\1\x30\1\x64\1\x2c"s + state}));
  hear(bytes(0, 0, 1, 0));
  EXPECT_EQ(said(), Said{"\0\1\2\0\0"s});
  hear(bytes(0, 2, 2, 9, 9));  // before the state, which will hold it
  hear(bytes(0, 1, 2, 0, 0));
  hear(bytes(1, 1, 0));
  hear(bytes(0, 2, 3, 1, 2, 3));
  EXPECT_EQ(heard.log, (Said{"joined 0000", "update 010203"}));
  dialect->push_update(peer, bytes(1, 2, 3), out);
  EXPECT_EQ(said(), Said{"\0\2\3\1\2\3"s});
  hear(bytes(2, 0, 4, 'n', 'o', 'p', 'e'));
  EXPECT_EQ(heard.log.back(), "refused nope");
}

// The bytes are those of @hocuspocus/provider 4.8.0 and @hocuspocus/server 4.7.0, for this user.
TEST_F(DialectTest, HocuspocusAddressesEveryMessage) {
  speak(DialectName::hocuspocus, "ok");
  EXPECT_EQ(dialect->request_target(peer), "/");
  dialect->open(peer, out);
  const auto opening = said();
  ASSERT_EQ(opening.size(), 3u);
  EXPECT_EQ(opening[0], "\2r0\2\0\2ok\5"s + "4.8.0");
  EXPECT_EQ(opening[1], "\2r0\0\0\1\0"s);
  EXPECT_TRUE(opening[2].starts_with("\2r0\1\x30\1\x64\1\x2c"));
  hear(bytes(2, 'r', '0', 2, 2, 10, 'r', 'e', 'a', 'd', '-', 'w', 'r', 'i', 't', 'e'));
  hear(bytes(2, 'r', '0', 0, 0, 1, 0));
  EXPECT_EQ(said(), Said{"\2r0\0\1\2\0\0"s});
  hear(bytes(2, 'r', '0', 0, 1, 2, 0, 0));
  hear(bytes(2, 'r', '0', 8, 1));  // answers the step 2
  dialect->push_update(peer, bytes(7), out);
  EXPECT_EQ(said(), Said{"\2r0\0\2\1\7"s});
  hear(bytes(2, 'r', '0', 8, 1));
  hear(bytes(9));
  EXPECT_EQ(said(), Said{"\x0a"s});
  hear(bytes(2, 'r', '0', 8, 0));
  hear(bytes(2, 'r', '0', 2, 1, 4, 'n', 'o', 'p', 'e'));
  EXPECT_EQ(heard.log, (Said{"joined 0000", "acknowledged", "refused an update was not applied",
                             "refused nope"}));
}

// The frames are those of socket.io-client and socket.io 4.8.4.
TEST_F(DialectTest, SocketIoSendsUpdatesAsAttachments) {
  speak(DialectName::socket_io);
  EXPECT_EQ(dialect->request_target(peer), "/socket.io/?EIO=4&transport=websocket");
  dialect->open(peer, out);
  EXPECT_EQ(said(), Said{});
  hear_text(R"(0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000})");
  EXPECT_EQ(said(), Said{"40"});
  hear_text(R"(40{"sid":"y"})");
  EXPECT_EQ(said(), Said{R"(42["join-room","r0"])"});
  hear_text(R"(451-["sync-state",{"_placeholder":true,"num":0}])");
  hear(bytes(0, 0));
  EXPECT_EQ(said(), Said{R"(42["awareness",{"user":{"name":"User 3","color":"#336699"}}])"});
  hear_text("2");
  EXPECT_EQ(said(), Said{"3"});
  hear_text(R"(451-["update",{"_placeholder":true,"num":0}])");
  hear(bytes(1, 2));
  hear_text(R"(42["awareness",{}])");
  hear(bytes(5));  // announced by nothing
  EXPECT_EQ(heard.log, (Said{"joined 0000", "update 0102"}));
  dialect->push_update(peer, bytes(1, 2), out);
  EXPECT_EQ(said(), (Said{R"(451-["update",{"_placeholder":true,"num":0}])", "\1\2"}));
}

TEST(Frames, AreTakenWholeAndInOrder) {
  const std::string wire =
      "\x81\2hi\x02\1a\x80\1b\x82\x7e\1\0"s + std::string(256, 'z') + "\x82\5ab"s;
  std::string_view rest = wire;
  Frame frame{};
  std::uint64_t needed = 0;
  ASSERT_TRUE(take_frame(rest, frame, needed));
  EXPECT_EQ(frame.opcode, Opcode::text);
  EXPECT_EQ(frame.payload, "hi");
  ASSERT_TRUE(take_frame(rest, frame, needed));
  EXPECT_FALSE(frame.last);
  ASSERT_TRUE(take_frame(rest, frame, needed));
  EXPECT_EQ(frame.opcode, Opcode::continuation);
  EXPECT_TRUE(frame.last);
  ASSERT_TRUE(take_frame(rest, frame, needed));
  EXPECT_EQ(frame.payload.size(), 256u);
  EXPECT_FALSE(take_frame(rest, frame, needed));
  EXPECT_EQ(needed, 7u);
  EXPECT_EQ(rest.size(), 4u);
}

TEST(Frames, SayTheirLengthInTheLeastThatHoldsIt) {
  for (const auto& [size, head] :
       {std::pair<std::size_t, std::size_t>{125, 6}, {126, 8}, {65'535, 8}, {65'536, 14}}) {
    Outgoing out;
    out.binary(Bytes(size, 'x'));
    EXPECT_EQ(out.bytes().size(), size + head);
  }
}

}  // namespace
}  // namespace righttask::loadgen
