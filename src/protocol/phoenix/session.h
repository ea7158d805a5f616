#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/limits.h"
#include "model/room_name.h"
#include "protocol/phoenix/frame.h"
#include "protocol/phoenix/payload.h"
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
  std::string user_id;  // never empty: the user's, or unique to the connection
  Appearance appearance;
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
  PhoenixSession(const Limits& limits, ConnectionId connection, Version version,
                 ConnectParams params, std::unique_ptr<Gate> gate)
      : limits_(limits),
        connection_(connection),
        version_(version),
        params_(std::move(params)),
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
    std::uint32_t id;
    Encoding encoding;
    TopicKind kind;
    RoomName room;
    std::string join_ref;              // as it came, perhaps null: phx_close and phx_error
    std::string push_ref;              // join_ref, or the join's ref where that is null
    std::string name;                  // as it was admitted; only behind a gate
    std::unique_ptr<Joining> joining;  // null: joined

    [[nodiscard]] std::string topic() const;
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

  const Limits& limits_;
  ConnectionId connection_;
  Version version_;
  bool closed_ = false;  // CloseConnection has been asked for: nothing more is read
  std::uint32_t next_channel_ = 1;
  std::size_t waiting_bytes_ = 0;  // of all channels
  ConnectParams params_;
  std::unique_ptr<Gate> gate_;  // null: everybody may do everything
  std::vector<Channel> channels_;
};

}  // namespace righttask::protocol::phoenix
