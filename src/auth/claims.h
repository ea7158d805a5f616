#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/grant.h"
#include "auth/token_error.h"
#include "base/clock.h"
#include "base/result.h"

namespace righttask::auth {

inline constexpr std::size_t kSubjectBytesMax = 255;
inline constexpr std::size_t kNameUtf16Max = 100;
inline constexpr std::size_t kTokenIdBytesMax = 255;

/// The claims of a token (RFC 7519, section 4, and ours), each checked to be what it should,
/// none against the time or a configuration.
struct Claims {
  std::string subject;   // empty: none
  std::string name;      // empty: none
  std::string token_id;  // empty: none
  std::optional<UnixSeconds> expires;
  std::optional<UnixSeconds> not_before;
  std::optional<UnixSeconds> issued;
  std::optional<std::string> issuer;  // nothing also when it is no string
  std::vector<std::string> audience;  // empty also when it is neither string nor list of strings
  std::vector<RoomRule> rooms;
};

/// Reads the JSON of a payload. The caller has verified its signature. (Spec: TOK-16 to TOK-21)
[[nodiscard]] Result<Claims, TokenError> parse_claims(std::string_view json);

}  // namespace righttask::auth
