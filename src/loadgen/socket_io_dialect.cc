#include "loadgen/socket_io_dialect.h"

#include <utility>

namespace righttask::loadgen {
namespace {

// Peer::stage: what the next binary message is.
constexpr std::uint8_t kNothing = 0;
constexpr std::uint8_t kState = 1;
constexpr std::uint8_t kUpdate = 2;

}  // namespace

std::string SocketIoDialect::request_target(const Peer&) const {
  return target(options_.path.empty() ? "/socket.io/" : options_.path, "EIO=4&transport=websocket");
}

/// The server speaks first.
void SocketIoDialect::open(Peer&, Outgoing&) const {}

void SocketIoDialect::on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                                 Hearing& hearing) const {
  if (kind == Opcode::text) return on_text(peer, as_text(message), out, hearing);
  const std::uint8_t expected = std::exchange(peer.stage, kNothing);
  if (expected == kUpdate) {
    if (peer.joined) hearing.update(message);
  } else if (expected == kState && !peer.joined) {
    peer.joined = true;
    hearing.joined(message);
    out.text(R"(42["awareness",)" + user_state(peer) + "]");
  }
}

void SocketIoDialect::on_text(Peer& peer, std::string_view text, Outgoing& out,
                              Hearing& hearing) const {
  if (text.starts_with("0{")) {
    return out.text(options_.token.empty() ? "40" : R"(40{"token":")" + options_.token + R"("})");
  }
  if (text == "2") return out.text("3");
  if (text.starts_with("40")) return out.text(R"(42["join-room",")" + room_name(peer) + R"("])");
  if (text.starts_with("44") || text.starts_with("41")) return hearing.refused(text.substr(0, 300));
  if (text.starts_with(R"(451-["update")")) {
    peer.stage = kUpdate;
  } else if (text.starts_with(R"(451-["sync-state")")) {
    peer.stage = kState;
  }
}

void SocketIoDialect::push_update(Peer&, ByteView update, Outgoing& out) const {
  out.text(R"(451-["update",{"_placeholder":true,"num":0}])");
  out.binary(update);
}

/// The server pings and is answered.
void SocketIoDialect::keep_alive(Peer&, Outgoing&) const {}

}  // namespace righttask::loadgen
