#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/server.h"
#include "net/testing/loopback.h"

// Rules LIM-n: docs/spec/limits.md.

namespace righttask::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Client;
using testing::client_frame;
using testing::upgrade_request;

/// Counts messages and requests.
struct CountingHandler final : Handler {
  HttpReply on_request(ConnectionId id, const HttpRequest& request) override {
    last_id = id;
    if (request.path == "/socket") return Upgrade{};
    ++requests;
    return text_response(200, "ok");
  }
  void on_open(ConnectionId) override {}
  void on_message(ConnectionId id, MessageKind, ByteView payload) override {
    ++messages;
    bytes += payload.size();
    if (on_received) on_received(id);
  }
  void on_close(ConnectionId, std::uint16_t code, bool) override { closes.push_back(code); }

  ConnectionId last_id;
  int messages = 0;
  int requests = 0;
  std::size_t bytes = 0;
  std::vector<std::uint16_t> closes;
  std::function<void(ConnectionId)> on_received;
};

/// Time stands still but for `pass`.
class ServerRateTest : public ::testing::Test {
 protected:
  void start(const ServerOptions& options) {
    poller->freeze();
    server.emplace(loop, handler, options);
    const auto listening = server->listen({.port = 0});
    ASSERT_TRUE(listening) << listening.error();
    port = *listening;
  }
  bool until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + seconds{20};
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      turn();
    }
    return true;
  }
  void turn(Duration wait = milliseconds{1}) {
    loop.turn(wait);
    for (Client& client : clients) client.pump();
  }
  /// Whatever has been sent arrives, and nothing more happens.
  void settle() {
    for (int i = 0; i < 20; ++i) turn(Duration::zero());
  }
  void pass(Duration time) {
    poller->shift += time;
    settle();
  }
  /// In steps, so that every connection is looked at in each second.
  void wait(seconds time) {
    for (int i = 0; i < 8 * time.count(); ++i) pass(milliseconds{125});
  }
  Client& open_socket() {
    Client& client = clients.emplace_back(port);
    client.send(upgrade_request("/socket"));
    EXPECT_TRUE(until([&] { return client.received.ends_with("\r\n\r\n"); }));
    client.received.clear();
    return client;
  }
  static Bytes frames(int count, std::uint8_t opcode = 1, std::size_t size = 1) {
    Bytes out;
    for (int i = 0; i < count; ++i) append(out, client_frame(opcode, Bytes(size, 'x')));
    return out;
  }

  testing::ShiftedPoller* poller = new testing::ShiftedPoller;
  runtime::Loop loop{std::unique_ptr<runtime::Poller>(poller)};
  CountingHandler handler;
  std::optional<Server> server;
  std::uint16_t port = 0;
  std::deque<Client> clients;
};

constexpr Rate kUnbounded{};

// LIM-21: the burst is taken, then what the rate allows; nobody is closed, and nothing is lost.
TEST_F(ServerRateTest, ReadsMessagesAsFastAsTheirRateAllows) {
  start({.message_rate = {.per_second = 10, .burst = seconds{5}}, .byte_rate = kUnbounded});
  Client& client = open_socket();
  pass(seconds{10});  // the request that opened the socket counts, too
  client.send(frames(200));
  ASSERT_TRUE(until([&] { return handler.messages >= 51; }));
  settle();
  EXPECT_EQ(handler.messages, 51);  // the one that is too much is noticed by taking it
  EXPECT_EQ(server->probe().rate_paused, 1U);
  EXPECT_EQ(server->probe().rate_pauses_total, 1U);
  pass(seconds{1});
  EXPECT_EQ(handler.messages, 61);
  for (int i = 0; i < 14; ++i) pass(seconds{1});
  EXPECT_EQ(handler.messages, 200);
  EXPECT_TRUE(handler.closes.empty());
  EXPECT_TRUE(server->is_open(handler.last_id));
  EXPECT_EQ(server->probe().rate_paused, 0U);
}

