#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/handshake.h"
#include "net/server.h"
#include "net/testing/loopback.h"

namespace righttask::net::testing {

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

/// A server that echoes, its clients, and time that passes when told to.
class EchoServerTest : public ::testing::Test {
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
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop.turn(std::chrono::milliseconds{1});
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
      loop.turn(std::chrono::milliseconds{0});
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

  ShiftedPoller* poller = new ShiftedPoller;
  runtime::Loop loop{std::unique_ptr<runtime::Poller>(poller)};
  EchoHandler handler;
  std::optional<Server> server;
  std::uint16_t port = 0;
  std::deque<Client> clients;
};

}  // namespace righttask::net::testing
