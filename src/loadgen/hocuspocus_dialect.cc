#include "loadgen/hocuspocus_dialect.h"

#include <array>

namespace righttask::loadgen {
namespace {

enum Type : std::uint8_t {
  kSync = 0,
  kAuth = 2,
  kClose = 7,
  kSyncStatus = 8,
  kPing = 9,
};

constexpr std::array<std::uint8_t, 1> kPong = {10};
constexpr std::uint8_t kToken = 0;             // of kAuth, from a client
constexpr std::uint8_t kPermissionDenied = 1;  // of kAuth, from a server
constexpr std::string_view kProviderVersion = "4.8.0";

// Peer::stage: the first SyncStatus is for the empty step 2 of the handshake.
constexpr std::uint8_t kStep2Answered = 1;

}  // namespace

void HocuspocusDialect::begin(const Peer& peer, Writer& message) const {
  message.var_string(room_name(peer));
}

std::string HocuspocusDialect::request_target(const Peer&) const {
  return target(options_.path.empty() ? "/" : options_.path, "");
}

void HocuspocusDialect::open(Peer& peer, Outgoing& out) const {
  Writer message;
  begin(peer, message);
  message.byte(kAuth);
  message.byte(kToken);
  message.var_string(options_.token);
  message.var_string(kProviderVersion);
  out.binary(message.view());
  send_step1(peer, out);
  send_awareness(peer, out);
}

void HocuspocusDialect::on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                                   Hearing& hearing) const {
  if (kind != Opcode::binary) return;
  if (message.size() == 1 && message[0] == kPing) return out.binary(kPong);
  Reader in(message);
  const auto address_size = in.var_uint();
  if (!address_size || !in.take(*address_size)) return;
  const auto type = in.var_uint();
  if (!type) return;
  switch (*type) {
    case kSync:
      return on_sync(peer, in, out, hearing);
    case kAuth:
      if (in.var_uint().value_or(0) == kPermissionDenied) {
        hearing.refused(in.var_string().value_or("permission denied"));
      }
      return;
    case kSyncStatus:
      if (in.var_uint().value_or(0) != 1) return hearing.refused("an update was not applied");
      if (peer.stage != kStep2Answered) {
        peer.stage = kStep2Answered;
        return;
      }
      return hearing.acknowledged();
    case kClose:
      return hearing.refused(in.var_string().value_or("the document was closed"));
    default:
      return;
  }
}

void HocuspocusDialect::push_update(Peer& peer, ByteView update, Outgoing& out) const {
  send_update(peer, update, out);
}

/// The server goes by messages. A provider would renew its awareness, which the whole room hears:
/// this keeps the connection at no other cost.
void HocuspocusDialect::keep_alive(Peer& peer, Outgoing& out) const {
  send_no_awareness(peer, out);
}

}  // namespace righttask::loadgen
