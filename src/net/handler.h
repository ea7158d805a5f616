#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "net/connection_id.h"
#include "net/http.h"
#include "net/websocket.h"

namespace righttask::net {

/// "Make it a WebSocket." The server checks the handshake and answers 101, or 400 or 426.
struct Upgrade {
  std::vector<std::pair<std::string, std::string>> headers;  // such as Sec-WebSocket-Protocol
};

/// "The answer comes later", through Server::respond. Until then nothing more is read from the
/// connection. A connection that is lost meanwhile makes `respond` return false.
struct Deferred {};

using HttpReply = std::variant<HttpResponse, Upgrade, Deferred>;

/// What a server is for. All calls come on the loop's thread, never from within a call of the
/// Server's own functions, so a handler may call those from anywhere.
class Handler {
 public:
  virtual ~Handler() = default;

  /// `id` stays the connection's if this upgrades it.
  virtual HttpReply on_request(ConnectionId id, const HttpRequest& request) = 0;
  /// The WebSocket stands; what is sent from here on follows the 101.
  virtual void on_open(ConnectionId id) = 0;
  /// `payload` is valid during the call only. Text is valid UTF-8.
  virtual void on_message(ConnectionId id, MessageKind kind, ByteView payload) = 0;
  /// Once for each on_open, and the last word about this id. `code` is what the peer's close
  /// frame said, 1006 when it was lost, or what it was closed with on this side; `clean`: the
  /// peer said goodbye, or `close` was called here. After `close` it comes within the same turn,
  /// while the server finishes the closing handshake by itself.
  virtual void on_close(ConnectionId id, std::uint16_t code, bool clean) = 0;
  /// What this turn has queued is about to leave; what is queued here leaves with it. It may come
  /// several times in a turn.
  virtual void before_sending() {}
};

}  // namespace righttask::net
