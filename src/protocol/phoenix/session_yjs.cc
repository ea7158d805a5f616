// Messages of Yjs on a room's topics, as the package y-phoenix-channel exchanges them: any event of
// the client's comes as `yjs_sync` or `yjs`, and the server's go as `yjs`, never as replies. What
// was taken in is not answered at all, what was refused gets an error reply, which that client
// passes over. (Spec: YJS-3 to YJS-12)

#include <utility>

#include "protocol/phoenix/json_writer.h"
#include "protocol/phoenix/session.h"
#include "protocol/yjs_message.h"

namespace righttask::protocol::phoenix {
namespace {

constexpr std::string_view kEvent = "yjs";

/// Before the ref in tickets of such messages; refs are JSON, which does not begin like that.
constexpr char kOfYjs = '~';

Ticket ticket_of(const Incoming& in) {
  return {kOfYjs + in.ref};
}

bool is_of_yjs(const Ticket& ticket) {
  return ticket.text.starts_with(kOfYjs);
}

std::string_view ref_of(const Ticket& ticket) {
  return std::string_view(ticket.text).substr(is_of_yjs(ticket) ? 1 : 0);
}

Bytes copy(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string quoted(std::string_view utf8) {
  Bytes json;
  append_json_string(json, utf8);
  return std::string(as_text(json));
}

}  // namespace

void PhoenixSession::yjs(Channel& channel, const Incoming& in, Actions& out) {
  const auto unknown = [&] {
    reply_error({.join_ref = channel.push_ref(), .ref = in.ref, .topic_json = in.topic_json},
                "unknown_message", out);
  };
  if (in.payload_kind == FrameKind::text) return unknown();
  const auto message = read_yjs_message(byte_view(in.payload));
  if (!message) {
    out.push_back(ToRoom{channel.room, LeaveRequest{member(channel), LeaveReason::lost}});
    say_failed(channel, "invalid_message", out);
    return remove(channel.id);
  }
  if (channel.encoding != Encoding::v2_yjs) {
    channel.encoding = Encoding::v2_yjs;  // whoever says such things understands them
    out.push_back(ChangeAudience{channel.room, member(channel), audience(channel.id)});
  }
  const auto ask = [&](RoomMessage request) {
    out.push_back(ToRoom{channel.room, std::move(request)});
  };
  switch (message->kind) {
    case YjsKind::step1:
      return ask(SyncRequest{member(channel), ticket_of(in), copy(message->payload)});
    case YjsKind::update:
      return ask(UpdateRequest{member(channel), ticket_of(in), share(copy(message->payload))});
    case YjsKind::awareness:
      return ask(AwarenessRequest{member(channel), ticket_of(in),
                                  gate_ ? gate_->subject(channel.id) : std::string(),
                                  share(copy(message->payload))});
    case YjsKind::awareness_query:
      return ask(AwarenessQuery{member(channel), ticket_of(in)});
    case YjsKind::unknown:
      return unknown();
  }
}

void PhoenixSession::accept(const Channel& channel, const Ticket& ticket, Actions& out) const {
  if (is_of_yjs(ticket)) return;
  const std::string topic_json = quoted(channel.topic());
  reply_ok({.join_ref = channel.push_ref(), .ref = ticket.text, .topic_json = topic_json}, out);
}

void PhoenixSession::refuse(Channel& channel, const Ticket& ticket, Refusal reason, Actions& out) {
  const std::string topic_json = quoted(channel.topic());
  reply_error({.join_ref = channel.push_ref(), .ref = ref_of(ticket), .topic_json = topic_json},
              to_string(reason), out);
  if (!is_of_yjs(ticket) || reason != Refusal::room_deleted) return;
  // It has said so too late to be kept from joining, and would say it again at every turn.
  out.push_back(ToRoom{channel.room, LeaveRequest{member(channel), LeaveReason::left}});
  say_deleted(channel, out);
}

/// Step 2 before step 1: what the client lacks must not wait for what it has.
void PhoenixSession::push_sync(const Channel& channel, const SyncAnswer& answer,
                               Actions& out) const {
  constexpr std::size_t kHeadBytesMax = 2 + 8;  // of the message
  Bytes frame;
  frame.reserve(4 + 3 * kBinaryNameBytesMax + kHeadBytesMax + answer.state->size());
  open_binary_push(frame, channel.push_ref(), channel.topic(), kEvent);
  append_yjs_step2(frame, *answer.state);
  out.push_back(SendFrame{{FrameKind::binary, std::move(frame)}});
  push_step1(channel, answer.state_vector, out);
}

void PhoenixSession::push_step1(const Channel& channel, ByteView state_vector, Actions& out) const {
  Bytes step1;
  append_yjs_step1(step1, state_vector);
  push_yjs(channel, step1, out);
}

void PhoenixSession::push_yjs(const Channel& channel, const Bytes& message, Actions& out) const {
  if (channel.encoding != Encoding::v2_yjs) return;
  Bytes frame;
  open_binary_push(frame, channel.push_ref(), channel.topic(), kEvent);
  append(frame, message);
  out.push_back(SendFrame{{FrameKind::binary, std::move(frame)}});
}

}  // namespace righttask::protocol::phoenix