TEST_F(ServerRateTest, OthersAreReadMeanwhile) {  // LIM-21
  start({.message_rate = {.per_second = 1, .burst = seconds{5}}, .byte_rate = kUnbounded});
  Client& flooder = open_socket();
  Client& other = open_socket();
  pass(seconds{10});
  flooder.send(frames(1000));
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  const int before = handler.messages;
  other.send(frames(3));
  EXPECT_TRUE(until([&] { return handler.messages == before + 3; }));
}

// WS-19: what one connection has sent at once is handled in parts, others in between.
TEST_F(ServerRateTest, OthersHaveTheirTurnInBetween) {
  start({.message_rate = kUnbounded, .byte_rate = kUnbounded});
  Client& flooder = open_socket();
  const ConnectionId flooding = handler.last_id;
  Client& other = open_socket();
  std::vector<ConnectionId> order;
  handler.on_received = [&](ConnectionId id) {
    order.push_back(id);
    server->send(id, frame(MessageKind::text, byte_view("answer")));
  };
  flooder.send(frames(300));
  ASSERT_TRUE(until([&] { return !order.empty(); }));
  const std::size_t first_part = order.size();
  EXPECT_LT(first_part, 50U);
  other.send(frames(1));
  ASSERT_TRUE(until([&] { return order.size() == 301; }));
  const auto other_at =
      std::ranges::find_if(order, [&](ConnectionId id) { return id != flooding; });
  EXPECT_LT(other_at - order.begin(), 150);
  EXPECT_TRUE(until([&] { return flooder.received.size() == 300 * 8; }));
}

TEST_F(ServerRateTest, WhatWasSentBeforeAResetIsHandled) {  // WS-19
  start({.message_rate = kUnbounded, .byte_rate = kUnbounded});
  Client& client = open_socket();
  handler.on_received = [&](ConnectionId id) {
    server->send(id, frame(MessageKind::text, byte_view("answer")));
    if (handler.messages == 1) client.close();  // with answers unread: a reset
  };
  client.send(frames(200));
  ASSERT_TRUE(until([&] { return !handler.closes.empty(); }));
  EXPECT_EQ(handler.messages, 200);
}

TEST_F(ServerRateTest, PingsCount) {  // LIM-21
  start({.message_rate = {.per_second = 10, .burst = seconds{1}}, .byte_rate = kUnbounded});
  Client& client = open_socket();
  pass(seconds{10});
  client.send(frames(100, 9));
  client.send(frames(1, 1));
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  settle();
  EXPECT_EQ(handler.messages, 0);
  for (int i = 0; i < 11; ++i) pass(seconds{1});
  EXPECT_EQ(handler.messages, 1);
}

TEST_F(ServerRateTest, ReadsBytesAsFastAsTheirRateAllows) {  // LIM-22
  constexpr std::size_t kMessage = 1u << 20;
  start({.message_rate = kUnbounded, .byte_rate = {.per_second = 1u << 20, .burst = seconds{2}}});
  Client& client = open_socket();
  pass(seconds{10});
  client.send(frames(8, 2, kMessage));
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  settle();
  // The burst, and what one read brought beyond it.
  EXPECT_LE(server->probe().bytes_received_total, (2u << 20) + (512u << 10));
  EXPECT_GE(handler.messages, 1);
  EXPECT_LE(handler.messages, 2);
  for (int i = 0; i < 20 && handler.messages < 8; ++i) pass(seconds{1});
  EXPECT_EQ(handler.messages, 8);
  EXPECT_EQ(handler.bytes, 8 * kMessage);
  EXPECT_GT(server->probe().rate_pauses_total, 3U);
}

TEST_F(ServerRateTest, WhoWaitsForTheRateIsNotIdle) {
  start({.idle_time_max = seconds{10},
         .message_rate = {.per_second = 1, .burst = seconds{60}},
         .byte_rate = kUnbounded});
  Client& client = open_socket();
  pass(seconds{1});
  client.send(frames(130));
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  EXPECT_EQ(handler.messages, 61);
  for (int i = 0; i < 60; ++i) pass(milliseconds{500});
  EXPECT_TRUE(server->is_open(handler.last_id));
  EXPECT_EQ(handler.messages, 61 + 30);
}

