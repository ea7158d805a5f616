#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/messages.h"
#include "model/room_name.h"

namespace righttask::auth {

/// Rooms by name or by prefix, and what may be done there. A value.
struct RoomRule {
  std::string name;     // without the `*` of a prefix; empty prefix: all rooms
  bool prefix = false;  // all rooms whose names begin so
  Access access = Access::read_write;

  /// "team-*" or a room's name: 1 to 255 bytes before the `*`, as room names have them, or `*`
  /// alone. A `*` elsewhere is a character like others. Nothing for what can name no room.
  [[nodiscard]] static std::optional<RoomRule> parse(std::string_view pattern, Access access);

  /// As the token had it.
  [[nodiscard]] std::string pattern() const { return prefix ? name + "*" : name; }

  bool operator==(const RoomRule&) const = default;
};

/// What a token lets its bearer do, for as long as it holds. A value; it may cross shards.
struct Grant {
  std::string subject;   // presence key; empty: none
  std::string name;      // shown to others; empty: none
  std::string token_id;  // `jti`, for revocation; empty: none
  std::optional<UnixSeconds> issued;
  /// The first moment at which it does not hold any more: `exp` and the leeway. The maximum for a
  /// token without end.
  UnixSeconds ends;
  std::vector<RoomRule> rooms;

  /// What may be done in that room; nothing: it may not be entered. An exact rule wins over
  /// prefixes, a longer prefix over a shorter one, reading over writing where two are alike.
  /// O(rules). (Spec: TOK-22)
  [[nodiscard]] std::optional<Access> access_to(const RoomName& room) const;

  bool operator==(const Grant&) const = default;
};

}  // namespace righttask::auth
