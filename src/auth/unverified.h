#pragma once

#include <string>
#include <string_view>

#include "auth/token_error.h"
#include "base/result.h"

namespace righttask::auth {

/// What a token says, for people to look at; nobody has verified it and nothing may be granted by
/// it. Indented JSON in ASCII, so that a terminal is safe from it.
struct Unverified {
  std::string header;
  std::string claims;
};

/// The error is the first thing that keeps it from being read. (Spec: TOK-29)
[[nodiscard]] Result<Unverified, TokenError> read_unverified(std::string_view token);

}  // namespace righttask::auth
