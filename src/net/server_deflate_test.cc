#include <algorithm>
#include <string>
#include <vector>

#include "net/testing/deflated_frame.h"
#include "net/testing/echo_server.h"

// permessage-deflate on real sockets. Rules WS-n: docs/spec/websocket.md, LIM-n:
// docs/spec/limits.md.

namespace righttask::net {
namespace {

using std::chrono::seconds;
using testing::Client;
using testing::client_frame;
using testing::ClientFrame;
using testing::deflated;
using testing::deflated_frame;
using testing::kCompressed;
using testing::upgrade_request;

class ServerDeflateTest : public testing::EchoServerTest {
 protected:
  static ServerOptions compressing(ServerOptions options = {}) {
    options.compress_above_bytes = 500;
    return options;
  }
  Client& open_deflating(std::string_view params = "") {
    Client& client = connect();
    client.send(upgrade_request(
        "/socket", "Sec-WebSocket-Extensions: permessage-deflate" + std::string(params) + "\r\n"));
    EXPECT_TRUE(receives(client, "\r\n\r\n"));
    EXPECT_NE(client.received.find("Sec-WebSocket-Extensions: permessage-deflate; "
                                   "server_no_context_takeover; client_no_context_takeover"),
              std::string::npos)
        << client.received;
    client.received.clear();
    return client;
  }
  /// Sends what breaks a rule, and expects the close.
  void closes(Client& client, const Bytes& sent, const SharedBytes& close) {
    client.send(sent);
    ASSERT_TRUE(until([&] { return client.ended; }));
    EXPECT_EQ(client.received, plain(close));
    EXPECT_TRUE(handler.open.empty());
  }
  /// Nothing the test sends is answered.
  void take_in_silence() {
    handler.on_received = [this](ConnectionId, ByteView payload) {
      heard.emplace_back(as_text(payload));
    };
  }

