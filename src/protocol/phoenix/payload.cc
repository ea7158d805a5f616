#include "protocol/phoenix/payload.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/utf8.h"
#include "protocol/phoenix/json_reader.h"
#include "protocol/phoenix/json_writer.h"

namespace righttask::protocol::phoenix {
namespace {

/// The update that says nothing: no structs, no deletions.
constexpr std::uint8_t kEmptyUpdate[] = {0, 0};

struct Member {
  bool valid = true;  // absent, null, or a string
  std::optional<std::string> text;
};

Member string_member(std::string_view json, std::string_view key) {
  const auto value = json_member(json, key);
  if (!value || *value == "null") return {};
  auto text = json_string(*value);
  return {text.has_value(), std::move(text)};
}

void append_metas(Bytes& out, const std::vector<PresenceMeta>& metas) {
  append(out, "{\"metas\":[");
  bool first = true;
  for (const PresenceMeta& meta : metas) {
    if (!std::exchange(first, false)) append(out, ",");
    append(out, "{\"online_at\":\"");
    append(out, std::to_string(meta.online_at));
    append(out, "\",");
    if (!meta.fields.empty()) append(out, meta.fields), append(out, ",");
    append(out, "\"phx_ref\":");
    append_json_string(out, meta.ref);
    if (!meta.previous_ref.empty()) {
      append(out, ",\"phx_ref_prev\":");
      append_json_string(out, meta.previous_ref);
    }
    append(out, "}");
  }
  append(out, "]}");
}

void append_entries(Bytes& out, const std::vector<PresenceEntry>& entries) {
  append(out, "{");
  bool first = true;
  for (const PresenceEntry& entry : entries) {
    if (!std::exchange(first, false)) append(out, ",");
    append_json_string(out, entry.key);
    append(out, ":");
    append_metas(out, entry.metas);
  }
  append(out, "}");
}

void append_base64(Bytes& out, ByteView bytes) {
  append(out, "\"");
  append(out, base64_encode(bytes));
  append(out, "\"");
}

}  // namespace

Result<JoinParams, Refusal> parse_join(std::string_view json) {
  JoinParams params;
  auto user_id = string_member(json, "user_id");
  if (!user_id.valid) return fail(Refusal::invalid_presence);
  params.user_id = std::move(user_id.text).value_or(std::string());
  if (!params.user_id.empty() && !is_user_id(params.user_id)) {
    return fail(Refusal::invalid_presence);
  }
  if (json.starts_with('{')) {
    auto appearance = parse_presence(json);
    if (!appearance) return fail(Refusal::invalid_presence);
    params.name = std::move(appearance->name);
    params.color = std::move(appearance->color);
  }
  const auto state_vector = string_member(json, "state_vector");
  if (!state_vector.valid) return fail(Refusal::invalid_state_vector);
  if (state_vector.text) {
    params.state_vector = base64_decode(*state_vector.text);
    if (!params.state_vector) return fail(Refusal::invalid_state_vector);
  }
  auto token = string_member(json, "token");
  params.token = token.valid ? std::move(token.text) : std::string();
  return params;
}

std::optional<Bytes> parse_update(std::string_view json) {
  const auto data = json_member(json, "data");
  if (!data) return std::nullopt;
  return json_byte_list(*data);
}

std::optional<Appearance> parse_presence(std::string_view json) {
  if (!json.starts_with('{')) return std::nullopt;
  auto name = string_member(json, "name");
  auto color = string_member(json, "color");
  if (!name.valid || (name.text && !is_name(*name.text))) return std::nullopt;
  if (!color.valid || (color.text && !is_color(*color.text))) return std::nullopt;
  return Appearance{std::move(name.text), std::move(color.text)};
}

std::string parse_access_token(std::string_view json) {
  const auto token = string_member(json, "token");
  return token.valid ? token.text.value_or(std::string()) : std::string();
}

bool is_user_id(std::string_view text) {
  return !text.empty() && text.size() <= kUserIdBytesMax && is_utf8(byte_view(text));
}

bool is_name(std::string_view text) {
  return is_utf8(byte_view(text)) && utf16_length(text) <= kPresenceNameUtf16Max;
}

bool is_color(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  return text.size() == 7 && text[0] == '#' &&
         text.find_first_not_of(kDigits, 1) == std::string_view::npos;
}

std::string presence_fields(const Appearance& appearance) {
  Bytes out;
  if (appearance.name) {
    append(out, "\"name\":");
    append_json_string(out, *appearance.name);
  }
  if (appearance.color) {
    append(out, out.empty() ? "\"color\":" : ",\"color\":");
    append_json_string(out, *appearance.color);
  }
  return std::string(as_text(out));
}

void append_joined_legacy(Bytes& out, const Joined& joined) {
  append(out, "{\"state\":");
  const bool empty = std::ranges::equal(*joined.state, kEmptyUpdate);
  append_byte_list(out, empty ? ByteView() : ByteView(*joined.state));
  append(out, "}");
}

void append_joined_by_vector(Bytes& out, const Joined& joined) {
  append(out, "{\"update\":");
  append_base64(out, *joined.state);
  append(out, ",\"state_vector\":");
  append_base64(out, joined.state_vector);
  append(out, "}");
}

void append_reason(Bytes& out, std::string_view reason) {
  append(out, "{\"reason\":");
  append_json_string(out, reason);
  append(out, "}");
}

void append_expiring(Bytes& out, const GrantExpiring& expiring) {
  append(out, "{\"expires_in\":");
  append(out, std::to_string(expiring.left.count()));
  append(out, "}");
}

void append_renewal(Bytes& out, const Renewal& renewal) {
  append(out, "{\"scope\":");
  append_json_string(out, to_string(renewal.access));
  append(out, ",\"expires_in\":");
  append(out, std::to_string(renewal.left.count()));
  append(out, "}");
}

void append_access(Bytes& out, std::string_view scope, std::string_view reason) {
  append(out, "{\"scope\":");
  append_json_string(out, scope);
  if (!reason.empty()) append(out, ",\"reason\":"), append_json_string(out, reason);
  append(out, "}");
}

void append_presence_state(Bytes& out, const PresenceState& state) {
  append_entries(out, *state.entries);
}

void append_presence_diff(Bytes& out, const PresenceDiff& diff) {
  append(out, "{\"joins\":");
  append_entries(out, diff.joins);
  append(out, ",\"leaves\":");
  append_entries(out, diff.leaves);
  append(out, "}");
}

void append_update(Bytes& out, const DocumentUpdate& update) {
  append(out, "{\"data\":");
  append_byte_list(out, *update.update);
  append(out, "}");
}

void append_storage(Bytes& out, const StorageNotice& notice) {
  append(out, "{\"state\":");
  append_json_string(out, to_string(notice.state));
  append(out, "}");
}

}  // namespace righttask::protocol::phoenix
