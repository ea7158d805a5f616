#include "net/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "net/handshake.h"
#include "net/testing/loopback.h"

// Rules WS-n: docs/spec/websocket.md, HTTP-n: docs/spec/http.md.

namespace righttask::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Client;
using testing::client_frame;
using testing::upgrade_request;

/// Echoes messages, answers "/" with its request, and keeps a diary.
struct EchoHandler final : Handler {
  HttpReply on_request(ConnectionId id, const HttpRequest& request) override {
    last_id = id;
    diary.push_back(request.method + " " + request.path);
    if (request.path == "/later") return Deferred{};
    if (request.path == "/big") {
      HttpResponse response;
      response.body = share(Bytes(1u << 20, 'b'));
      return response;
    }
    if (request.path == "/bad-header") {
      HttpResponse response;
      response.headers = {{"X", "a\r\nInjected: yes"}};
      return response;
    }
    if (request.path == "/socket" || is_websocket_upgrade(request)) return upgrade;
    return text_response(200, request.method + " " + request.path + "?" + request.query + " " +
                                  std::string(as_text(request.body)));
  }
  void on_open(ConnectionId id) override {
    open.push_back(id);
    diary.push_back("open");
    if (on_opened) on_opened(id);
  }
  void on_message(ConnectionId id, MessageKind kind, ByteView payload) override {
    diary.push_back("message " +
                    std::string(as_text(payload.first(std::min<std::size_t>(payload.size(), 20)))));
    if (on_received) return on_received(id, payload);
    if (echo) server->send(id, frame(kind, payload));
  }
  void on_close(ConnectionId id, std::uint16_t code, bool clean) override {
    EXPECT_EQ(std::erase(open, id), 1U);
    diary.push_back("close " + std::to_string(code) + (clean ? " clean" : " lost"));
  }

  Server* server = nullptr;
  Upgrade upgrade;
  bool echo = true;
  ConnectionId last_id;
  std::vector<ConnectionId> open;
  std::vector<std::string> diary;
  std::function<void(ConnectionId)> on_opened;
  std::function<void(ConnectionId, ByteView)> on_received;
};

using Diary = std::vector<std::string>;

class ServerTest : public ::testing::Test {
 protected:
  void start(const ServerOptions& options = {}) {
    server.emplace(loop, handler, options);
    handler.server = &*server;
    const auto listening = server->listen({.port = 0});
    ASSERT_TRUE(listening) << listening.error();
    port = *listening;
    ASSERT_GT(port, 0);
  }

  Client& connect(int receive_buffer = 0) { return clients.emplace_back(port, receive_buffer); }

  /// Turns the loop until `done`, moving all clients' bytes; false when it takes too long.
  bool until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + seconds{20};
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop.turn(milliseconds{1});
      for (Client& client : clients) {
        if (!client.stalled) client.pump();
      }
    }
    return true;
  }
  bool receives(Client& client, std::string_view text) {
    return until([&] { return client.received.find(text) != std::string::npos; });
  }
  /// As time passes for the server: in steps, so that each sweep happens.
  void pass(Duration time) {
    constexpr int kSteps = 64;
    for (int i = 0; i < kSteps; ++i) {
      poller->shift += time / kSteps;
      loop.turn(milliseconds{0});
    }
  }
  Client& open_socket(std::string_view path = "/socket", int receive_buffer = 0) {
    Client& client = connect(receive_buffer);
    client.send(upgrade_request(path));
    EXPECT_TRUE(receives(client, "\r\n\r\n"));
    EXPECT_TRUE(client.received.starts_with("HTTP/1.1 101 ")) << client.received;
    client.received.clear();
    return client;
  }
  static std::string plain(const SharedBytes& bytes) { return std::string(as_text(*bytes)); }

  testing::ShiftedPoller* poller = new testing::ShiftedPoller;
  runtime::Loop loop{std::unique_ptr<runtime::Poller>(poller)};
  EchoHandler handler;
  std::optional<Server> server;
  std::uint16_t port = 0;
  std::deque<Client> clients;
};

// ---- HTTP ------------------------------------------------------------------------------------

