#include "protocol/phoenix/session.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/rng.h"
#include "protocol/phoenix/json_writer.h"
#include "protocol/yjs_message.h"

namespace righttask::protocol::phoenix {
namespace {

constexpr std::string_view kRoomPrefix = "room:";
constexpr std::string_view kYDocRoomPrefix = "y_doc_room:";

struct TopicName {
  TopicKind kind;
  std::string_view room;
};

/// Nothing for a topic of another kind.
std::optional<TopicName> parse_topic(std::string_view topic) {
  if (topic.starts_with(kRoomPrefix)) {
    return TopicName{TopicKind::room, topic.substr(kRoomPrefix.size())};
  }
  if (topic.starts_with(kYDocRoomPrefix)) {
    return TopicName{TopicKind::y_doc_room, topic.substr(kYDocRoomPrefix.size())};
  }
  return std::nullopt;
}

std::string json_text(std::string_view utf8) {
  Bytes json;
  append_json_string(json, utf8);
  return std::string(as_text(json));
}

/// One text message whose payload `append_payload(Bytes&)` writes.
template <typename AppendPayload>
SendFrame message(Version version, const Envelope& envelope, AppendPayload append_payload) {
  Bytes out;
  open_message(out, version, envelope);
  append_payload(out);
  close_message(out, version);
  return {{FrameKind::text, std::move(out)}};
}

template <typename AppendResponse>
SendFrame reply(Version version, const Envelope& envelope, std::string_view status,
                AppendResponse append_response) {
  Bytes out;
  open_reply(out, version, envelope, status);
  append_response(out);
  close_reply(out, version);
  return {{FrameKind::text, std::move(out)}};
}

/// What a frame that waits for a join counts for.
std::size_t waiting_cost(std::size_t payload_bytes) {
  return payload_bytes + sizeof(Frame);
}

void append_empty_object(Bytes& out) {
  append(out, "{}");
}

Encoding first_encoding(Version version, TopicKind kind, bool by_vector, std::string_view topic) {
  if (version == Version::v1) return Encoding::v1_text;
  if (kind == TopicKind::y_doc_room) return Encoding::v2_yjs;
  const bool nameable = topic.size() <= kBinaryNameBytesMax;
  return by_vector && nameable ? Encoding::v2_binary : Encoding::v2_text;
}

}  // namespace

std::string unique_key(std::uint64_t seed, ConnectionId connection) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr std::size_t kKeyLength = 16;
  Rng rng(seed ^ Rng(connection.value()).next());
  std::string key;
  for (std::size_t i = 0; i < kKeyLength; ++i) key.push_back(kAlphabet[rng.below(64)]);
  return key;
}

std::string PhoenixSession::Channel::topic() const {
  const auto prefix = kind == TopicKind::room ? kRoomPrefix : kYDocRoomPrefix;
  return std::string(prefix) + room.str();
}

// ---- frames ------------------------------------------------------------------------------------

void PhoenixSession::on_frame(FrameKind kind, ByteView payload, Actions& out) {
  if (closed_) return;
  Incoming in;
  if (!decode(common_.version, kind, payload, in)) {
    close(1011, "undecodable message", out);
    return;
  }
  Channel* const channel = find(in.topic);
  if (channel != nullptr && channel->joining) {
    defer(*channel, kind, payload, out);
  } else {
    handle(in, out);
  }
}

void PhoenixSession::handle(const Incoming& in, Actions& out) {
  if (in.topic == "phoenix" && in.event == "heartbeat") {
    reply_ok({.ref = in.ref, .topic_json = in.topic_json}, out);
    return;
  }
  if (in.event == "phx_join") return join(in, out);
  if (in.event == "phx_leave") return leave(in, out);

  Channel* const channel = find(in.topic);
  if (channel == nullptr) {
    reply_error({.ref = in.ref, .topic_json = in.topic_json}, "unmatched topic", out);
    return;
  }
  const bool stale = in.join_ref != kNullRef && in.join_ref != channel->join_ref();
  if (!stale) event(*channel, in, out);
}

