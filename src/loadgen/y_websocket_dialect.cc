#include "loadgen/y_websocket_dialect.h"

#include <array>

#include "ydoc/awareness.h"
#include "ydoc/sync.h"

namespace righttask::loadgen {
namespace {

constexpr std::uint8_t kSync = 0;
constexpr std::uint8_t kAwareness = 1;
constexpr std::uint8_t kAuth = 2;

constexpr std::array<std::uint8_t, 1> kEmptyStateVector = {0};
constexpr std::array<std::uint8_t, 2> kEmptyUpdate = {0, 0};

}  // namespace

void YProtocolsDialect::on_sync(Peer& peer, Reader& in, Outgoing& out, Hearing& hearing) const {
  const auto message = ydoc::read_sync(in);
  if (!message) return;
  switch (message->kind) {
    case ydoc::SyncKind::step1:
      return on_sync_step1(peer, out);
    case ydoc::SyncKind::step2:
      if (peer.joined) return hearing.update(message->payload);
      peer.joined = true;
      return hearing.joined(message->payload);
    case ydoc::SyncKind::update:
      if (peer.joined) hearing.update(message->payload);  // else the state will hold it
      return;
  }
}

/// A document that was just opened has nothing that the server lacks.
void YProtocolsDialect::on_sync_step1(Peer& peer, Outgoing& out) const {
  Writer message;
  begin(peer, message);
  message.byte(kSync);
  ydoc::write_sync(message, ydoc::SyncKind::step2, kEmptyUpdate);
  out.binary(message.view());
}

void YProtocolsDialect::send_step1(const Peer& peer, Outgoing& out) const {
  Writer message;
  begin(peer, message);
  message.byte(kSync);
  ydoc::write_sync(message, ydoc::SyncKind::step1, kEmptyStateVector);
  out.binary(message.view());
}

void YProtocolsDialect::send_awareness(const Peer& peer, Outgoing& out) const {
  const std::string state = user_state(peer);
  // Clock 0 is that of the state before it is set, which nobody hears of.
  const ydoc::AwarenessEntry entry{.client = peer.client, .clock = 1, .state = state};
  Writer message;
  begin(peer, message);
  message.byte(kAwareness);
  message.var_bytes(ydoc::encode_awareness({&entry, 1}));
  out.binary(message.view());
}

void YProtocolsDialect::send_no_awareness(const Peer& peer, Outgoing& out) const {
  Writer message;
  begin(peer, message);
  message.byte(kAwareness);
  message.var_bytes(ydoc::encode_awareness({}));
  out.binary(message.view());
}

void YProtocolsDialect::send_update(const Peer& peer, ByteView update, Outgoing& out) const {
  Writer message;
  begin(peer, message);
  message.byte(kSync);
  ydoc::write_sync(message, ydoc::SyncKind::update, update);
  out.binary(message.view());
}

std::string YWebsocketDialect::request_target(const Peer& peer) const {
  std::string path = options_.path;
  while (path.ends_with('/')) path.pop_back();
  std::string more;
  if (!options_.token.empty()) more = "token=" + encode_component(options_.token);
  return target(path + "/" + room_name(peer), more);
}

void YWebsocketDialect::open(Peer& peer, Outgoing& out) const {
  send_step1(peer, out);
  send_awareness(peer, out);
}

void YWebsocketDialect::on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                                   Hearing& hearing) const {
  if (kind != Opcode::binary) return;
  Reader in(message);
  const auto type = in.var_uint();
  if (!type) return;
  if (*type == kSync) return on_sync(peer, in, out, hearing);
  if (*type == kAuth) {
    if (const auto denied = in.var_uint(); denied && *denied != 0) return;
    hearing.refused(in.var_string().value_or("permission denied"));
  }
}

void YWebsocketDialect::push_update(Peer& peer, ByteView update, Outgoing& out) const {
  send_update(peer, update, out);
}

/// The server pings; a pong is all it wants.
void YWebsocketDialect::keep_alive(Peer&, Outgoing&) const {}

}  // namespace righttask::loadgen
