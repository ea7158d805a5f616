#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "loadgen/frames.h"
#include "ydoc/id.h"

namespace righttask::loadgen {

/// What one client is to its dialect.
struct Peer {
  std::uint32_t member = 0;
  std::uint32_t room = 0;
  ydoc::ClientId client = 0;
  bool joined = false;
  std::uint8_t stage = 0;  // the dialect's own: how far the handshake is, what a frame announced
};

/// What a client hears from its server.
class Hearing {
 public:
  virtual ~Hearing() = default;

  /// It is in its room, which holds this state; empty where nothing was said of it.
  virtual void joined(ByteView state) = 0;
  virtual void update(ByteView update) = 0;
  /// Its oldest update that was not answered now is: applied, or kept, as the server means it.
  virtual void acknowledged() = 0;
  /// It will not be let in, or what it has sent is not taken.
  virtual void refused(std::string_view why) = 0;
};

struct DialectOptions {
  std::string path;         // of the URL; empty: the dialect's own
  std::string query;        // of the URL, without '?'
  std::string room_prefix;  // room 0 is called this and "0"
  std::string token;        // empty: none
};

/// How clients of one kind speak: what the published client of that name sends when its document is
/// opened and edited, and no more. No I/O and no state but the peer's; one serves all connections.
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// Path and query of the upgrade request.
  [[nodiscard]] virtual std::string request_target(const Peer& peer) const = 0;

  /// Says what the client says as soon as the socket is open.
  virtual void open(Peer& peer, Outgoing& out) const = 0;

  /// Reads one message, and answers it where the client would.
  virtual void on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                          Hearing& hearing) const = 0;

  virtual void push_update(Peer& peer, ByteView update, Outgoing& out) const = 0;

  /// Keeps the server from taking the client for gone; to be called every 25 s.
  virtual void keep_alive(Peer& peer, Outgoing& out) const = 0;

  /// Whether the server answers every update.
  [[nodiscard]] virtual bool acknowledges() const = 0;

 protected:
  explicit Dialect(DialectOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::string room_name(const Peer& peer) const {
    return options_.room_prefix + std::to_string(peer.room);
  }
  /// "path?query", with what the dialect adds to the query.
  [[nodiscard]] std::string target(std::string_view path, std::string_view more) const;

  DialectOptions options_;
};

/// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
[[nodiscard]] std::string encode_component(std::string_view text);

/// The state of a user as applications keep it in awareness: {"user":{"name":…,"color":…}}.
[[nodiscard]] std::string user_state(const Peer& peer);

enum class DialectName : std::uint8_t {
  phoenix,       // vsn 2.0.0, updates in binary, joins by state vector
  phoenix_json,  // as clients of the old server do: updates are lists of integers
  y_websocket,
  hocuspocus,
  socket_io,
};

/// "phoenix", "phoenix-json", "y-websocket", "hocuspocus", "socket.io".
[[nodiscard]] std::string_view to_string(DialectName name);

[[nodiscard]] std::unique_ptr<Dialect> make_dialect(DialectName name, DialectOptions options);

}  // namespace righttask::loadgen
