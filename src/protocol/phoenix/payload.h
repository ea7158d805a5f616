#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "model/messages.h"
#include "protocol/session.h"

// The payloads of the room:<id> topics, in both directions. Ours: docs/spec/phoenix.md.

namespace righttask::protocol::phoenix {

// Presence keys and names are shown to everybody in the room, at every change.
inline constexpr std::size_t kUserIdBytesMax = 255;
inline constexpr std::size_t kPresenceNameUtf16Max = 100;

// ---- from clients; `json` is one valid JSON value ---------------------------------------------

struct JoinParams {
  std::string user_id;               // empty: not given
  std::optional<std::string> name;   // not given: the connection's
  std::optional<std::string> color;  // not given: the connection's
  std::optional<Bytes> state_vector;
  std::optional<std::string> token;  // not verified; empty, which no token is, if no string came
};

/// Reads `{"user_id"?, "name"?, "color"?, "state_vector"?, "token"?}`. Null is not given; what is
/// no object gives nothing, as the old server ignored its join params. Errors: invalid_presence,
/// invalid_state_vector (no base64; its inside is the room's to judge).
[[nodiscard]] Result<JoinParams, Refusal> parse_join(std::string_view json);

/// Reads `{"data":[byte, …]}`; nothing for any other shape.
[[nodiscard]] std::optional<Bytes> parse_update(std::string_view json);

/// What a member shows to the others.
struct Appearance {
  std::optional<std::string> name;
  std::optional<std::string> color;
};

/// Reads `{"name"?, "color"?}` and drops the rest; nothing for any other shape.
[[nodiscard]] std::optional<Appearance> parse_presence(std::string_view json);

/// Reads `{"token":"…"}`, not verified; empty, which no token is, for any other shape.
[[nodiscard]] std::string parse_access_token(std::string_view json);

[[nodiscard]] bool is_user_id(std::string_view text);  // 1 to 255 bytes of UTF-8
[[nodiscard]] bool is_name(std::string_view text);     // up to 100 UTF-16 units of UTF-8
[[nodiscard]] bool is_color(std::string_view text);    // #rrggbb

/// PresenceIdentity::fields: `"name":"Ann","color":"#808080"`, or less.
[[nodiscard]] std::string presence_fields(const Appearance& appearance);

// ---- to clients --------------------------------------------------------------------------------

void append_joined_legacy(Bytes& out, const Joined& joined);      // {"state":[…]}
void append_joined_by_vector(Bytes& out, const Joined& joined);   // {"update":…,"state_vector":…}
void append_reason(Bytes& out, std::string_view reason);          // {"reason":…}
void append_expiring(Bytes& out, const GrantExpiring& expiring);  // {"expires_in":seconds}
void append_renewal(Bytes& out, const Renewal& renewal);          // {"scope":…,"expires_in":…}
/// {"scope":…}, and "reason" unless that is empty.
void append_access(Bytes& out, std::string_view scope, std::string_view reason);
void append_presence_state(Bytes& out, const PresenceState& state);
void append_presence_diff(Bytes& out, const PresenceDiff& diff);
void append_update(Bytes& out, const DocumentUpdate& update);  // {"data":[…]}
void append_storage(Bytes& out, const StorageNotice& notice);  // {"state":"full"}

}  // namespace righttask::protocol::phoenix
