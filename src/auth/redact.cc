#include "auth/redact.h"

#include <algorithm>
#include <initializer_list>

#include "auth/header_text.h"

namespace righttask::auth {
namespace {

constexpr std::string_view kRedacted = "***";

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return name.find_first_not_of(kPlain) == std::string_view::npos;
}

/// One `name=value` of a query.
std::string redact_pair(std::string_view pair) {
  const std::size_t equals = pair.find('=');
  const std::string name = lower_case(pair.substr(0, equals));
  const bool plain = is_plain_name(name);
  if (equals == std::string_view::npos) return std::string(plain ? pair : kRedacted);
  const bool secret = contains_any(name, {"token", "jwt", "secret", "password"});
  if (plain && !secret) return std::string(pair);
  return std::string(pair.substr(0, equals + 1)) + std::string(kRedacted);
}

/// A list of subprotocols: all that begins `base64url.bearer.` carries a token.
std::string redact_subprotocols(std::string_view list) {
  constexpr std::string_view kPrefix = "base64url.bearer.";
  std::string out;
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    if (!out.empty()) out += ", ";
    const std::size_t bearer = lower_case(one).find(kPrefix);
    out += bearer == std::string::npos ? std::string(trim(one))
                                       : std::string(kPrefix) + std::string(kRedacted);
  }
  return out;
}

}  // namespace

std::string redact_target(std::string_view target) {
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos) return std::string(target);
  std::string out(target.substr(0, question + 1));
  std::string_view query = target.substr(question + 1);
  for (bool more = true; more;) {
    const std::size_t ampersand = query.find('&');
    more = ampersand != std::string_view::npos;
    out += redact_pair(query.substr(0, ampersand));
    if (more) out += '&';
    query.remove_prefix(more ? ampersand + 1 : query.size());
  }
  return out;
}

std::string redact_header(std::string_view name, std::string_view value) {
  const std::string lower = lower_case(trim(name));
  if (lower == "authorization" || lower == "proxy-authorization") {
    const std::string_view trimmed = trim(value);
    const std::size_t space = trimmed.find(' ');
    const bool schemed =
        space != std::string_view::npos && is_plain_name(lower_case(trimmed.substr(0, space)));
    return std::string(schemed ? trimmed.substr(0, space + 1) : "") + std::string(kRedacted);
  }
  if (contains_any(lower, {"cookie", "token", "secret", "api-key"})) return std::string(kRedacted);
  if (lower == "sec-websocket-protocol") return redact_subprotocols(value);
  return redact_target(value);  // most have no query and stay as they are
}

}  // namespace righttask::auth