void PhoenixSession::join(const Incoming& in, Actions& out) {
  const auto topic = parse_topic(in.topic);
  // A topic whose messages are binary needs a version that has them.
  if (!topic || (topic->kind == TopicKind::y_doc_room && common_.version == Version::v1)) {
    reply_error({.ref = in.ref, .topic_json = in.topic_json}, "unmatched topic", out);
    return;
  }
  std::optional<std::string> replaced;
  if (const Channel* const old = find(in.topic)) {
    replaced = std::string(old->join_ref());
    out.push_back(ToRoom{old->room, LeaveRequest{member(*old), LeaveReason::left}});
    remove(old->id);
  }
  const auto refusal = request_join(in, replaced, out);
  if (!refusal) return;
  reply_error({.join_ref = in.join_ref, .ref = in.ref, .topic_json = in.topic_json}, *refusal, out);
  if (replaced) say_closed(*replaced, in.topic_json, out);
}

/// Asks the room to let a new channel in, or says why that is not even asked.
std::optional<std::string_view> PhoenixSession::request_join(
    const Incoming& in, const std::optional<std::string>& replaced, Actions& out) {
  if (std::ranges::distance(channels_) >= common_.limits.channels_per_connection_max) {
    return "too many channels joined";
  }
  const auto topic = parse_topic(in.topic);
  auto room = RoomName::parse(topic->room);
  if (!room) return to_string(room.error());
  if (topic->kind == TopicKind::y_doc_room && in.topic.size() > kBinaryNameBytesMax) {
    return "topic is longer than 255 bytes";
  }
  auto params = in.payload_kind == FrameKind::text ? parse_join(in.payload) : JoinParams();
  if (!params) return to_string(params.error());
  const std::uint32_t id = next_channel_++;
  const auto admission = admit(id, *room, *params);
  if (!admission) return to_string(admission.error());

  const bool by_vector = params->state_vector.has_value();
  const bool anonymous = in.join_ref == kNullRef;
  auto last = channels_.before_begin();
  for (auto next = channels_.begin(); next != channels_.end(); ++next) last = next;
  Channel& channel = *channels_.emplace_after(
      last, Channel{*room, id, first_encoding(common_.version, topic->kind, by_vector, in.topic),
                    topic->kind, anonymous, ShortText(anonymous ? in.ref : in.join_ref), nullptr,
                    std::make_unique<Joining>(
                        Joining{std::string(in.ref), by_vector, replaced, {}, {}})});
  if (!admission->name.empty()) channel.name = std::make_unique<std::string>(admission->name);

  const ConnectParams defaults = params_ ? *params_ : ConnectParams();
  Appearance appearance{params->name ? std::move(params->name) : defaults.appearance.name,
                        params->color ? std::move(params->color) : defaults.appearance.color};
  show_admitted_name(channel, appearance);
  const std::string author =
      appearance.name.value_or("").empty() ? admission->subject : *appearance.name;
  JoinRequest request{.member = member(channel),
                      .ticket = {in.ref},
                      .access = admission->access,
                      .identity = {admission->subject, presence_fields(appearance)},
                      .state_vector = std::move(params->state_vector),
                      .author = author,
                      .state_later = topic->kind == TopicKind::y_doc_room && !by_vector};
  out.push_back(ToRoom{*std::move(room), std::move(request)});
  return std::nullopt;
}

/// As what the gate lets this join in, the presence key included; without a gate as what the
/// client says.
Result<Admission, Refusal> PhoenixSession::admit(std::uint32_t channel, const RoomName& room,
                                                 const JoinParams& params) const {
  auto admission =
      gate_ ? gate_->admit(channel, room, params.token)
            : Result<Admission, Refusal>(Admission{.subject = params.user_id, .name = {}});
  if (admission && admission->subject.empty() && params_) admission->subject = params_->user_id;
  if (admission && admission->subject.empty())
    admission->subject = unique_key(common_.seed, connection_);
  return admission;
}