TEST_F(ServerTest, AnswersARequestAndKeepsTheConnection) {
  start();
  Client& client = connect();
  client.send("GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(receives(client, "GET /a%20b?x=1 "));
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(client.received.find("Content-Length: 15\r\n"), std::string::npos);
  EXPECT_NE(client.received.find("Connection: keep-alive\r\n"), std::string::npos);
  client.received.clear();
  client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
  ASSERT_TRUE(receives(client, "POST /p? body"));
  EXPECT_EQ(server->probe().requests_total, 2U);
  EXPECT_EQ(server->probe().half_open, 0U);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Client& client = connect();
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  client.send(requests);
  ASSERT_TRUE(receives(client, "GET /49?"));
  std::size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = client.received.find("GET /" + std::to_string(i) + "? ", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

// HTTP-9
TEST_F(ServerTest, HoldsPipelinedRequestsBackWhileAnswersAreUnread) {
  start();
  Client& client = connect(4096);
  client.stalled = true;
  std::string requests;
  for (int i = 0; i < 40; ++i) requests += "GET /big HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  ASSERT_TRUE(until([&] { return server->probe().requests_total > 0; }));
  for (int i = 0; i < 50; ++i) loop.turn(milliseconds{0});
  EXPECT_LT(server->probe().requests_total, 20U);
  EXPECT_LT(server->probe().outbox_bytes, 3u << 20);
  client.stalled = false;
  ASSERT_TRUE(until([&] { return client.received.size() > 40u << 20; }));
  EXPECT_EQ(server->probe().requests_total, 40U);
}

TEST_F(ServerTest, ClosesWhenAskedTo) {
  start();
  for (const std::string_view request :
       {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    Client& client = connect();
    client.send(request);
    ASSERT_TRUE(until([&] { return client.ended; }));
    EXPECT_FALSE(client.failed);
    EXPECT_NE(client.received.find("GET /?"), std::string::npos);
    EXPECT_NE(client.received.find("Connection: close\r\n"), std::string::npos);
    client.close();
  }
  EXPECT_TRUE(until([&] { return server->probe().connections == 0; }));
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  start();
  Client& client = connect();
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(receives(client, "GET /y?"));
  EXPECT_EQ(client.received.find("HEAD /x?"), std::string::npos);
  EXPECT_NE(client.received.find("Content-Length: 9\r\n"), std::string::npos);
}

TEST_F(ServerTest, AnswersAClientThatHasShutItsSide) {
  start();
  Client& client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.shut_down();
  EXPECT_TRUE(until([&] { return client.ended; }));
  EXPECT_NE(client.received.find("GET /?"), std::string::npos);
  EXPECT_TRUE(until([&] { return server->probe().connections == 0; }));
}

// LIM-3, LIM-4
TEST_F(ServerTest, RefusesBadRequestsWithTheirStatusAndCloses) {
  start({.http = {.head_bytes_max = 2048, .body_bytes_max = 100}});
  const std::string long_field = "X: " + std::string(3000, 'x');
  const struct {
    std::string request, want;
  } cases[] = {
      {"\x16\x03\x01 TLS", "HTTP/1.1 400 "},
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
      {"GET / HTTP/1.1\r\nHost: h\r\n" + long_field, "HTTP/1.1 431 "},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n", "HTTP/1.1 413 "},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "HTTP/1.1 400 "},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505 "},
  };
  for (const auto& c : cases) {
    Client& client = connect();
    client.send(c.request);
    ASSERT_TRUE(until([&] { return client.ended; })) << c.request;
    EXPECT_TRUE(client.received.starts_with(c.want)) << c.request << client.received;
    client.close();
  }
  EXPECT_TRUE(handler.diary.empty());
  EXPECT_EQ(server->probe().bad_requests_total, std::size(cases));
}

TEST_F(ServerTest, SaysContinueToWhoWaitsForIt) {
  start();
  Client& client = connect();
  client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(receives(client, "HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("body");
  EXPECT_TRUE(receives(client, "POST /p? body"));
}

TEST_F(ServerTest, LetsNoHeaderValueWriteAnother) {
  start();
  Client& client = connect();
  client.send("GET /bad-header HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(receives(client, "\r\n\r\n"));
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(client.received.find("Injected"), std::string::npos);
}

TEST_F(ServerTest, AnswersLaterWhenTheHandlerDefers) {
  start();
  Client& client = connect();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(until([&] { return !handler.diary.empty(); }));
  for (int i = 0; i < 5; ++i) loop.turn(milliseconds{0});
  EXPECT_EQ(handler.diary, Diary{"GET /later"});
  EXPECT_TRUE(server->respond(handler.last_id, text_response(201, "done")));
  EXPECT_FALSE(server->respond(handler.last_id, text_response(201, "twice")));
  ASSERT_TRUE(receives(client, "GET /next?"));
  EXPECT_LT(client.received.find("done"), client.received.find("GET /next?"));

  client.received.clear();
  client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(until([&] { return handler.diary.back() == "GET /later"; }));
  client.shut_down();
  client.close();
  EXPECT_TRUE(until([&] {
    return server->respond(handler.last_id, text_response(200, "")) ||
           server->probe().connections == 0;
  }));
}

// HTTP-6, LIM-5
TEST_F(ServerTest, EndsConnectionsThatNeverFinishARequest) {
  start();
  Client& silent = connect();
  Client& slow = connect();
  slow.send("GET / HTTP/1.1\r\nHost:");
  ASSERT_TRUE(until([&] { return server->probe().half_open == 2; }));
  pass(milliseconds{9'000});
  slow.send(" h");
  ASSERT_TRUE(until([&] { return server->probe().bytes_received_total == 23; }));
  EXPECT_EQ(server->probe().half_open, 2U);
  pass(milliseconds{2'500});
  EXPECT_TRUE(until([&] { return silent.ended && slow.ended; }));
  EXPECT_EQ(silent.received, "");
  EXPECT_TRUE(slow.received.starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(server->probe().half_open, 0U);
  EXPECT_EQ(server->probe().request_timeouts_total, 2U);
}

// HTTP-6, LIM-23: a body that comes fast enough is waited for, one that trickles is not.
TEST_F(ServerTest, EndsRequestsWhoseBodyTrickles) {
  start({.body_time_max = seconds{60}, .receive_bytes_per_second_min = 100});
  const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";
  Client& trickles = connect();
  Client& flows = connect();
  trickles.send(head);
  flows.send(head);
  std::size_t sent = 2 * head.size();
  for (int second = 0; second < 9; ++second) {
    trickles.send("x");
    flows.send(std::string(150, 'x'));
    sent += 151;
    ASSERT_TRUE(until([&] { return server->probe().bytes_received_total == sent; }));
    pass(seconds{1});
  }
  EXPECT_FALSE(trickles.ended);
  pass(milliseconds{2'500});
  ASSERT_TRUE(until([&] { return trickles.ended; }));
  EXPECT_TRUE(trickles.received.starts_with("HTTP/1.1 408 ")) << trickles.received;
  EXPECT_FALSE(flows.ended);
  EXPECT_EQ(server->probe().request_timeouts_total, 1U);
  pass(seconds{60});  // nor is a body waited for without end
  EXPECT_TRUE(until([&] { return flows.ended; }));
  EXPECT_TRUE(flows.received.starts_with("HTTP/1.1 408 ")) << flows.received;
}

TEST_F(ServerTest, EndsIdleKeepAliveConnections) {
  start();
  Client& client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(receives(client, "GET /?"));
  pass(seconds{55});
  EXPECT_EQ(server->probe().connections, 1U);
  pass(seconds{8});
  EXPECT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(server->probe().request_timeouts_total, 0U);
}

// ---- accepting -------------------------------------------------------------------------------

TEST_F(ServerTest, SaysWhyItCannotListen) {
  start();
  const auto taken = server->listen({.port = port});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error(), "port " + std::to_string(port) + " on 127.0.0.1 is already in use");
  const auto foreign = server->listen({.host = "192.0.2.1", .port = 0});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error(), "this machine has no address 192.0.2.1");
  const auto nonsense = server->listen({.host = "no such host", .port = 0});
  ASSERT_FALSE(nonsense);
  EXPECT_NE(nonsense.error().find("no such host"), std::string::npos);
  EXPECT_GT(listen_backlog_cap(), 0);
}

// LIM-6
TEST_F(ServerTest, PausesAcceptingWhileTooManyAreHalfOpen) {
  start({.half_open_max = 3});
  for (int i = 0; i < 5; ++i) connect();
  ASSERT_TRUE(until([&] { return server->probe().half_open == 3; }));
  for (int i = 0; i < 5; ++i) loop.turn(milliseconds{0});
  EXPECT_EQ(server->probe().connections, 3U);
  for (Client& client : clients) client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(until([&] { return server->probe().connections == 5; }));
}

// LIM-7
TEST_F(ServerTest, RefusesConnectionsPastItsCap) {
  start({.connections_max = 2});
  Client& one = open_socket();
  open_socket();
  Client& third = connect();
  third.send(upgrade_request());
  ASSERT_TRUE(until([&] { return third.ended; }));
  EXPECT_TRUE(third.received.starts_with("HTTP/1.1 503 ")) << third.received;
  EXPECT_EQ(server->probe().refused_full_total, 1U);
  one.close();
  EXPECT_TRUE(until([&] { return server->probe().connections == 1; }));
  open_socket();
}

// LIM-8, HTTP-20: through a proxy each socket counts for its client, and for as long as it lasts.
TEST_F(ServerTest, CountsSocketsOfAClientBehindATrustedProxy) {
  start({.connections_per_address_max = 2, .proxies = *TrustedProxies::parse({"127.0.0.1"})});
  const auto comes_from = [&](std::string_view client) -> Client& {
    Client& made = connect();
    made.send(upgrade_request("/socket", "X-Forwarded-For: " + std::string(client) + "\r\n"));
    EXPECT_TRUE(receives(made, "\r\n\r\n"));
    return made;
  };
  Client& first = comes_from("203.0.113.9");
  EXPECT_TRUE(first.received.starts_with("HTTP/1.1 101 "));
  EXPECT_TRUE(comes_from("198.51.100.7, 203.0.113.9").received.starts_with("HTTP/1.1 101 "));
  EXPECT_TRUE(comes_from("203.0.113.9").received.starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(comes_from("203.0.113.10").received.starts_with("HTTP/1.1 101 "));
  EXPECT_EQ(server->probe().refused_address_total, 1U);
  EXPECT_EQ(handler.open.size(), 3U);
  first.close();
  ASSERT_TRUE(until([&] { return handler.open.size() == 2; }));
  EXPECT_TRUE(comes_from("203.0.113.9").received.starts_with("HTTP/1.1 101 "));
}

// HTTP-7
TEST_F(ServerTest, ShedsConnectionsWithoutSpinningWhenOutOfDescriptors) {
  start();
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  clients.emplace_back(port);
  clients.emplace_back(port);  // connected in the backlog, not accepted yet
  const int lowest_free = dup(0);
  ::close(lowest_free);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  const bool refused = until([&] { return clients[0].ended && clients[1].ended; });
  const auto turns_while_paused = loop.turn(milliseconds{0}) + loop.turn(milliseconds{0});
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(refused);
  EXPECT_EQ(turns_while_paused, 0U);
  EXPECT_EQ(server->probe().refused_full_total, 2U);
  pass(milliseconds{200});
  open_socket();
}

// ---- WebSocket -------------------------------------------------------------------------------

TEST_F(ServerTest, UpgradesAndEchoes) {
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

TEST_F(ServerTest, ReadsFramesThatCameWithTheUpgrade) {
  start();
  Client& client = connect();
  Bytes all;
  append(all, upgrade_request());
  append(all, client_frame(2, byte_view("early")));
  client.send(all);
  EXPECT_TRUE(receives(client, "early"));
}

TEST_F(ServerTest, RefusesBadHandshakes) {
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

TEST_F(ServerTest, EchoesMessagesLargerThanAnyBuffer) {
  start();
  Client& client = open_socket();
  const Bytes payload(3u << 20, 'z');
  client.send(client_frame(2, payload));
  ASSERT_TRUE(until([&] { return client.received.size() == payload.size() + 10; }));
  EXPECT_EQ(client.received, plain(frame(MessageKind::binary, payload)));
  EXPECT_EQ(server->probe().outbox_bytes, 0U);
}

TEST_F(ServerTest, SendsWhatATurnQueuedInOneCall) {
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

TEST_F(ServerTest, AnswersTheLatestPing) {
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

TEST_F(ServerTest, AnswersACloseAndEndsFirst) {
  start();
  Client& client = open_socket();
  client.send(client_frame(8, bytes(0x03, 0xe9)));
  ASSERT_TRUE(until([&] { return client.ended; }));
  EXPECT_FALSE(client.failed);
  EXPECT_EQ(client.received, plain(close_frame(1001, "")));
  EXPECT_EQ(handler.diary.back(), "close 1001 clean");
}

TEST_F(ServerTest, ReportsALostConnectionOnce) {
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

TEST_F(ServerTest, ClosesWhoBreaksTheProtocol) {
  start();
  Client& client = open_socket();
  client.send(bytes(0x81, 0x01, 'a'));
  ASSERT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(client.received, plain(close_frame(1002, "")));
  EXPECT_EQ(handler.diary.back(), "close 1002 lost");
  EXPECT_EQ(server->probe().protocol_errors_total, 1U);
}

// LIM-1
TEST_F(ServerTest, RefusesAMessagePastTheLimitWhileItIsClaimed) {
  start();
  Client& client = open_socket();
  client.send(bytes(0x82, 0xff, 0, 0, 0, 0, 0x01, 0, 0, 0x01, 1, 2, 3, 4));  // 16 MiB + 1
  ASSERT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(client.received, plain(close_frame(1009, "")));
}

TEST_F(ServerTest, ClosesAfterWhatIsQueuedAndWaitsForThePeer) {
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

TEST_F(ServerTest, GivesUpOnAPeerThatDoesNotAnswerAClose) {
  start();
  open_socket();
  server->close(handler.last_id, 1000);
  loop.turn(milliseconds{0});
  EXPECT_EQ(server->probe().connections, 1U);
  pass(milliseconds{6'500});
  EXPECT_EQ(server->probe().connections, 0U);
}

TEST_F(ServerTest, ClosesFromInsideTheHandler) {
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

TEST_F(ServerTest, KeepsMessagesForAPausedReader) {
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
TEST_F(ServerTest, ClosesOnlyTheSlowReader) {
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

TEST_F(ServerTest, TakesTheLargestMessageAndBurstsThatThePeerReads) {
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

TEST_F(ServerTest, DoesNotCountWhatANewcomerIsOwed) {
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
TEST_F(ServerTest, ClosesWhoWouldBeOwedTooMuchInAll) {
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

TEST_F(ServerTest, OwesManyInOneTurnWhoRead) {  // LIM-30
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
TEST_F(ServerTest, ClosesSilentSocketsOnly) {
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

TEST_F(ServerTest, PingsWhenToldTo) {
  start({.ping_after = seconds{20}});
  Client& client = open_socket();
  pass(seconds{30});
  EXPECT_TRUE(receives(client, plain(frame(FrameKind::ping, {}))));
}

// ---- the end ---------------------------------------------------------------------------------

// WS-16
TEST_F(ServerTest, DrainsInBatchesAndInNoOrder) {
  start();
  constexpr std::size_t kCount = 200;
  for (std::size_t i = 0; i < kCount; ++i) open_socket();
  Client& http = connect();
  http.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(receives(http, "GET /?"));
  handler.diary.clear();
  bool done = false;
  server->drain(close_code::service_restart, seconds{2}, [&] { done = true; });
  ASSERT_TRUE(until([&] { return http.ended; }));
  EXPECT_LT(handler.diary.size(), kCount / 4);  // not all at once
  std::vector<std::size_t> order;
  EXPECT_TRUE(until([&] {
    poller->shift += milliseconds{10};
    for (std::size_t i = 0; i < kCount; ++i) {
      Client& client = clients[i];
      if (client.ended || client.received.empty()) continue;
      EXPECT_TRUE(client.received.starts_with("\x88"));
      if (std::find(order.begin(), order.end(), i) != order.end()) continue;
      order.push_back(i);
      client.send(client_frame(8, bytes(0x03, 0xf4)));
    }
    return done;
  }));
  EXPECT_EQ(handler.diary, Diary(kCount, "close 1012 clean"));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(server->probe().connections, 0U);
  Client& late = connect();
  EXPECT_TRUE(until([&] { return late.ended; }));
}

TEST_F(ServerTest, DropsWhoOutlastsTheDrain) {
  start();
  for (int i = 0; i < 20; ++i) open_socket();
  bool done = false;
  server->drain(close_code::service_restart, milliseconds{500}, [&] { done = true; });
  pass(milliseconds{600});
  EXPECT_TRUE(until([&] { return done; }));
  EXPECT_TRUE(handler.open.empty());
}

TEST_F(ServerTest, DrainsNobodyAtOnceAndMayBeDestroyedThen) {
  start();
  bool done = false;
  server->drain(close_code::service_restart, seconds{2}, [&] {
    done = true;
    server.reset();
  });
  loop.turn(milliseconds{0});
  EXPECT_TRUE(done);
  loop.turn(milliseconds{0});
}

TEST_F(ServerTest, UsesSlotsAgainUnderNewIds) {
  start();
  std::vector<ConnectionId> seen;
  for (int i = 0; i < 50; ++i) {
    Client& client = open_socket();
    EXPECT_EQ(std::count(seen.begin(), seen.end(), handler.last_id), 0);
    EXPECT_EQ(slot_of(handler.last_id), 0U);
    seen.push_back(handler.last_id);
    client.close();
    ASSERT_TRUE(until([&] { return server->probe().connections == 0; }));
  }
}

TEST_F(ServerTest, ForgetsItsConnectionsWhenDestroyed) {
  start();
  Client& client = open_socket();
  server->send(handler.last_id, frame(MessageKind::text, byte_view("unsent")));
  server.reset();
  EXPECT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(handler.diary.back(), "open");
}

}  // namespace
}  // namespace righttask::net
