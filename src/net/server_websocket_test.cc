#include "net/testing/echo_server.h"

// Rules WS-n: docs/spec/websocket.md, HTTP-n: docs/spec/http.md.

namespace righttask::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Client;
using testing::client_frame;
using testing::Diary;
using testing::upgrade_request;

using ServerWebSocketTest = testing::EchoServerTest;

TEST_F(ServerWebSocketTest, UpgradesAndEchoes) {
  start();
  handler.upgrade.headers = {{"Sec-WebSocket-Protocol", "phoenix"}};
  Client& client = connect();
  client.send(upgrade_request("/socket"));
  ASSERT_TRUE(receives(client, "\r\n\r\n"));
  EXPECT_NE(client.received.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            std::string::npos);
  EXPECT_NE(client.received.find("Sec-WebSocket-Protocol: phoenix\r\n"), std::string::npos);
  EXPECT_EQ(client.received.find("Content-Length"), std::string::npos);
  client.received.clear();
  client.send(client_frame(1, byte_view("hello")));
  EXPECT_TRUE(receives(client, plain(frame(MessageKind::text, byte_view("hello")))));
  EXPECT_EQ(handler.diary, (Diary{"GET /socket", "open", "message hello"}));
  EXPECT_EQ(server->probe().websockets, 1U);
}

TEST_F(ServerWebSocketTest, ReadsFramesThatCameWithTheUpgrade) {
  start();
  Client& client = connect();
  Bytes all;
  append(all, upgrade_request());
  append(all, client_frame(2, byte_view("early")));
  client.send(all);
  EXPECT_TRUE(receives(client, "early"));
}

