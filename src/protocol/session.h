#pragma once

#include <chrono>
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

// ---- what becomes of rights while they are used ------------------------------------------------

/// What lets the channel in ends in so long: the client is asked for a new token.
struct GrantExpiring {
  std::chrono::seconds left;
};

/// What the channel may do from now on. Its room is told by others.
struct AccessChanged {
  Access access;
};

enum class GrantEnd : std::uint8_t {
  expired,  // nobody renewed it in time
  revoked,  // an operator took it back
  kicked,   // an operator put this member out
  missing,  // of a connection: nobody brought a good one in time
};

/// The channel is in its room no longer.
struct GrantEnded {
  GrantEnd why;
};

using RightsChange = std::variant<GrantExpiring, AccessChanged, GrantEnded>;

/// As it stands on every wire: "expired", "revoked", "kicked", "unauthorized".
[[nodiscard]] constexpr std::string_view to_string(GrantEnd why) noexcept {
  switch (why) {
    case GrantEnd::expired:
      return "expired";
    case GrantEnd::revoked:
      return "revoked";
    case GrantEnd::kicked:
      return "kicked";
    case GrantEnd::missing:
      break;
  }
  return "unauthorized";
}

/// "read-write", "readonly".
[[nodiscard]] constexpr std::string_view to_string(Access access) noexcept {
  return access == Access::read_write ? "read-write" : "readonly";
}

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

  /// The client is told. After GrantEnded the channel has gone, with a LeaveRequest; a join that
  /// the room has not answered yet is refused. Ignored when the channel has gone meanwhile.
  virtual void on_rights(std::uint32_t channel, const RightsChange& change, Actions& out) = 0;

  /// What the connection was opened with holds no more, and no channel goes by anything else: it
  /// is closed in a way that lets the client connect anew.
  virtual void on_grant_ended(GrantEnd why, Actions& out) = 0;

  /// The connection has gone: a LeaveRequest for every channel.
  virtual void on_close(LeaveReason reason, Actions& out) = 0;
};

/// What somebody may do in a room, and who they are there.
struct Admission {
  Access access = Access::read_write;
  std::string subject;  // their presence key; empty: one that is unique to the connection
  std::string name;     // what others see; empty: none
};

/// What a new token brought.
struct Renewal {
  Access access = Access::read_write;
  std::chrono::seconds left{};  // how long it is good for
};

/// Who may join which room on one connection, and for how long. What it admits somebody as outranks
/// whatever the client says of itself. Adapters ask it once for each join; what becomes of the
/// right until it is released comes back through Session::on_rights. Shard-local.
class Gate {
 public:
  virtual ~Gate() = default;

  /// `channel` is the number that the membership would have (MemberId::channel). `token` is the
  /// join's own, which then counts instead of the connection's. Any bytes may come.
  [[nodiscard]] virtual Result<Admission, Refusal> admit(std::uint32_t channel,
                                                         const RoomName& room,
                                                         std::optional<std::string_view> token) = 0;

  /// The client has brought a new token for a channel. If refused, all is as before.
  [[nodiscard]] virtual Result<Renewal, Refusal> renew(std::uint32_t channel,
                                                       std::string_view token) = 0;

  /// Whom a channel was admitted as; empty if nobody knows, or the channel is not known.
  [[nodiscard]] virtual std::string subject(std::uint32_t channel) const = 0;

  /// The channel has gone. Nothing happens if it is not known any more.
  virtual void release(std::uint32_t channel) = 0;
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
