#include "auth/bearer.h"

#include <algorithm>

#include "auth/header_text.h"
#include "auth/token_verifier.h"
#include "base/base64.h"

namespace righttask::auth {
namespace {

// phoenix.js 1.8, AUTH_TOKEN_PREFIX; what follows is btoa without its padding.
constexpr std::string_view kPhoenixPrefix = "base64url.bearer.phx.";
constexpr std::size_t kEncodedBytesMax = (kTokenBytesMax + 2) / 3 * 4;

}  // namespace

std::optional<std::string_view> bearer_of_authorization(std::string_view value) {
  value = trim(value);
  const std::string_view scheme = value.substr(0, value.find(' '));
  if (lower_case(scheme) != "bearer") return std::nullopt;
  return trim(value.substr(scheme.size()));
}

std::optional<std::string> bearer_of_subprotocols(std::string_view list) {
  while (!list.empty()) {
    const std::string_view raw = list.substr(0, list.find(','));
    list.remove_prefix(std::min(raw.size() + 1, list.size()));
    std::string_view offered = trim(raw);
    if (!offered.starts_with(kPhoenixPrefix)) continue;
    offered.remove_prefix(kPhoenixPrefix.size());
    if (offered.size() > kEncodedBytesMax) return std::string();
    const auto token = base64_decode(offered);
    return token ? std::string(as_text(*token)) : std::string();
  }
  return std::nullopt;
}

}  // namespace righttask::auth
