#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/named_type.h"
#include "model/room_name.h"

// The vocabulary between protocol adapters, which speak to clients, and rooms, which know no
// protocol. Values that own what they carry: they may cross shards.

namespace righttask {

/// A connection of this process: slot in the low 32 bits, generation above, so that an id kept
/// beyond the connection's life finds nothing rather than a stranger.
using ConnectionId = NamedType<std::uint64_t, struct ConnectionIdTag>;

/// One membership: a connection may be in many rooms, and in one room by several channels.
/// `channel` is the session's own number for it, never reused on that connection.
struct MemberId {
  ConnectionId connection;
  std::uint32_t channel = 0;
  auto operator<=>(const MemberId&) const = default;
};

/// What an adapter needs to answer a request later (Phoenix: the ref, as JSON text). Opaque to
/// rooms, which hand it back with the answer.
struct Ticket {
  std::string text;
};

enum class Access : std::uint8_t { read, read_write };

/// Who a member is to the others. `key` groups the metas of one user; `fields` are the members of
/// a JSON object without its braces, already validated: `"name":"Ann","color":"#808080"`, or empty.
struct PresenceIdentity {
  std::string key;
  std::string fields;
};

// ---- from a member to its room -------------------------------------------------------------

struct JoinRequest {
  MemberId member;
  Ticket ticket;
  Access access = Access::read_write;
  PresenceIdentity identity;
  /// What the client has (an encoded state vector); absent: it wants the whole state.
  std::optional<Bytes> state_vector;
  std::string author{};  // whose edits these are, for the history; empty: unknown
  /// It asks for the state later (SyncRequest): the answer's is the empty update.
  bool state_later = false;
};

enum class LeaveReason : std::uint8_t {
  left,  // the client said so, or closed with 1000, 1001 or 1005
  lost,  // the connection broke; it may be back in a moment
};

struct LeaveRequest {
  MemberId member;
  LeaveReason reason = LeaveReason::left;
};

/// A Yjs V1 update.
struct UpdateRequest {
  MemberId member;
  Ticket ticket;
  SharedBytes update;
};

/// An event the server does not interpret: relayed to the other members as it is. Not answered
/// unless it is refused.
struct RelayRequest {
  MemberId member;
  std::string event;
  SharedBytes json;  // complete, validated JSON text
  Ticket ticket{};   // for a refusal
};

/// The member's presence fields change.
struct PresenceRequest {
  MemberId member;
  Ticket ticket;
  std::string fields;
};

/// The member says what it has (an encoded state vector): it wants what it lacks, and to be told
/// what the room has.
struct SyncRequest {
  MemberId member;
  Ticket ticket;
  Bytes state_vector;
};

/// A Yjs awareness update. Not answered unless it is refused.
struct AwarenessRequest {
  MemberId member;
  Ticket ticket;
  std::string subject;  // whom a token admitted the member as; empty: nobody knows
  SharedBytes update;
};

/// Who shows what at present, again.
struct AwarenessQuery {
  MemberId member;
  Ticket ticket;
};

/// What the member may do from now on. Said by the server, not by the member; not answered.
struct AccessRequest {
  MemberId member;
  Access access = Access::read;
};

using RoomMessage =
    std::variant<JoinRequest, LeaveRequest, UpdateRequest, RelayRequest, PresenceRequest,
                 SyncRequest, AwarenessRequest, AwarenessQuery, AccessRequest>;

// ---- from a room to its members ------------------------------------------------------------

enum class Refusal : std::uint8_t {
  invalid_update,
  read_only,
  too_large,
  rate_limited,
  pending_limit,
  invalid_state_vector,
  invalid_presence,
  invalid_awareness,
  room_full,
  server_full,       // as many rooms are loaded as may be
  too_many_clients,  // the update is of more new client ids than one connection may bring
  not_joined,
  unauthorized,         // no token, or none that counts
  expired,              // a good one whose time has come
  forbidden,            // it does not open this room
  storage_unavailable,  // the disk does not take it now; it is kept and will be tried again
  room_damaged,         // what is stored of the room cannot be read
  room_deleted,         // it belongs to a room of that name that was deleted
};

/// The reason as it stands on every wire: "invalid_update", "room-full", …
[[nodiscard]] std::string_view to_string(Refusal refusal) noexcept;

/// Answer to a JoinRequest. `state` is one V1 update: all that the client lacks.
struct Joined {
  SharedBytes state;
  Bytes state_vector;              // the room's, encoded
  std::optional<RoomName> room{};  // whose text all members can share
};

/// Answer to an UpdateRequest: applied, and stored with all that it builds on or repeats (in a
/// server that keeps nothing: applied). To a PresenceRequest: applied.
struct Accepted {};

/// Answer to any request.
struct Refused {
  Refusal reason;
};

/// `ref` is unique in the room and changes with every change of the fields; `previous_ref` is
/// then the one before, else empty.
struct PresenceMeta {
  std::string ref;
  std::string previous_ref;
  std::int64_t online_at = 0;  // Unix seconds
  std::string fields;
};

struct PresenceEntry {
  std::string key;
  std::vector<PresenceMeta> metas;  // oldest first, never empty
};

/// Everybody who is here. Immutable and shared, so that one encoding serves many joiners.
struct PresenceState {
  std::shared_ptr<const std::vector<PresenceEntry>> entries;
};

struct PresenceDiff {
  std::vector<PresenceEntry> joins;
  std::vector<PresenceEntry> leaves;
};

/// A V1 update, byte for byte as its sender sent it.
struct DocumentUpdate {
  SharedBytes update;
};

struct Relayed {
  std::string event;
  SharedBytes json;
};

/// Answer to a SyncRequest. `state` is one V1 update: all that the member lacks.
struct SyncAnswer {
  SharedBytes state;
  Bytes state_vector;  // the room's, encoded
};

/// The member may write now, and is to send what it wrote before and the room lacks.
struct SyncAsked {
  Bytes state_vector;  // the room's, encoded
};

/// A Yjs awareness update: what has changed, or to one member: everything there is to see.
struct AwarenessUpdate {
  SharedBytes update;
};

/// The room broke by a fault of ours and is gone; a client that joins again makes a new one.
struct RoomFailed {};

/// Whether what the room's members write reaches the disk at present.
enum class StorageState : std::uint8_t { ok, full, failing };
[[nodiscard]] std::string_view to_string(StorageState state) noexcept;

/// To every member when it changes, and to a newcomer unless it is `ok`. Updates that were refused
/// with storage_unavailable are kept all the same; after `ok`, sending them again gets them
/// acknowledged.
struct StorageNotice {
  StorageState state = StorageState::ok;
};

/// The room has been deleted, and its members are members no more.
struct RoomDeleted {};

using ServerMessage =
    std::variant<Joined, Accepted, Refused, PresenceState, PresenceDiff, DocumentUpdate, Relayed,
                 SyncAnswer, SyncAsked, AwarenessUpdate, RoomFailed, StorageNotice, RoomDeleted>;

}  // namespace righttask

template <>
struct std::hash<righttask::MemberId> {
  std::size_t operator()(const righttask::MemberId& member) const noexcept {
    return std::hash<std::uint64_t>{}(member.connection.value() * 0x9e3779b97f4a7c15U +
                                      member.channel);
  }
};
