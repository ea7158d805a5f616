#include "server/transport_policy.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "net/handshake.h"
#include "net/trusted_proxies.h"

namespace righttask::server {
namespace {

/// Load balancers ask for these from nearby, without TLS, and they say nothing about anybody.
bool is_health_check(std::string_view path) {
  return path == "/healthz" || path == "/readyz";
}

constexpr std::string_view kTransportSecurity = "max-age=31536000";  // a year, as usual

/// A name or an IPv4 address, or an IPv6 address in brackets: what can stand in a URL's authority.
bool is_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._[]:").find(c) != std::string_view::npos;
  });
}

/// The Host header without its port, which was that of plain HTTP: nobody speaks TLS there.
std::string_view host_of(const net::HttpRequest& request) {
  const std::string_view host = request.headers.find("Host").value_or("");
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos) {
    return host;
  }
  return host.substr(0, colon);
}

net::HttpResponse to_https(const net::HttpRequest& request, std::uint16_t port) {
  const std::string_view host = host_of(request);
  if (net::is_websocket_upgrade(request) || !is_host(host)) {
    return net::text_response(403, "come by https or wss\n");  // sockets follow no redirect
  }
  auto response = net::text_response(308, "come by https\n");
  std::string target = "https://" + std::string(host);
  if (port != 443) target += ":" + std::to_string(port);
  target += request.path;
  if (!request.query.empty()) target += "?" + request.query;
  response.headers.emplace_back("Location", std::move(target));
  return response;
}

}  // namespace

std::optional<net::HttpResponse> refuse_by_transport(const TransportPolicy& policy,
                                                     const net::HttpRequest& request) {
  if (is_health_check(request.path)) return std::nullopt;
  if (policy.refuse_forwarded && net::is_forwarded(request)) {
    return net::text_response(
        403,
        "this server knows no tokens and serves its own machine only, but this request came "
        "through a proxy; give it keys of tokens (--jwt-secret-file, --jwt-keys), or "
        "--insecure-open if anybody may read and write every room\n");
  }
  if (policy.force_https && !request.secure) return to_https(request, policy.https_port);
  return std::nullopt;
}

void add_transport_security(const TransportPolicy& policy, const net::HttpRequest& request,
                            net::HttpResponse& response) {
  if (!policy.force_https || !request.secure) return;
  response.headers.emplace_back("Strict-Transport-Security", kTransportSecurity);
}

}  // namespace righttask::server
