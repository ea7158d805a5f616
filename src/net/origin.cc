#include "net/origin.h"

#include <algorithm>
#include <optional>

namespace righttask::net {
namespace {

struct Parts {
  std::string scheme, host, port;  // lower case; a scheme's default port is filled in
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return "80";
  if (scheme == "https" || scheme == "wss") return "443";
  return {};
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "host", "host:port", "[v6]:port" into host and port; nothing for anything else.
bool split_authority(std::string_view text, std::string& host, std::string& port) {
  std::size_t host_end = 0;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == text.npos) return false;
    host_end = bracket + 1;
  } else {
    host_end = std::min(text.find(':'), text.size());
  }
  if (host_end == 0) return false;
  host = lower(text.substr(0, host_end));
  if (host.find_first_of("/?#@\\ \t") != host.npos) return false;
  text.remove_prefix(host_end);
  port.clear();
  if (text.empty()) return true;
  if (!text.starts_with(':') || !is_port(text.substr(1))) return false;
  port = text.substr(1);
  return true;
}

/// `scheme` may be empty where the text begins with "//".
std::optional<Parts> parse(std::string_view text) {
  const std::size_t slashes = text.find("//");
  if (slashes == text.npos) return std::nullopt;
  Parts parts;
  if (slashes > 0) {
    if (text[slashes - 1] != ':') return std::nullopt;
    parts.scheme = lower(text.substr(0, slashes - 1));
    if (parts.scheme.empty()) return std::nullopt;
  }
  if (!split_authority(text.substr(slashes + 2), parts.host, parts.port)) return std::nullopt;
  if (parts.port.empty()) parts.port = default_port(parts.scheme);
  return parts;
}

}  // namespace

OriginRule OriginRule::any() {
  OriginRule rule;
  rule.any_ = true;
  return rule;
}

Result<OriginRule, std::string> OriginRule::list(const std::vector<std::string>& entries,
                                                 bool same_origin) {
  OriginRule rule;
  rule.same_origin_ = same_origin;
  for (const std::string& text : entries) {
    if (text == "null") {
      rule.null_ = true;
      continue;
    }
    const auto parts = parse(text);
    if (!parts) {
      return fail("origin '" + text + "' is not of the form scheme://host:port or //host");
    }
    Entry entry{parts->scheme, parts->host, parts->port, false};
    if (entry.host.starts_with("*.")) {
      entry.subdomains = true;
      entry.host.erase(0, 2);
    }
    if (entry.host.empty() || entry.host.find('*') != entry.host.npos) {
      return fail("origin '" + text + "': '*' may only stand for a subdomain, as in //*.host");
    }
    rule.entries_.push_back(std::move(entry));
  }
  return rule;
}

bool OriginRule::allows(const HttpRequest& request, bool host_is_ours) const {
  const auto origin = request.headers.find("Origin");
  if (!origin) return true;
  if (!any_ && request.headers.count("Origin") > 1) return false;
  return allows(*origin, host_is_ours ? request.headers.find("Host").value_or("") : "");
}

bool OriginRule::allows(std::string_view origin, std::string_view host) const {
  if (any_) return true;
  if (origin == "null") return null_;
  const auto from = parse(origin);
  if (!from || from->scheme.empty()) return false;
  if (same_origin_) {
    std::string own_host, own_port;
    if (split_authority(host, own_host, own_port) && own_host == from->host) {
      // The Host header leaves out the default port of a scheme we cannot see behind a proxy.
      if (own_port.empty() ? from->port == default_port(from->scheme) : own_port == from->port) {
        return true;
      }
    }
  }
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    if (!entry.scheme.empty() && entry.scheme != from->scheme) return false;
    if (!entry.port.empty() && entry.port != from->port) return false;
    if (from->host == entry.host) return true;
    // A name before the dot: ".host" is below nothing.
    return entry.subdomains && from->host.size() > entry.host.size() + 1 &&
           from->host.ends_with("." + entry.host);
  });
}

}  // namespace righttask::net