/// Behind a gate a member shows the name it was admitted by, or none.
void PhoenixSession::show_admitted_name(const Channel& channel, Appearance& appearance) const {
  if (!gate_) return;
  appearance.name.reset();
  if (channel.name) appearance.name = *channel.name;
}

void PhoenixSession::leave(const Incoming& in, Actions& out) {
  const Channel* const channel = find(in.topic);
  if (channel == nullptr) {
    reply_ok({.join_ref = in.join_ref, .ref = in.ref, .topic_json = in.topic_json}, out);
    return;
  }
  if (in.join_ref != kNullRef && in.join_ref != channel->join_ref()) return;
  out.push_back(ToRoom{channel->room, LeaveRequest{member(*channel), LeaveReason::left}});
  reply_ok({.join_ref = channel->push_ref(), .ref = in.ref, .topic_json = in.topic_json}, out);
  say_closed(channel->join_ref(), in.topic_json, out);
  remove(channel->id);
}

// ---- events of the room topics ------------------------------------------------------------------

void PhoenixSession::event(Channel& channel, const Incoming& in, Actions& out) {
  if (in.event == "update") return update(channel, in, out);
  if (in.event == "awareness") return awareness(channel, in, out);
  if (in.event == "presence") return presence(channel, in, out);
  if (in.event == "access_token") return access_token(channel, in, out);
  if (in.event == "yjs" || in.event == "yjs_sync") return yjs(channel, in, out);
  reply_error({.join_ref = channel.push_ref(), .ref = in.ref, .topic_json = in.topic_json},
              "unknown_event", out);
}

void PhoenixSession::update(Channel& channel, const Incoming& in, Actions& out) {
  if (in.payload_kind == FrameKind::text) {
    auto bytes = parse_update(in.payload);
    if (!bytes) {
      reply_error({.join_ref = channel.push_ref(), .ref = in.ref, .topic_json = in.topic_json},
                  to_string(Refusal::invalid_update), out);
      return;
    }
    out.push_back(
        ToRoom{channel.room, UpdateRequest{member(channel), {in.ref}, share(*std::move(bytes))}});
    return;
  }
  if (channel.encoding == Encoding::v2_text && in.topic.size() <= kBinaryNameBytesMax) {
    channel.encoding = Encoding::v2_binary;  // who writes binary can read it
    out.push_back(ChangeAudience{channel.room, member(channel), audience(channel.id)});
  }
  const ByteView bytes = byte_view(in.payload);
  out.push_back(
      ToRoom{channel.room,
             UpdateRequest{member(channel), {in.ref}, share(Bytes(bytes.begin(), bytes.end()))}});
}

void PhoenixSession::awareness(Channel& channel, const Incoming& in, Actions& out) {
  const Envelope sender{.join_ref = channel.push_ref(), .ref = in.ref, .topic_json = in.topic_json};
  const auto refuse = [&](std::string_view reason) { reply_error(sender, reason, out); };
  if (in.payload_kind != FrameKind::text) return refuse(to_string(Refusal::invalid_awareness));
  if (in.payload.size() > common_.limits.awareness_bytes_max) {
    return refuse(to_string(Refusal::too_large));
  }
  const ByteView json = byte_view(in.payload);
  out.push_back(
      ToRoom{channel.room,
             RelayRequest{
                 member(channel), "awareness", share(Bytes(json.begin(), json.end())), {in.ref}}});
}

void PhoenixSession::presence(Channel& channel, const Incoming& in, Actions& out) {
  auto appearance =
      in.payload_kind == FrameKind::text ? parse_presence(in.payload) : std::optional<Appearance>();
  if (!appearance) {
    reply_error({.join_ref = channel.push_ref(), .ref = in.ref, .topic_json = in.topic_json},
                to_string(Refusal::invalid_presence), out);
    return;
  }
  show_admitted_name(channel, *appearance);
  out.push_back(ToRoom{channel.room,
                       PresenceRequest{member(channel), {in.ref}, presence_fields(*appearance)}});
}

