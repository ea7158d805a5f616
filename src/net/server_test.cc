#include "net/server.h"

#include <sys/resource.h>

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

using ServerTest = testing::EchoServerTest;

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
