#pragma once

#include <iosfwd>
#include <string>

#include "app/options.h"
#include "app/token_options.h"
#include "base/clock.h"

namespace righttask::app {

/// Exit codes of `righttask token`. (Spec: TOK-33)
inline constexpr int kTokenGood = 0;
inline constexpr int kTokenRefused = 1;
inline constexpr int kTokenUnusable = 2;    // wrong use, or keys that cannot be read
inline constexpr int kTokenUnverified = 3;  // shown, but there are no keys to judge it by

/// Makes or examines a token. `in` is where a token comes from that is not among the arguments;
/// `fresh_id` names a minted one that was given no id.
[[nodiscard]] Exit run_token(const TokenCommand& command, UnixSeconds now, std::istream& in,
                             const std::string& fresh_id);

}  // namespace righttask::app