/// Without a gate every token is as good as any other.
void PhoenixSession::access_token(Channel& channel, const Incoming& in, Actions& out) {
  const Envelope sender{.join_ref = channel.push_ref(), .ref = in.ref, .topic_json = in.topic_json};
  if (!gate_) return reply_ok(sender, out);
  const auto token =
      in.payload_kind == FrameKind::text ? parse_access_token(in.payload) : std::string();
  const auto renewed = gate_->renew(channel.id, token);
  if (!renewed) return reply_error(sender, to_string(renewed.error()), out);
  out.push_back(
      reply(common_.version, sender, "ok", [&](Bytes& to) { append_renewal(to, *renewed); }));
}

// ---- answers of rooms ---------------------------------------------------------------------------

void PhoenixSession::on_message(std::uint32_t id, const Ticket& ticket,
                                const ServerMessage& server_message, Actions& out) {
  Channel* const channel = find(id);
  if (channel == nullptr) return;
  const std::string topic_json = json_text(channel->topic());
  const auto push = [&](std::string_view event, auto append_payload) {
    const Envelope envelope{
        .join_ref = channel->push_ref(), .topic_json = topic_json, .event = event};
    out.push_back(message(common_.version, envelope, append_payload));
  };
  const auto visitor = [&]<typename Message>(const Message& m) {
    if constexpr (std::is_same_v<Message, Joined>) {
      answer_join(*channel, ticket, m, out);
    } else if constexpr (std::is_same_v<Message, Refused>) {
      if (channel->joining) return refuse_join(*channel, ticket, to_string(m.reason), out);
      refuse(*channel, ticket, m.reason, out);
    } else if constexpr (std::is_same_v<Message, Accepted>) {
      accept(*channel, ticket, out);
    } else if constexpr (std::is_same_v<Message, RoomFailed>) {
      if (channel->joining) return refuse_join(*channel, ticket, "join crashed", out);
      fail(*channel, out);
    } else if constexpr (std::is_same_v<Message, RoomDeleted>) {
      if (channel->joining) {
        return refuse_join(*channel, ticket, to_string(Refusal::room_deleted), out);
      }
      say_deleted(*channel, out);
    } else if constexpr (std::is_same_v<Message, StorageNotice>) {
      push("storage", [&](Bytes& to) { append_storage(to, m); });
    } else if constexpr (std::is_same_v<Message, PresenceState>) {
      push("presence_state", [&](Bytes& to) { append_presence_state(to, m); });
    } else if constexpr (std::is_same_v<Message, PresenceDiff>) {
      push("presence_diff", [&](Bytes& to) { append_presence_diff(to, m); });
    } else if constexpr (std::is_same_v<Message, SyncAnswer>) {
      push_sync(*channel, m, out);
    } else if constexpr (std::is_same_v<Message, SyncAsked>) {
      push_step1(*channel, m.state_vector, out);
    } else if constexpr (std::is_same_v<Message, AwarenessUpdate>) {
      Bytes awareness;
      append_yjs_awareness(awareness, *m.update);
      push_yjs(*channel, awareness, out);
    } else if constexpr (std::is_same_v<Message, DocumentUpdate>) {
      push("update", [&](Bytes& to) { append_update(to, m); });
    } else {
      static_assert(std::is_same_v<Message, Relayed>);
      push(m.event, [&](Bytes& to) { append(to, *m.json); });
    }
  };
  std::visit(visitor, server_message);
}

