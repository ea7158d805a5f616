#include "protocol/phoenix/dialect.h"

#include <array>
#include <utility>
#include <variant>

#include "protocol/phoenix/json_writer.h"
#include "protocol/phoenix/session.h"
#include "protocol/yjs_message.h"

namespace righttask::protocol::phoenix {
namespace {

/// Of parameters with one name the last counts, as Plug has it.
std::optional<std::string_view> parameter(const OpenRequest& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& [key, value] : request.query) {
    if (key == name) found = value;
  }
  return found;
}

/// Whether the text is a version number's part: digits without a leading zero.
bool is_version_part(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return text == "0" || text[0] != '0';
}

/// `~> 1.0.0` and `~> 2.0.0`: the first two parts as here, the third any.
std::optional<Version> parse_version(std::string_view vsn) {
  constexpr std::size_t kSeries = 4;  // "1.0."
  if (!is_version_part(vsn.substr(std::min(kSeries, vsn.size())))) return std::nullopt;
  if (vsn.starts_with("1.0.")) return Version::v1;
  if (vsn.starts_with("2.0.")) return Version::v2;
  return std::nullopt;
}

/// The user's parameters, as far as a join could use them; what it could not is left out. Behind
/// a gate nobody says for themselves who they are.
ConnectParams connect_params(const OpenRequest& request) {
  ConnectParams params;
  const bool gated = request.gate != nullptr;
  const auto user_id = parameter(request, "user_id");
  if (!gated && user_id && is_user_id(*user_id)) params.user_id = *user_id;
  const auto name = parameter(request, "name");
  if (!gated && name && is_name(*name)) params.appearance.name = *name;
  const auto color = parameter(request, "color");
  if (color && is_color(*color)) params.appearance.color = *color;
  return params;
}

/// A broadcast as text; `append_payload(Bytes&)` writes the payload's JSON.
template <typename AppendPayload>
Frame text_broadcast(const Audience& audience, std::string_view event,
                     AppendPayload append_payload) {
  const Version version =
      Encoding(audience.encoding) == Encoding::v1_text ? Version::v1 : Version::v2;
  Bytes topic_json;
  append_json_string(topic_json, audience.address);
  Bytes out;
  open_message(out, version, {.topic_json = as_text(topic_json), .event = event});
  append_payload(out);
  close_message(out, version);
  return {FrameKind::text, std::move(out)};
}

/// A broadcast as a message of Yjs, which `append_message(Bytes&)` writes.
template <typename AppendMessage>
Frame yjs_broadcast(const Audience& audience, AppendMessage append_message) {
  Bytes out;
  open_binary_broadcast(out, audience.address, "yjs");
  append_message(out);
  return {FrameKind::binary, std::move(out)};
}

}  // namespace

Result<std::unique_ptr<Session>, std::uint16_t> Dialect::open(OpenRequest request) const {
  const auto version = parse_version(parameter(request, "vsn").value_or("1.0.0"));
  if (!version) return fail(std::uint16_t{403});
  ConnectParams params = connect_params(request);
  return std::make_unique<PhoenixSession>(*version == Version::v1 ? v1_ : v2_, request.connection,
                                          std::move(params), std::move(request.gate));
}

std::optional<Frame> Dialect::encode_broadcast(const Audience& audience,
                                               const ServerMessage& message) const {
  const auto encoding = Encoding(audience.encoding);
  if (encoding == Encoding::none) return std::nullopt;
  if (encoding == Encoding::v2_yjs) {
    if (const auto* update = std::get_if<DocumentUpdate>(&message)) {
      return yjs_broadcast(audience, [&](Bytes& out) { append_yjs_update(out, *update->update); });
    }
    if (const auto* awareness = std::get_if<AwarenessUpdate>(&message)) {
      return yjs_broadcast(audience,
                           [&](Bytes& out) { append_yjs_awareness(out, *awareness->update); });
    }
    if (std::holds_alternative<Relayed>(message)) return std::nullopt;
  }
  if (const auto* update = std::get_if<DocumentUpdate>(&message)) {
    if (encoding == Encoding::v2_binary) {
      return Frame{FrameKind::binary,
                   binary_broadcast(audience.address, "update", *update->update)};
    }
    return text_broadcast(audience, "update", [&](Bytes& out) { append_update(out, *update); });
  }
  if (const auto* diff = std::get_if<PresenceDiff>(&message)) {
    return text_broadcast(audience, "presence_diff",
                          [&](Bytes& out) { append_presence_diff(out, *diff); });
  }
  if (const auto* state = std::get_if<PresenceState>(&message)) {
    return text_broadcast(audience, "presence_state",
                          [&](Bytes& out) { append_presence_state(out, *state); });
  }
  if (const auto* relayed = std::get_if<Relayed>(&message)) {
    return text_broadcast(audience, relayed->event,
                          [&](Bytes& out) { append(out, *relayed->json); });
  }
  if (const auto* notice = std::get_if<StorageNotice>(&message)) {
    return text_broadcast(audience, "storage", [&](Bytes& out) { append_storage(out, *notice); });
  }
  return std::nullopt;
}

}  // namespace righttask::protocol::phoenix
