#include "protocol/phoenix/frame.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"
#include "protocol/phoenix/json_reader.h"
#include "protocol/phoenix/json_writer.h"

namespace righttask::protocol::phoenix {
namespace {

constexpr std::uint8_t kKindPush = 0;
constexpr std::uint8_t kKindBroadcast = 2;

/// A ref's JSON text in one spelling, so that refs compare as text: "\u0033" becomes "3".
/// False when it is too long, in either spelling: "\t" becomes "\u0009".
bool read_ref(std::string_view json, std::string& out) {
  if (json.size() > kRefBytesMax) return false;
  out = json;
  if (json.find('\\') == std::string_view::npos) return true;
  if (const auto text = json_string(json)) {
    Bytes respelled;
    append_json_string(respelled, *text);
    out = as_text(respelled);
  }
  return out.size() <= kRefBytesMax;
}

/// A binary frame's ref as JSON text.
void read_binary_ref(std::string_view text, std::string& out) {
  if (text.empty()) {
    out = kNullRef;
    return;
  }
  Bytes json;
  append_json_string(json, text);
  out = as_text(json);
}

/// The characters of a JSON string, in place where it has no escapes. Empty for anything else.
std::string_view read_name(std::string_view json, std::string& storage) {
  if (!json.starts_with('"')) return {};
  if (json.find('\\') == std::string_view::npos) return json.substr(1, json.size() - 2);
  storage = json_string(json).value_or(std::string());
  return storage;
}

/// The five parts of a text message, each one value of JSON.
struct Parts {
  std::optional<std::string_view> join_ref, ref, topic, event, payload;
};

std::optional<Parts> read_v2(std::string_view text) {
  JsonReader reader(text);
  if (!reader.take('[')) return std::nullopt;
  Parts parts;
  for (auto* part : {&parts.join_ref, &parts.ref, &parts.topic, &parts.event, &parts.payload}) {
    if (part != &parts.join_ref && !reader.take(',')) return std::nullopt;
    *part = reader.value(kJsonDepthMax - 1);
    if (!*part) return std::nullopt;
  }
  while (reader.take(',')) {
    if (!reader.value(kJsonDepthMax - 1)) return std::nullopt;
  }
  if (!reader.take(']') || !reader.at_end()) return std::nullopt;
  return parts;
}

std::optional<Parts> read_v1(std::string_view text) {
  JsonReader reader(text);
  Parts parts;
  const std::pair<std::string_view, std::optional<std::string_view>*> keys[] = {
      {"join_ref", &parts.join_ref}, {"ref", &parts.ref},         {"topic", &parts.topic},
      {"event", &parts.event},       {"payload", &parts.payload},
  };
  if (!reader.take('{')) return std::nullopt;
  do {
    const auto name = reader.string();
    if (!name || !reader.take(':')) return std::nullopt;
    const auto value = reader.value(kJsonDepthMax - 1);
    if (!value) return std::nullopt;
    for (const auto& [key, part] : keys) {
      if (is_json_key(*name, key)) *part = value;
    }
  } while (reader.take(','));
  if (!reader.take('}') || !reader.at_end()) return std::nullopt;
  return parts;
}

bool fill(const Parts& parts, Incoming& out) {
  if (!parts.ref || !parts.topic || !parts.event || !parts.payload) return false;
  if (!read_ref(parts.join_ref.value_or(kNullRef), out.join_ref)) return false;
  if (!read_ref(*parts.ref, out.ref)) return false;
  out.topic_json = *parts.topic;
  out.topic = read_name(*parts.topic, out.storage.topic);
  out.event = read_name(*parts.event, out.storage.event);
  out.payload_kind = FrameKind::text;
  out.payload = *parts.payload;
  return true;
}

bool decode_binary(ByteView bytes, Incoming& out) {
  constexpr std::size_t kHeadBytes = 5;
  if (bytes.size() < kHeadBytes || bytes[0] != kKindPush) return false;
  const std::size_t sizes[] = {bytes[1], bytes[2], bytes[3], bytes[4]};
  const std::size_t names_bytes = sizes[0] + sizes[1] + sizes[2] + sizes[3];
  if (bytes.size() < kHeadBytes + names_bytes) return false;

  std::size_t at = kHeadBytes;
  std::string_view names[4];
  for (std::size_t i = 0; i < 4; ++i) {
    names[i] = as_text(bytes.subspan(at, sizes[i]));
    if (!is_utf8(byte_view(names[i]))) return false;
    at += sizes[i];
  }
  read_binary_ref(names[0], out.join_ref);
  read_binary_ref(names[1], out.ref);
  out.topic = names[2];
  append_json_string(out.storage.topic_json, names[2]);
  out.topic_json = as_text(out.storage.topic_json);
  out.event = names[3];
  out.payload_kind = FrameKind::binary;
  out.payload = as_text(bytes.subspan(at));
  return true;
}

}  // namespace

bool decode(Version version, FrameKind kind, ByteView bytes, Incoming& out) {
  if (kind == FrameKind::binary) return version == Version::v2 && decode_binary(bytes, out);
  const auto parts = version == Version::v2 ? read_v2(as_text(bytes)) : read_v1(as_text(bytes));
  return parts && fill(*parts, out);
}

void open_message(Bytes& out, Version version, const Envelope& envelope) {
  if (version == Version::v1) {
    append(out, "{\"ref\":");
    append(out, envelope.ref);
    append(out, ",\"topic\":");
    append(out, envelope.topic_json);
    append(out, ",\"event\":");
    append_json_string(out, envelope.event);
    append(out, ",\"payload\":");
    return;
  }
  append(out, "[");
  append(out, envelope.join_ref);
  append(out, ",");
  append(out, envelope.ref);
  append(out, ",");
  append(out, envelope.topic_json);
  append(out, ",");
  append_json_string(out, envelope.event);
  append(out, ",");
}

void close_message(Bytes& out, Version version) {
  out.push_back(version == Version::v1 ? '}' : ']');
}

void open_reply(Bytes& out, Version version, Envelope envelope, std::string_view status) {
  envelope.event = "phx_reply";
  open_message(out, version, envelope);
  append(out, "{\"status\":\"");
  append(out, status);
  append(out, "\",\"response\":");
}

void close_reply(Bytes& out, Version version) {
  out.push_back('}');
  close_message(out, version);
}

void open_binary_push(Bytes& out, std::string_view join_ref, std::string_view topic,
                      std::string_view event) {
  CHECK(topic.size() <= kBinaryNameBytesMax && event.size() <= kBinaryNameBytesMax);
  // What is no string, which no client of the published package sends, goes by its text.
  std::string name(join_ref == kNullRef ? std::string_view() : join_ref);
  if (auto text = json_string(join_ref)) name = *std::move(text);
  CHECK(name.size() <= kBinaryNameBytesMax);
  out.push_back(kKindPush);
  for (const auto part : {std::string_view(name), topic, event}) {
    out.push_back(static_cast<std::uint8_t>(part.size()));
  }
  for (const auto part : {std::string_view(name), topic, event}) append(out, part);
}

void open_binary_broadcast(Bytes& out, std::string_view topic, std::string_view event) {
  CHECK(topic.size() <= kBinaryNameBytesMax && event.size() <= kBinaryNameBytesMax);
  out.push_back(kKindBroadcast);
  out.push_back(static_cast<std::uint8_t>(topic.size()));
  out.push_back(static_cast<std::uint8_t>(event.size()));
  append(out, topic);
  append(out, event);
}

Bytes binary_broadcast(std::string_view topic, std::string_view event, ByteView payload) {
  Bytes out;
  out.reserve(3 + topic.size() + event.size() + payload.size());
  open_binary_broadcast(out, topic, event);
  append(out, payload);
  return out;
}

}  // namespace righttask::protocol::phoenix
