#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/messages.h"
#include "model/room_name.h"

// What every protocol adapter is to the server. An adapter is pure: frames and messages go in,
// actions come out; it reads no clock and does no I/O. Another protocol is another folder here and
// one line in app/.

namespace righttask::protocol {

enum class FrameKind : std::uint8_t { text, binary };

/// The payload of one WebSocket message.
struct Frame {
  FrameKind kind = FrameKind::text;
  Bytes payload;
};

/// Members of a room who receive the very same bytes for a broadcast, so that it is encoded once
/// for all of them. `encoding` is the dialect's own number; `address` the name clients use for the
/// room there (Phoenix: the topic).
struct Audience {
  std::uint8_t encoding = 0;
  std::string address;
  auto operator<=>(const Audience&) const = default;
};

// ---- what a session asks of its connection, carried out in order -----------------------------

struct SendFrame {
  Frame frame;
  std::string_view refusal{};  // the reason, when it refuses what was asked; static text
};

struct ToRoom {
  RoomName room;
  RoomMessage message;
};

/// The member's broadcasts are encoded differently from now on.
struct ChangeAudience {
  RoomName room;
  MemberId member;
  Audience audience;
};

struct CloseConnection {
  std::uint16_t code;
  std::string_view reason;  // static text
};

using Action = std::variant<SendFrame, ToRoom, ChangeAudience, CloseConnection>;
using Actions = std::vector<Action>;

/// One connection's side of a protocol. Shard-local.
class Session {
 public:
  virtual ~Session() = default;

  /// A whole WebSocket message. Text has been checked to be UTF-8.
  virtual void on_frame(FrameKind kind, ByteView payload, Actions& out) = 0;

  /// A room answers a request (`ticket` is the request's) or pushes to this member alone (`ticket`
  /// empty). Ignored when the channel has gone meanwhile.
  virtual void on_message(std::uint32_t channel, const Ticket& ticket, const ServerMessage& message,
                          Actions& out) = 0;

  /// How the broadcasts of its room reach this channel; asked for when the room has let it in.
  [[nodiscard]] virtual Audience audience(std::uint32_t channel) const = 0;

  /// The connection has gone: a LeaveRequest for every channel.
  virtual void on_close(LeaveReason reason, Actions& out) = 0;
};

/// What somebody may do in a room, and who they are there.
struct Admission {
  Access access = Access::read_write;
  std::string subject;  // their presence key; empty: one that is unique to the connection
  std::string name;     // what others see; empty: none
};

/// Who may join which room on one connection. What it admits somebody as outranks whatever the
/// client says of itself. Adapters ask it once for each join. Shard-local.
class Gate {
 public:
  virtual ~Gate() = default;

  /// `token` is the join's own, which then counts instead of the connection's. Any bytes may come.
  [[nodiscard]] virtual Result<Admission, Refusal> admit(const RoomName& room,
                                                         std::optional<std::string_view> token) = 0;
};

/// The request that opens a connection, after origin, limits and its token have been checked.
struct OpenRequest {
  ConnectionId connection;
  std::string_view path;                                   // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::unique_ptr<Gate> gate = nullptr;                    // null: everybody may do everything
};

/// One protocol. Immutable; any thread.
class Dialect {
 public:
  virtual ~Dialect() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;

  /// The WebSocket subprotocol to answer with when a client offers it; empty for none.
  [[nodiscard]] virtual std::string_view subprotocol() const { return {}; }

  /// Opens a session, or the HTTP status that refuses the upgrade.
  [[nodiscard]] virtual Result<std::unique_ptr<Session>, std::uint16_t> open(
      OpenRequest request) const = 0;

  /// The one frame that carries this message to everybody in the audience; nothing if this
  /// dialect does not show such messages.
  [[nodiscard]] virtual std::optional<Frame> encode_broadcast(
      const Audience& audience, const ServerMessage& message) const = 0;
};

}  // namespace righttask::protocol