  std::vector<std::string> heard;
};

TEST_F(ServerDeflateTest, AgreesWhereItIsOfferedAndWanted) {  // WS-23
  start(compressing());
  open_deflating("; client_max_window_bits");
  EXPECT_EQ(server->probe().deflate_upgrades_total, 1U);
  Client& without = connect();
  without.send(upgrade_request("/socket"));
  ASSERT_TRUE(receives(without, "\r\n\r\n"));
  EXPECT_EQ(without.received.find("Extensions"), std::string::npos);
  EXPECT_EQ(server->probe().deflate_upgrades_total, 1U);
}

TEST_F(ServerDeflateTest, AgreesOnNothingWhenItIsOff) {  // WS-23, WS-2
  start();
  Client& client = connect();
  client.send(upgrade_request("/socket", "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  ASSERT_TRUE(receives(client, "\r\n\r\n"));
  EXPECT_EQ(client.received.find("Extensions"), std::string::npos);
  client.received.clear();
  closes(client, deflated_frame(1, byte_view("hello")), close_frame(1002, ""));
}

TEST_F(ServerDeflateTest, InflatesMessages) {  // WS-25
  start(compressing());
  Client& client = open_deflating();
  take_in_silence();
  const std::string large(300'000, 'l');
  client.send(deflated_frame(1, byte_view("hällo")));
  client.send(client_frame(1, byte_view("plain")));
  client.send(deflated_frame(2, byte_view(large)));
  client.send(deflated_frame(1, {}));
  ASSERT_TRUE(until([&] { return heard.size() == 4; }));
  EXPECT_EQ(heard, (std::vector<std::string>{"hällo", "plain", large, ""}));
  EXPECT_EQ(server->probe().inflated_total, 3U);
  EXPECT_EQ(server->probe().inflated_bytes_total, 6 + large.size());
}

TEST_F(ServerDeflateTest, InflatesFragmentsCutAnywhereWithPingsBetween) {  // WS-25, WS-9
  start(compressing());
  Client& client = open_deflating();
  take_in_silence();
  const Bytes payload = deflated(byte_view("ein Wörtchen, ein Wörtchen"));
  const ByteView all = payload;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool last = i + 1 == all.size();
    client.send(client_frame(ClientFrame{.opcode = i == 0 ? std::uint8_t{1} : std::uint8_t{0},
                                         .fin = last,
                                         .reserved = i == 0 ? kCompressed : std::uint8_t{0}},
                             all.subspan(i, 1)));
    loop.turn(std::chrono::milliseconds{1});
    if (i == 3) client.send(client_frame(9, byte_view("still there")));
  }
  ASSERT_TRUE(receives(client, "still there"));
  ASSERT_TRUE(until([&] { return !heard.empty(); }));
  EXPECT_EQ(heard, (std::vector<std::string>{"ein Wörtchen, ein Wörtchen"}));
}

TEST_F(ServerDeflateTest, RefusesTheBitWhereItHasNoMeaning) {  // WS-2
  const Bytes hello = deflated(byte_view("hello"));
  const Bytes begun = client_frame(ClientFrame{.fin = false, .reserved = kCompressed}, hello);
  Bytes continued = begun;
  append(continued, client_frame(ClientFrame{.opcode = 0, .reserved = kCompressed}, hello));
  const Bytes cases[] = {
      client_frame(ClientFrame{.opcode = 9, .reserved = kCompressed}, hello),
      client_frame(ClientFrame{.opcode = 8, .reserved = kCompressed}, {}),
      client_frame(ClientFrame{.reserved = 0x20}, hello),
      client_frame(ClientFrame{.reserved = 0x60}, hello),
      client_frame(ClientFrame{.reserved = 0x10}, hello),
      continued,
  };
  start(compressing());
  for (const Bytes& sent : cases) {
    SCOPED_TRACE(sent[0]);
    closes(open_deflating(), sent, close_frame(1002, ""));
  }
}

TEST_F(ServerDeflateTest, RefusesWhatDoesNotInflateToAMessage) {  // WS-26
  const Bytes cut = deflated(byte_view("a sentence that is cut off"));
  const Bytes cases[] = {
      client_frame(ClientFrame{.opcode = 2, .reserved = kCompressed}, bytes(0x06)),
      client_frame(ClientFrame{.opcode = 2, .reserved = kCompressed}, ByteView(cut).first(9)),
      client_frame(ClientFrame{.opcode = 2, .reserved = kCompressed}, {}),
      deflated_frame(1, bytes('n', 'o', 0xff)),
      deflated_frame(1, bytes(0xe2, 0x82)),
  };
  start(compressing());
  for (const Bytes& sent : cases) {
    SCOPED_TRACE(::testing::PrintToString(sent));
    closes(open_deflating(), sent, close_frame(1007, ""));
  }
  EXPECT_EQ(server->probe().inflate_refusals_total, std::size(cases));
  EXPECT_EQ(server->probe().protocol_errors_total, std::size(cases));
}

TEST_F(ServerDeflateTest, EndsABombAtTheLimitOfMessages) {  // WS-27, LIM-1
  start(compressing({.websocket = {.message_bytes_max = 1u << 20}}));
  take_in_silence();
  Client& client = open_deflating();
  client.send(deflated_frame(2, Bytes(1u << 20, 0)));
  ASSERT_TRUE(until([&] { return heard.size() == 1; }));
  closes(client, deflated_frame(2, Bytes((1u << 20) + 1, 0)), close_frame(1009, ""));
  Bytes blocks;
  for (int i = 0; i < 5000; ++i) append(blocks, bytes(0x00, 0x00, 0x00, 0xff, 0xff));
  closes(open_deflating(), client_frame(ClientFrame{.opcode = 2, .reserved = kCompressed}, blocks),
         close_frame(1008, ""));
}

// WS-18, LIM-22: what its messages become counts as if it had been sent, for the sender alone.
TEST_F(ServerDeflateTest, ChargesTheSenderForWhatIsInflated) {
  start(compressing(
      {.message_rate = {}, .byte_rate = {.per_second = 1u << 20, .burst = seconds{1}}}));
  poller->freeze();
  take_in_silence();
  Client& sender = open_deflating();
  Bytes three;
  for (int i = 0; i < 3; ++i) append(three, deflated_frame(2, Bytes(700'000, 'x')));
  sender.send(three);
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  EXPECT_EQ(heard.size(), 2U);  // the second went beyond
  Client& other = open_deflating();
  other.send(deflated_frame(1, byte_view("not held up")));
  ASSERT_TRUE(until([&] { return heard.size() == 3; }));
  EXPECT_EQ(heard.back(), "not held up");
  pass(seconds{2});
  EXPECT_TRUE(until([&] { return heard.size() == 4; }));
}

// LIM-40: whoever opens a socket for each bomb meets a bound over all.
TEST_F(ServerDeflateTest, BoundsWhatAllMayInflateBeyondTheOrdinary) {
  start(compressing());
  poller->freeze();
  take_in_silence();
  const Bytes bomb = deflated_frame(2, Bytes(16u << 20, 0));
  std::size_t taken = 0;
  for (; taken < 100; ++taken) {
    Client& client = open_deflating();
    client.send(bomb);
    ASSERT_TRUE(until([&] { return client.ended || heard.size() > taken; }));
    if (client.ended) {
      EXPECT_EQ(client.received, plain(close_frame(1013, "too much to inflate")));
      break;
    }
    client.close();
  }
  EXPECT_GT(taken,
            16U);  // 256 MiB beyond what their size would allow, and the one that goes past it
  EXPECT_LT(taken, 30U);
  const std::string ordinary(100'000, 'o');
  open_deflating().send(deflated_frame(2, byte_view(std::string_view(ordinary).substr(0, 60'000))));
  ASSERT_TRUE(until([&] { return heard.size() == taken + 1; }));
  pass(seconds{1});
  open_deflating().send(bomb);
  EXPECT_TRUE(until([&] { return heard.size() == taken + 2; }));
}

TEST_F(ServerDeflateTest, SendsLargeMessagesCompressedToWhoAgreed) {  // WS-28, WS-24
  start(compressing());
  std::vector<ConnectionId> ids;
  Client& first = open_deflating();
  ids.push_back(handler.last_id);
  Client& second = open_deflating();
  ids.push_back(handler.last_id);
  Client& small_window = open_deflating("; server_max_window_bits=9");
  ids.push_back(handler.last_id);
  Client& without = open_socket();
  ids.push_back(handler.last_id);
  const std::string text(5000, 't');
  const SharedBytes large = frame(MessageKind::text, byte_view(text));
  const SharedBytes small = frame(MessageKind::text, byte_view("small"));
  server->send_many(ids, small);
  server->send_many(ids, large);
  ASSERT_TRUE(until([&] {
    return std::ranges::none_of(clients, [](const Client& c) { return c.received.size() < 20; });
  }));
  EXPECT_EQ(first.received, second.received);
  EXPECT_EQ(without.received, plain(small) + plain(large));
  EXPECT_EQ(small_window.received, without.received);
  ASSERT_TRUE(first.received.starts_with(plain(small)));
  const std::string sent = first.received.substr(small->size());
  ASSERT_LT(sent.size(), 126U);
  EXPECT_EQ(static_cast<std::uint8_t>(sent[0]), 0xc1);
  Inflater inflater;
  const auto back = inflater.inflate(byte_view(sent).subspan(2), text.size());
  ASSERT_TRUE(back);
  EXPECT_EQ(as_text(*back), text);
  EXPECT_EQ(server->probe().compression.frames_total, 1U);
}

TEST_F(ServerDeflateTest, NeverCompressesCloseFramesAndPongs) {  // WS-28
  ServerOptions options;
  options.compress_above_bytes = 1;
  start(options);
  Client& client = open_deflating();
  const std::string payload(125, 'p');
  client.send(client_frame(9, byte_view(payload)));
  EXPECT_TRUE(receives(client, plain(frame(FrameKind::pong, byte_view(payload)))));
  client.received.clear();
  const std::string reason(100, 'r');
  server->close(handler.last_id, 4000, reason);
  EXPECT_TRUE(receives(client, plain(close_frame(4000, reason))));
}

TEST_F(ServerDeflateTest, KeepsNothingForAnIdleConnection) {  // WS-23
  start(compressing());
  Client& client = open_deflating();
  take_in_silence();
  client.send(deflated_frame(1, byte_view("one")));
  ASSERT_TRUE(until([&] { return heard.size() == 1; }));
  EXPECT_EQ(server->probe().incomplete_bytes, 0U);
  client.send(deflated_frame(1, byte_view("two")));  // by another decoder, which has to know
  ASSERT_TRUE(until([&] { return heard.size() == 2; }));
  EXPECT_EQ(heard.back(), "two");
}

TEST_F(ServerDeflateTest, ReadsACompressedMessageBehindItsOwnClose) {
  start(compressing());
  Client& client = open_deflating();
  server->close(handler.last_id, 1000);
  ASSERT_TRUE(receives(client, plain(close_frame(1000, ""))));
  client.send(deflated_frame(1, byte_view("crossed it")));
  client.send(client_frame(8, bytes(0x03, 0xe8)));
  EXPECT_TRUE(until([&] { return client.ended; }));
  EXPECT_FALSE(client.failed);
}

}  // namespace
}  // namespace righttask::net
