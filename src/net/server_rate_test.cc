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
  void start(ServerOptions options) {
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

}  // namespace
}  // namespace righttask::net