TEST_F(ServerRateTest, ClosingEndsTheWait) {
  start({.message_rate = {.per_second = 1, .burst = seconds{1}}, .byte_rate = kUnbounded});
  Client& client = open_socket();
  pass(seconds{10});
  client.send(frames(50));
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  server->close(handler.last_id, 4000, "enough");
  client.send(client_frame(8, bytes(0x0f, 0xa0)));
  EXPECT_TRUE(until([&] { return client.ended; }));
  EXPECT_EQ(server->probe().connections, 0U);
  pass(seconds{1});
  EXPECT_EQ(server->probe().rate_paused, 0U);
}

TEST_F(ServerRateTest, AConnectionLostWhileItWaitsIsForgotten) {
  start({.message_rate = {.per_second = 1, .burst = seconds{1}}, .byte_rate = kUnbounded});
  Client& client = open_socket();
  pass(seconds{10});
  client.send(frames(50));
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  server->close_now(handler.last_id);
  pass(seconds{1});
  EXPECT_EQ(server->probe().rate_paused, 0U);
  EXPECT_EQ(handler.closes, std::vector<std::uint16_t>{1006});
  open_socket();  // in the same slot, with full buckets
  EXPECT_EQ(server->probe().rate_pauses_total, 1U);
}

TEST_F(ServerRateTest, RequestsOfOneConnectionCount) {  // LIM-21
  start({.message_rate = {.per_second = 10, .burst = seconds{1}}, .byte_rate = kUnbounded});
  Client& client = clients.emplace_back(port);
  std::string requests;
  for (int i = 0; i < 30; ++i) requests += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  ASSERT_TRUE(until([&] { return server->probe().rate_paused == 1; }));
  settle();
  EXPECT_EQ(handler.requests, 11);
  pass(seconds{1});
  EXPECT_EQ(handler.requests, 21);
}

