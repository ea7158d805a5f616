#pragma once

#include <cstdint>
#include <forward_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/short_text.h"
#include "model/limits.h"
#include "model/room_name.h"
#include "protocol/phoenix/frame.h"
#include "protocol/phoenix/payload.h"
#include "protocol/phoenix/session_common.h"
#include "protocol/session.h"

namespace righttask::protocol::phoenix {

/// Audience::encoding.
enum class Encoding : std::uint8_t {
  none,       // a channel that has gone
  v1_text,    // JSON objects
  v2_text,    // JSON arrays
  v2_binary,  // JSON arrays, but updates as binary broadcasts
  v2_yjs,     // JSON arrays, but updates and awareness as messages of Yjs in binary broadcasts
};

/// The two topics of a room.
enum class TopicKind : std::uint8_t {
  room,        // room:<id>
  y_doc_room,  // y_doc_room:<id>
};

/// What the query of the connection gave for all its joins.
struct ConnectParams {
  std::string user_id;  // empty: a key that is unique to the connection
  Appearance appearance;

  [[nodiscard]] bool empty() const {
    return user_id.empty() && !appearance.name && !appearance.color;
  }
};

/// One socket: its channels, and frames to and from them.
///
/// A room may answer a join much later (another shard, a document being loaded). What a client
/// sends to that topic meanwhile waits for the answer, as it would wait in Phoenix, whose transport
/// blocks for each join; other topics are not held up.
///
/// Shard-local. Per message O(bytes + channels), and there are at most
/// Limits::channels_per_connection_max of those.
class PhoenixSession final : public Session {
 public:
  /// `common` outlives the session.
  PhoenixSession(const SessionCommon& common, ConnectionId connection, ConnectParams params,
                 std::unique_ptr<Gate> gate)
      : common_(common),
        connection_(connection),
        params_(params.empty() ? nullptr : std::make_unique<ConnectParams>(std::move(params))),
        gate_(std::move(gate)) {}

  void on_frame(FrameKind kind, ByteView payload, Actions& out) override;
  void on_message(std::uint32_t channel, const Ticket& ticket, const ServerMessage& message,
                  Actions& out) override;
  [[nodiscard]] Audience audience(std::uint32_t channel) const override;
  void on_rights(std::uint32_t channel, const RightsChange& change, Actions& out) override;
  void on_grant_ended(GrantEnd why, Actions& out) override;
  void on_close(LeaveReason reason, Actions& out) override;

 private:
  /// A join that the room has not answered yet.
  struct Joining {
    std::string ref;                      // the join's
    bool by_vector = false;               // how the client wants the state
    std::optional<std::string> replaced;  // join_ref of the channel this join takes the place of
    std::vector<Frame> waiting;           // for this topic, in order
    std::vector<RightsChange> untold;     // the answer comes first
  };

  struct Channel {
    RoomName room;
    std::uint32_t id;
    Encoding encoding;
    TopicKind kind;
    bool anonymous;  // its join had no join_ref
    ShortText mark;  // the join_ref as it came; of an anonymous one the join's ref
    std::unique_ptr<std::string> name;  // as it was admitted, if so
    std::unique_ptr<Joining> joining;   // null: joined

    [[nodiscard]] std::string topic() const;
    /// As it came, perhaps null: phx_close and phx_error.
    [[nodiscard]] std::string_view join_ref() const { return anonymous ? kNullRef : mark.view(); }
    /// Of all else that is sent to this channel alone.
    [[nodiscard]] std::string_view push_ref() const { return mark.view(); }
  };

  void handle(const Incoming& in, Actions& out);
  void join(const Incoming& in, Actions& out);
  [[nodiscard]] std::optional<std::string_view> request_join(
      const Incoming& in, const std::optional<std::string>& replaced, Actions& out);
  [[nodiscard]] Result<Admission, Refusal> admit(std::uint32_t channel, const RoomName& room,
                                                 const JoinParams& params) const;
  void show_admitted_name(const Channel& channel, Appearance& appearance) const;
  void leave(const Incoming& in, Actions& out);
  void event(Channel& channel, const Incoming& in, Actions& out);
  void update(Channel& channel, const Incoming& in, Actions& out);
  void awareness(Channel& channel, const Incoming& in, Actions& out);
  void presence(Channel& channel, const Incoming& in, Actions& out);
  void access_token(Channel& channel, const Incoming& in, Actions& out);
  void yjs(Channel& channel, const Incoming& in, Actions& out);

  void accept(const Channel& channel, const Ticket& ticket, Actions& out) const;
  void refuse(Channel& channel, const Ticket& ticket, Refusal reason, Actions& out);
  void push_sync(const Channel& channel, const SyncAnswer& answer, Actions& out) const;
  void push_step1(const Channel& channel, ByteView state_vector, Actions& out) const;
  void push_yjs(const Channel& channel, const Bytes& message, Actions& out) const;
  void answer_join(Channel& channel, const Ticket& ticket, const Joined& joined, Actions& out);
  void refuse_join(Channel& channel, const Ticket& ticket, std::string_view reason, Actions& out);
  void fail(Channel& channel, Actions& out);
  void say_deleted(Channel& channel, Actions& out);
  void end(Channel& channel, GrantEnd why, Actions& out);

  void defer(Channel& channel, FrameKind kind, ByteView payload, Actions& out);
  void resume(const std::vector<Frame>& waiting, Actions& out);

  [[nodiscard]] Channel* find(std::string_view topic);
  [[nodiscard]] Channel* find(std::uint32_t id);
  void remove(std::uint32_t id);

  [[nodiscard]] MemberId member(const Channel& channel) const { return {connection_, channel.id}; }

  void reply_ok(const Envelope& to, Actions& out) const;
  void reply_error(const Envelope& to, std::string_view reason, Actions& out) const;
  void say_failed(const Channel& channel, std::string_view reason, Actions& out) const;
  void say_closed(std::string_view join_ref, std::string_view topic_json, Actions& out) const;
  void close(std::uint16_t code, std::string_view reason, Actions& out);

  const SessionCommon& common_;
  const ConnectionId connection_;
  std::unique_ptr<ConnectParams> params_;  // null: none
  std::unique_ptr<Gate> gate_;             // null: everybody may do everything
  std::forward_list<Channel> channels_;    // in the order of joining
  std::uint32_t waiting_bytes_ = 0;        // of all channels; at most Limits::message_bytes_max
  std::uint32_t next_channel_ : 31 = 1;
  bool closed_ : 1 = false;  // CloseConnection has been asked for: nothing more is read
};

/// A presence key for a user without a name of their own: 96 bits, so never another's. The same for
/// one connection.
[[nodiscard]] std::string unique_key(std::uint64_t seed, ConnectionId connection);

}  // namespace righttask::protocol::phoenix
