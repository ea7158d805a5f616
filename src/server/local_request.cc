#include "server/local_request.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace righttask::server {
namespace {

/// Fields that only a proxy writes.
constexpr std::array<std::string_view, 6> kForwardedFields = {
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"};

bool is_loopback_name(std::string_view authority) {
  if (authority.starts_with("[::1]")) return authority.size() == 5 || authority[5] == ':';
  const std::string_view host = authority.substr(0, authority.find(':'));
  if (net::equal_ignoring_case(host, "localhost")) return true;
  // Digits and dots alone: a name such as 127.0.0.1.example.com may lead anywhere.
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
}

}  // namespace

bool is_local(const net::HttpRequest& request) {
  if (!request.peer.is_loopback()) return false;
  const auto forwarded = [&](std::string_view name) {
    return request.headers.find(name).has_value();
  };
  if (std::ranges::any_of(kForwardedFields, forwarded)) return false;
  return is_for_loopback(request);
}

bool is_for_loopback(const net::HttpRequest& request) {
  const auto host = request.headers.find("Host");
  return host && is_loopback_name(*host);
}

}  // namespace righttask::server