// LIM-34: as a body, a message trickles in no slower than it may, and not for ever.
TEST_F(ServerRateTest, EndsMessagesThatTrickle) {
  start({.receive_bytes_per_second_min = 100, .message_time_max = seconds{60}});
  Client& trickles = open_socket();
  Client& flows = open_socket();
  Client& talks = open_socket();
  const Bytes frame = client_frame(2, Bytes(100'000, 'x'));
  trickles.send(ByteView(frame).first(20));
  flows.send(ByteView(frame).first(20));
  for (std::size_t second = 0; second < 9; ++second) {
    trickles.send(ByteView(frame).subspan(20 + second, 1));
    flows.send(ByteView(frame).subspan(20 + 150 * second, 150));
    talks.send(frames(1));
    wait(seconds{1});
  }
  EXPECT_TRUE(handler.closes.empty());
  wait(seconds{3});
  EXPECT_EQ(handler.closes, std::vector<std::uint16_t>{1008});
  EXPECT_TRUE(until([&] { return trickles.ended; }));
  EXPECT_NE(trickles.received.find("message too slow"), std::string::npos);
  EXPECT_EQ(server->probe().message_timeouts_total, 1U);
  for (std::size_t second = 9; second < 59; ++second) {
    flows.send(ByteView(frame).subspan(20 + 150 * second, 150));
    talks.send(frames(1));
    wait(seconds{1});
  }
  EXPECT_TRUE(until([&] { return flows.ended; }));
  EXPECT_EQ(server->probe().message_timeouts_total, 2U);
  EXPECT_EQ(server->probe().incomplete_bytes, 0U);
  EXPECT_FALSE(talks.ended);  // each of its messages is whole
  EXPECT_EQ(handler.messages, 59);
}

// LIM-34, WS-20: nor does it help to have many fragments with other frames in between.
TEST_F(ServerRateTest, EndsMessagesThatTrickleInFragments) {
  start({.receive_bytes_per_second_min = 100});
  Client& client = open_socket();
  client.send(client_frame({.opcode = 1, .fin = false}, byte_view("a")));
  for (int second = 0; second < 11; ++second) {
    EXPECT_TRUE(handler.closes.empty());
    client.send(client_frame({.opcode = 0, .fin = false}, byte_view("b")));
    client.send(client_frame(9, byte_view("ping")));
    wait(seconds{1});
  }
  EXPECT_EQ(handler.closes, std::vector<std::uint16_t>{1008});
}

TEST_F(ServerRateTest, EndsAHeaderThatTrickles) {  // LIM-34
  start({});
  Client& client = open_socket();
  client.send(bytes(0x82));
  wait(seconds{9});
  EXPECT_TRUE(handler.closes.empty());
  wait(seconds{2});
  EXPECT_EQ(handler.closes, std::vector<std::uint16_t>{1008});
  EXPECT_TRUE(until([&] { return client.ended; }));
}

TEST_F(ServerRateTest, WhoWaitsForTheRateIsNotSlow) {  // LIM-34
  start({.message_time_max = seconds{3},
         .byte_rate = {.per_second = 256u << 10, .burst = seconds{1}}});
  Client& client = open_socket();
  client.send(client_frame(2, Bytes(3u << 20, 'x')));
  for (int second = 0; second < 20 && handler.messages == 0; ++second) wait(seconds{1});
  EXPECT_EQ(handler.messages, 1);
  EXPECT_GE(server->probe().rate_pauses_total, 5U);
  EXPECT_TRUE(handler.closes.empty());
}

// LIM-35: who would fill the memory with what never comes whole is closed, others are not.
TEST_F(ServerRateTest, BoundsWhatIsIncompleteInAll) {
  constexpr std::size_t kMiB = 1u << 20;
  start({.incomplete_bytes_max = 8 * kMiB, .byte_rate = kUnbounded});
  Client& first = open_socket();
  const Bytes message = client_frame(2, Bytes(3 * kMiB, 'x'));
  first.send(ByteView(message).first(kMiB));
  ASSERT_TRUE(until([&] { return server->probe().bytes_received_total > kMiB; }));
  Client& second = open_socket();
  second.send(client_frame(2, Bytes(12 * kMiB, 'x')));
  ASSERT_TRUE(until([&] { return !handler.closes.empty(); }));
  EXPECT_EQ(handler.closes, std::vector<std::uint16_t>{1013});
  EXPECT_EQ(server->probe().incomplete_overflows_total, 1U);
  EXPECT_GE(server->probe().incomplete_bytes, kMiB);
  EXPECT_LE(server->probe().incomplete_bytes, 8 * kMiB);

  first.send(ByteView(message).subspan(kMiB));
  EXPECT_TRUE(until([&] { return handler.messages == 1; }));
  EXPECT_EQ(server->probe().incomplete_bytes, 0U);
}

TEST_F(ServerRateTest, SmallMessagesPassWhereMuchIsIncomplete) {  // LIM-35
  start({.incomplete_bytes_max = 1});
  Client& client = open_socket();
  const Bytes message = client_frame(2, Bytes(60'000, 'x'));
  client.send(ByteView(message).first(50'000));
  ASSERT_TRUE(until([&] { return server->probe().incomplete_bytes > 1; }));
  client.send(ByteView(message).subspan(50'000));
  EXPECT_TRUE(until([&] { return handler.messages == 1; }));
}

TEST_F(ServerRateTest, BodiesAreIncompleteToo) {  // LIM-35
  constexpr std::size_t kMiB = 1u << 20;
  start({.http = {.body_bytes_max = 8 * kMiB}, .incomplete_bytes_max = kMiB});
  Client& client = clients.emplace_back(port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4194304\r\n\r\n");
  client.send(std::string(2 * kMiB, 'x'));
  ASSERT_TRUE(until([&] { return client.received.starts_with("HTTP/1.1 503 "); }));
  EXPECT_EQ(server->probe().incomplete_overflows_total, 1U);
  EXPECT_EQ(server->probe().incomplete_bytes, 0U);
  EXPECT_EQ(handler.requests, 0);
}

}  // namespace
}  // namespace righttask::net