void PhoenixSession::answer_join(Channel& channel, const Ticket& ticket, const Joined& joined,
                                 Actions& out) {
  CHECK(channel.joining != nullptr);
  const auto joining = std::move(channel.joining);
  if (joined.room) channel.room = *joined.room;
  const std::string topic_json = json_text(channel.topic());
  const Envelope asker{
      .join_ref = channel.join_ref(), .ref = ticket.text, .topic_json = topic_json};
  out.push_back(reply(common_.version, asker, "ok", [&](Bytes& to) {
    if (joining->by_vector) return append_joined_by_vector(to, joined);
    if (channel.kind == TopicKind::y_doc_room) return append_empty_object(to);
    append_joined_legacy(to, joined);
  }));
  if (joining->replaced) say_closed(*joining->replaced, topic_json, out);
  for (const RightsChange& change : joining->untold) on_rights(channel.id, change, out);
  resume(joining->waiting, out);
}

void PhoenixSession::refuse_join(Channel& channel, const Ticket& ticket, std::string_view reason,
                                 Actions& out) {
  const auto joining = std::move(channel.joining);
  const std::string topic_json = json_text(channel.topic());
  reply_error({.join_ref = channel.join_ref(), .ref = ticket.text, .topic_json = topic_json},
              reason, out);
  if (joining->replaced) say_closed(*joining->replaced, topic_json, out);
  remove(channel.id);
  resume(joining->waiting, out);
}

void PhoenixSession::say_deleted(Channel& channel, Actions& out) {
  const std::string topic_json = json_text(channel.topic());
  const Envelope envelope{
      .join_ref = channel.push_ref(), .topic_json = topic_json, .event = "room_deleted"};
  out.push_back(message(common_.version, envelope, append_empty_object));
  say_closed(channel.join_ref(), topic_json, out);
  remove(channel.id);
}

void PhoenixSession::fail(Channel& channel, Actions& out) {
  say_failed(channel, "channel_crash", out);
  remove(channel.id);
}

// ---- rights -------------------------------------------------------------------------------------

void PhoenixSession::on_rights(std::uint32_t id, const RightsChange& change, Actions& out) {
  Channel* const channel = find(id);
  if (channel == nullptr) return;
  if (const auto* ended = std::get_if<GrantEnded>(&change)) return end(*channel, ended->why, out);
  if (channel->joining) {
    channel->joining->untold.push_back(change);
    return;
  }
  const std::string topic_json = json_text(channel->topic());
  const auto push = [&](std::string_view event, auto append_payload) {
    const Envelope envelope{
        .join_ref = channel->push_ref(), .topic_json = topic_json, .event = event};
    out.push_back(message(common_.version, envelope, append_payload));
  };
  if (const auto* expiring = std::get_if<GrantExpiring>(&change)) {
    push("token_expiring", [&](Bytes& to) { append_expiring(to, *expiring); });
  } else if (const auto* changed = std::get_if<AccessChanged>(&change)) {
    push("access", [&](Bytes& to) { append_access(to, to_string(changed->access), {}); });
  }
}

/// phoenix.js answers phx_error with a rejoin, by the params of that moment: right for whoever can
/// bring a better token. phx_close it takes for the last word: right for whoever was put out. A
/// client that comes back is the same to the others if it comes soon, hence `lost`. (PHX-34)
void PhoenixSession::end(Channel& channel, GrantEnd why, Actions& out) {
  const auto reason = why == GrantEnd::expired ? LeaveReason::lost : LeaveReason::left;
  out.push_back(ToRoom{channel.room, LeaveRequest{member(channel), reason}});
  if (channel.joining) {
    const Ticket ticket{channel.joining->ref};
    const Refusal refusal = why == GrantEnd::expired   ? Refusal::expired
                            : why == GrantEnd::revoked ? Refusal::unauthorized
                                                       : Refusal::forbidden;
    return refuse_join(channel, ticket, to_string(refusal), out);
  }
  const std::string topic_json = json_text(channel.topic());
  const Envelope envelope{
      .join_ref = channel.push_ref(), .topic_json = topic_json, .event = "access"};
  out.push_back(message(common_.version, envelope,
                        [&](Bytes& to) { append_access(to, "none", to_string(why)); }));
  if (why == GrantEnd::kicked) {
    say_closed(channel.join_ref(), topic_json, out);
  } else {
    say_failed(channel, to_string(why), out);
  }
  remove(channel.id);
}

