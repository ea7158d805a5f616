#include "loadgen/phoenix_dialect.h"

#include <array>
#include <charconv>
#include <optional>

#include "base/base64.h"

namespace righttask::loadgen {
namespace {

constexpr std::string_view kJoinReply = R"(["1","1",)";
constexpr std::string_view kPushReply = R"(["1","u",)";
constexpr std::string_view kPush = R"(["1",null,)";  // presence_state and the like
constexpr std::string_view kBroadcast = R"([null,null,)";
constexpr std::string_view kHeartbeatReply = R"([null,"h",)";
constexpr std::uint8_t kBinaryBroadcast = 2;

/// The bytes of a JSON list of integers that stands behind `key`; nothing if there is none.
std::optional<Bytes> byte_list(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == text.npos) return std::nullopt;
  Bytes out;
  const char* next = text.data() + at + key.size();
  const char* const end = text.data() + text.size();
  while (next < end && *next != ']') {
    std::uint8_t value = 0;
    const auto [stop, error] = std::from_chars(next, end, value);
    if (error != std::errc()) return std::nullopt;
    out.push_back(value);
    next = stop < end && *stop == ',' ? stop + 1 : stop;
  }
  return out;
}

std::string byte_list(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 4 + 2);
  std::array<char, 4> digits;
  for (const std::uint8_t byte : bytes) {
    out += out.empty() ? '[' : ',';
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), byte);
    out.append(digits.data(), end);
  }
  return out.empty() ? "[]" : out + "]";
}

/// The payload of a broadcast of event "update", or nothing.
std::optional<ByteView> broadcast_update(ByteView frame) {
  if (frame.size() < 3 || frame[0] != kBinaryBroadcast) return std::nullopt;
  const std::size_t topic = frame[1];
  const std::size_t event = frame[2];
  if (frame.size() < 3 + topic + event) return std::nullopt;
  if (as_text(frame.subspan(3 + topic, event)) != "update") return std::nullopt;
  return frame.subspan(3 + topic + event);
}

}  // namespace

std::string PhoenixDialect::request_target(const Peer&) const {
  std::string more = "vsn=2.0.0";
  if (!options_.token.empty()) more += "&token=" + encode_component(options_.token);
  return target(options_.path.empty() ? "/socket/websocket" : options_.path, more);
}

void PhoenixDialect::open(Peer& peer, Outgoing& out) const {
  std::string params;
  if (payload_ == Payload::binary) {
    const std::string member = std::to_string(peer.member);
    params = R"("state_vector":"AA==","user_id":"user-)" + member + R"(","name":"User )" + member +
             R"(","color":"#336699")";
  }
  out.text(R"(["1","1",")" + topic(peer) + R"(","phx_join",{)" + params + "}]");
}

void PhoenixDialect::on_message(Peer& peer, Opcode kind, ByteView message, Outgoing&,
                                Hearing& hearing) const {
  if (kind == Opcode::binary) {
    if (const auto update = broadcast_update(message)) hearing.update(*update);
    return;
  }
  const std::string_view text = as_text(message);
  if (text.starts_with(kJoinReply) || text.starts_with(kPushReply)) {
    return on_reply(peer, text, hearing);
  }
  if (text.starts_with(kBroadcast)) {
    if (const auto update = byte_list(text, R"("update",{"data":[)")) hearing.update(*update);
    return;
  }
  if (text.starts_with(kHeartbeatReply) || !text.starts_with(kPush)) return;
  // A state of presences may be long; what says that the channel is over is short.
  const std::string_view head = text.substr(0, 300);
  if (head.contains(R"("phx_close")") || head.contains(R"("phx_error")")) hearing.refused(head);
}

void PhoenixDialect::on_reply(Peer& peer, std::string_view text, Hearing& hearing) const {
  const std::size_t at = text.find(R"("phx_reply",)");
  if (at == text.npos) {  // phx_close and phx_error repeat the join's refs
    return hearing.refused(text.substr(0, 300));
  }
  const bool good = text.substr(at, 64).contains(R"("status":"ok")") ||
                    text.substr(text.size() - std::min<std::size_t>(text.size(), 64))
                        .contains(R"("status":"ok")");
  if (!good) return hearing.refused(text.substr(0, 300));
  if (text.starts_with(kPushReply)) return hearing.acknowledged();
  if (peer.joined) return;
  peer.joined = true;
  if (const auto state = byte_list(text, R"("state":[)")) return hearing.joined(*state);
  constexpr std::string_view kUpdate = R"("update":")";
  if (const std::size_t begin = text.find(kUpdate); begin != text.npos) {
    const std::string_view rest = text.substr(begin + kUpdate.size());
    if (const auto state = base64_decode(rest.substr(0, rest.find('"')))) {
      return hearing.joined(*state);
    }
  }
  hearing.joined({});
}

void PhoenixDialect::push_update(Peer& peer, ByteView update, Outgoing& out) const {
  const std::string name = topic(peer);
  if (payload_ == Payload::json) {
    return out.text(R"(["1","u",")" + name + R"(","update",{"data":)" + byte_list(update) + "}]");
  }
  Bytes push = {0, 1, 1, static_cast<std::uint8_t>(name.size()), 6, '1', 'u'};
  append(push, name);
  append(push, "update");
  append(push, update);
  out.binary(push);
}

void PhoenixDialect::keep_alive(Peer&, Outgoing& out) const {
  out.text(R"([null,"h","phoenix","heartbeat",{}])");
}

}  // namespace righttask::loadgen