TEST_F(ServerWebSocketTest, RefusesBadHandshakes) {
  start();
  const auto without = [](std::string_view line, std::string_view instead) {
    std::string request = upgrade_request("/socket");
    const auto at = request.find(line);
    return request.replace(at, request.find("\r\n", at) + 2 - at, instead);
  };
  const struct {
    std::string request, want;
  } cases[] = {
      {without("Sec-WebSocket-Version", ""), "HTTP/1.1 426 "},
      {without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n"), "HTTP/1.1 426 "},
      {without("Sec-WebSocket-Key", ""), "HTTP/1.1 400 "},
      {without("Sec-WebSocket-Key", "Sec-WebSocket-Key: short\r\n"), "HTTP/1.1 400 "},
      {without("Upgrade", ""), "HTTP/1.1 400 "},
      {without("Connection", ""), "HTTP/1.1 400 "},
      {without("GET", "POST /socket HTTP/1.1\r\n"), "HTTP/1.1 400 "},
  };
  for (const auto& c : cases) {
    Client& client = connect();
    client.send(c.request);
    ASSERT_TRUE(until([&] { return client.ended; }));
    EXPECT_TRUE(client.received.starts_with(c.want)) << c.request << client.received;
    client.close();
  }
  EXPECT_TRUE(handler.open.empty());
}

TEST_F(ServerWebSocketTest, EchoesMessagesLargerThanAnyBuffer) {
  start();
  Client& client = open_socket();
  const Bytes payload(3u << 20, 'z');
  client.send(client_frame(2, payload));
  ASSERT_TRUE(until([&] { return client.received.size() == payload.size() + 10; }));
  EXPECT_EQ(client.received, plain(frame(MessageKind::binary, payload)));
  EXPECT_EQ(server->probe().outbox_bytes, 0U);
}

TEST_F(ServerWebSocketTest, SendsWhatATurnQueuedInOneCall) {
  start();
  Client& client = open_socket();
  handler.on_received = [&](ConnectionId id, ByteView) {
    for (int i = 0; i < 40; ++i) server->send(id, frame(MessageKind::text, byte_view("ab")));
  };
  const auto before = server->probe().sends_total;
  client.send(client_frame(1, byte_view("go")));
  ASSERT_TRUE(until([&] { return client.received.size() == 40 * 4; }));
  EXPECT_EQ(server->probe().sends_total - before, 1U);
}

TEST_F(ServerWebSocketTest, AnswersTheLatestPing) {
  start();
  Client& client = open_socket();
  Bytes pings;
  for (const std::string_view text : {"1", "2", "3"}) {
    append(pings, client_frame(9, byte_view(text)));
  }
  client.send(pings);
  ASSERT_TRUE(receives(client, "3"));
  EXPECT_TRUE(client.received.ends_with(plain(frame(FrameKind::pong, byte_view("3")))));
  EXPECT_EQ(handler.diary.size(), 2U);
}

TEST_F(ServerWebSocketTest, AnswersACloseAndEndsFirst) {
  start();
  Client& client = open_socket();
  client.send(client_frame(8, bytes(0x03, 0xe9)));
  ASSERT_TRUE(until([&] { return client.ended; }));
  EXPECT_FALSE(client.failed);
  EXPECT_EQ(client.received, plain(close_frame(1001, "")));
  EXPECT_EQ(handler.diary.back(), "close 1001 clean");
}

TEST_F(ServerWebSocketTest, ReportsALostConnectionOnce) {
  start();
  Client& client = open_socket();
  client.close();
  ASSERT_TRUE(until([&] { return handler.open.empty(); }));
  EXPECT_EQ(handler.diary.back(), "close 1006 lost");
  EXPECT_EQ(server->probe().connections, 0U);
  server->close(handler.last_id, 1000);
  server->send(handler.last_id, frame(MessageKind::text, {}));
  EXPECT_FALSE(server->is_open(handler.last_id));
  loop.turn(milliseconds{0});
}

TEST_F(ServerWebSocketTest, ClosesWhoBreaksTheProtocol) {
  start();
  Client& client = open_socket();
  client.send(bytes(0x81, 0x01, 'a'));
  ASSERT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(client.received, plain(close_frame(1002, "")));
  EXPECT_EQ(handler.diary.back(), "close 1002 lost");
  EXPECT_EQ(server->probe().protocol_errors_total, 1U);
}

// LIM-1
TEST_F(ServerWebSocketTest, RefusesAMessagePastTheLimitWhileItIsClaimed) {
  start();
  Client& client = open_socket();
  client.send(bytes(0x82, 0xff, 0, 0, 0, 0, 0x01, 0, 0, 0x01, 1, 2, 3, 4));  // 16 MiB + 1
  ASSERT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(client.received, plain(close_frame(1009, "")));
}

TEST_F(ServerWebSocketTest, ClosesAfterWhatIsQueuedAndWaitsForThePeer) {
  start();
  Client& client = open_socket();
  const ConnectionId id = handler.last_id;
  server->send(id, frame(MessageKind::text, byte_view("last")));
  server->close(id, 4000, "why");
  EXPECT_FALSE(server->is_open(id));
  EXPECT_EQ(handler.open.size(), 1U);  // not from within close
  const std::string want =
      plain(frame(MessageKind::text, byte_view("last"))) + plain(close_frame(4000, "why"));
  ASSERT_TRUE(until([&] { return client.received == want; }));
  EXPECT_EQ(handler.diary.back(), "close 4000 clean");
  client.send(client_frame(1, byte_view("too late")));
  client.send(client_frame(8, bytes(0x0f, 0xa0)));
  EXPECT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(handler.diary.back(), "close 4000 clean");
  EXPECT_EQ(server->probe().connections, 0U);
}

TEST_F(ServerWebSocketTest, GivesUpOnAPeerThatDoesNotAnswerAClose) {
  start();
  open_socket();
  server->close(handler.last_id, 1000);
  loop.turn(milliseconds{0});
  EXPECT_EQ(server->probe().connections, 1U);
  pass(milliseconds{6'500});
  EXPECT_EQ(server->probe().connections, 0U);
}

TEST_F(ServerWebSocketTest, ClosesFromInsideTheHandler) {
  start();
  Client& client = open_socket();
  handler.on_received = [&](ConnectionId id, ByteView payload) {
    if (as_text(payload) == "close") server->close(id, 4001, "");
    if (as_text(payload) == "drop") server->close_now(id);
  };
  client.send(client_frame(1, byte_view("close")));
  client.send(client_frame(1, byte_view("unheard")));
  ASSERT_TRUE(until([&] { return handler.open.empty(); }));
  EXPECT_EQ(handler.diary.back(), "close 4001 clean");

  Client& other = open_socket();
  other.send(client_frame(1, byte_view("drop")));
  ASSERT_TRUE(until([&] { return other.ended; }));
  EXPECT_EQ(handler.diary.back(), "close 1006 lost");
}

TEST_F(ServerWebSocketTest, KeepsMessagesForAPausedReader) {
  start();
  Client& client = open_socket();
  handler.on_received = [&](ConnectionId id, ByteView) { server->pause_reading(id); };
  Bytes three;
  for (const std::string_view text : {"a", "b", "c"}) {
    append(three, client_frame(1, byte_view(text)));
  }
  client.send(three);
  ASSERT_TRUE(until([&] { return handler.diary.back() == "message a"; }));
  for (int i = 0; i < 5; ++i) loop.turn(milliseconds{0});
  EXPECT_EQ(handler.diary.back(), "message a");
  pass(seconds{200});  // never idle
  EXPECT_EQ(handler.open.size(), 1U);
  server->resume_reading(handler.last_id);
  loop.turn(milliseconds{0});
  EXPECT_EQ(handler.diary.back(), "message b");
  handler.on_received = nullptr;
  server->resume_reading(handler.last_id);
  EXPECT_TRUE(receives(client, "c"));
}

// WS-14, LIM-2
TEST_F(ServerWebSocketTest, ClosesOnlyTheSlowReader) {
  start({.outbox_bytes_max = 1u << 20});
  Client& slow = open_socket("/socket", 4096);
  const ConnectionId slow_id = handler.last_id;
  Client& fast = open_socket();
  const ConnectionId ids[] = {slow_id, handler.last_id};
  slow.stalled = true;
  const SharedBytes message = frame(MessageKind::binary, Bytes(100'000, 'm'));
  std::size_t sent = 0;
  while (server->is_open(slow_id) && sent < 1000) {
    server->send_many(ids, message);
    ++sent;
    ASSERT_TRUE(until([&] { return fast.received.size() == sent * message->size(); }));
    EXPECT_LE(server->outbox_bytes(slow_id), (1u << 20) + message->size() + 64);
  }
  EXPECT_LT(sent, 1000U);
  EXPECT_EQ(handler.diary.back(), "close 1013 lost");
  EXPECT_EQ(handler.open.size(), 1U);
  EXPECT_EQ(server->probe().outbox_overflows_total, 1U);
  EXPECT_LT(server->probe().outbox_bytes, 200'000U);
  // What had begun to leave is finished, so that the close frame can be read.
  slow.stalled = false;
  ASSERT_TRUE(receives(slow, "too slow"));
  EXPECT_EQ((slow.received.size() - close_frame(1013, "too slow")->size()) % message->size(), 0U);
}

TEST_F(ServerWebSocketTest, TakesTheLargestMessageAndBurstsThatThePeerReads) {
  start({.outbox_bytes_max = 1u << 20});
  Client& client = open_socket("/socket", 8 << 20);
  const ConnectionId id = handler.last_id;
  server->send(id, frame(MessageKind::text, byte_view("small")));
  server->send(id, frame(MessageKind::binary, Bytes(3u << 20, 'l')));
  ASSERT_TRUE(until([&] { return client.received.size() > 3u << 20; }));
  client.received.clear();
  const SharedBytes part = frame(MessageKind::binary, Bytes(10'000, 'p'));
  for (int i = 0; i < 120; ++i) server->send(id, part);
  EXPECT_TRUE(until([&] { return client.received.size() == 120 * part->size(); }));
  EXPECT_TRUE(server->is_open(id));
}

TEST_F(ServerWebSocketTest, DoesNotCountWhatANewcomerIsOwed) {
  start({.outbox_bytes_max = 1u << 20});
  Client& client = open_socket();
  const ConnectionId id = handler.last_id;
  const SharedBytes state = frame(MessageKind::binary, Bytes(4u << 20, 's'));
  server->send(id, state, Server::Budget::exempt);
  server->send(id, frame(MessageKind::text, byte_view("update")));
  EXPECT_TRUE(receives(client, "update"));
  EXPECT_EQ(client.received.size(), state->size() + 8);
}

// LIM-30: each newcomer's state is a copy of its own, so those who do not read them are bounded
// too.
TEST_F(ServerWebSocketTest, ClosesWhoWouldBeOwedTooMuchInAll) {
  start({.owed_bytes_max = 20u << 20});
  const auto owe = [&](ConnectionId id) {
    server->send(id, frame(MessageKind::binary, Bytes(8u << 20, 's')), Server::Budget::exempt);
  };
  std::vector<ConnectionId> ids;
  for (int i = 0; i < 4; ++i) {
    open_socket("/socket", 4096).stalled = true;
    ids.push_back(handler.last_id);
  }
  for (int i = 0; i < 2; ++i) owe(ids[static_cast<std::size_t>(i)]);
  EXPECT_TRUE(server->is_open(ids[1]));
  owe(ids[2]);
  loop.turn(milliseconds{0});
  EXPECT_FALSE(server->is_open(ids[2]));
  EXPECT_EQ(handler.diary.back(), "close 1013 lost");
  EXPECT_EQ(server->probe().owed_overflows_total, 1U);
  EXPECT_LE(server->probe().owed_bytes, 20u << 20);
  // Those who read are owed nothing any more.
  clients[0].stalled = clients[1].stalled = false;
  ASSERT_TRUE(until([&] { return server->probe().owed_bytes == 0; }));
  owe(ids[3]);
  EXPECT_TRUE(server->is_open(ids[3]));
}

TEST_F(ServerWebSocketTest, OwesManyInOneTurnWhoRead) {  // LIM-30
  start({.owed_bytes_max = 1u << 20});
  std::vector<ConnectionId> ids;
  for (int i = 0; i < 20; ++i) {
    open_socket();
    ids.push_back(handler.last_id);
  }
  const SharedBytes state = frame(MessageKind::binary, Bytes(100'000, 's'));
  for (const ConnectionId id : ids) server->send(id, state, Server::Budget::exempt);
  EXPECT_TRUE(until([&] {
    return std::ranges::all_of(clients,
                               [&](const Client& c) { return c.received.size() == state->size(); });
  }));
  EXPECT_EQ(server->probe().owed_overflows_total, 0U);
}

// WS-15, LIM-9
TEST_F(ServerWebSocketTest, ClosesSilentSocketsOnly) {
  start();
  Client& silent = open_socket();
  Client& talking = open_socket();
  const ConnectionId talking_id = handler.last_id;
  Client& listening = open_socket();
  const ConnectionId listening_id = handler.last_id;
  for (int i = 0; i < 4; ++i) {
    pass(seconds{20});
    talking.send(client_frame(9, {}));
    server->send(listening_id, frame(MessageKind::text, {}));
    until([&] { return !talking.received.empty() && !listening.received.empty(); });
    talking.received.clear();
    listening.received.clear();
  }
  EXPECT_TRUE(receives(silent, plain(close_frame(1002, "idle"))));
  EXPECT_EQ(handler.diary.back(), "close 1002 lost");
  EXPECT_TRUE(server->is_open(talking_id));
  EXPECT_TRUE(server->is_open(listening_id));
}

TEST_F(ServerWebSocketTest, PingsWhenToldTo) {
  start({.ping_after = seconds{20}});
  Client& client = open_socket();
  pass(seconds{30});
  EXPECT_TRUE(receives(client, plain(frame(FrameKind::ping, {}))));
}

}  // namespace
}  // namespace righttask::net