void PhoenixSession::on_grant_ended(GrantEnd why, Actions& out) {
  if (!closed_) close(1008, to_string(why), out);
}

// ---- what waits for the answer to a join -------------------------------------------------------

void PhoenixSession::defer(Channel& channel, FrameKind kind, ByteView payload, Actions& out) {
  const std::size_t cost = waiting_cost(payload.size());
  if (waiting_bytes_ + cost > common_.limits.message_bytes_max) {
    close(1013, "too much sent before the join was answered", out);
    return;
  }
  waiting_bytes_ += static_cast<std::uint32_t>(cost);
  channel.joining->waiting.push_back({kind, Bytes(payload.begin(), payload.end())});
}

void PhoenixSession::resume(const std::vector<Frame>& waiting, Actions& out) {
  for (const Frame& frame : waiting) {
    waiting_bytes_ -= static_cast<std::uint32_t>(waiting_cost(frame.payload.size()));
    on_frame(frame.kind, frame.payload, out);
  }
}

// ---- the rest -----------------------------------------------------------------------------------

Audience PhoenixSession::audience(std::uint32_t id) const {
  const Channel* const channel = const_cast<PhoenixSession*>(this)->find(id);
  if (channel == nullptr) return {};
  return {static_cast<std::uint8_t>(channel->encoding), channel->topic()};
}

void PhoenixSession::on_close(LeaveReason reason, Actions& out) {
  closed_ = true;
  for (const Channel& channel : channels_) {
    out.push_back(ToRoom{channel.room, LeaveRequest{member(channel), reason}});
  }
  channels_.clear();
}

PhoenixSession::Channel* PhoenixSession::find(std::string_view topic) {
  const auto name = parse_topic(topic);
  if (!name) return nullptr;
  const auto found = std::ranges::find_if(channels_, [&](const Channel& channel) {
    return channel.kind == name->kind && channel.room.str() == name->room;
  });
  return found == channels_.end() ? nullptr : &*found;
}

PhoenixSession::Channel* PhoenixSession::find(std::uint32_t id) {
  const auto found = std::ranges::find(channels_, id, &Channel::id);
  return found == channels_.end() ? nullptr : &*found;
}

void PhoenixSession::remove(std::uint32_t id) {
  if (gate_) gate_->release(id);
  channels_.remove_if([id](const Channel& channel) { return channel.id == id; });
}

void PhoenixSession::reply_ok(const Envelope& to, Actions& out) const {
  out.push_back(reply(common_.version, to, "ok", append_empty_object));
}

void PhoenixSession::reply_error(const Envelope& to, std::string_view reason, Actions& out) const {
  auto sent =
      reply(common_.version, to, "error", [reason](Bytes& json) { append_reason(json, reason); });
  sent.refusal = reason;
  out.push_back(std::move(sent));
}

void PhoenixSession::say_failed(const Channel& channel, std::string_view reason,
                                Actions& out) const {
  const std::string topic_json = json_text(channel.topic());
  const Envelope envelope{.join_ref = channel.join_ref(),
                          .ref = channel.join_ref(),
                          .topic_json = topic_json,
                          .event = "phx_error"};
  out.push_back(message(common_.version, envelope, [&](Bytes& to) { append_reason(to, reason); }));
}

void PhoenixSession::say_closed(std::string_view join_ref, std::string_view topic_json,
                                Actions& out) const {
  const Envelope envelope{
      .join_ref = join_ref, .ref = join_ref, .topic_json = topic_json, .event = "phx_close"};
  out.push_back(message(common_.version, envelope, append_empty_object));
}

void PhoenixSession::close(std::uint16_t code, std::string_view reason, Actions& out) {
  closed_ = true;
  out.push_back(CloseConnection{code, reason});
}

}  // namespace righttask::protocol::phoenix
