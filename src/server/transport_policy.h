#pragma once

#include <cstdint>
#include <optional>

#include "net/http.h"

namespace righttask::server {

/// Which requests are served at all, by the way they came.
struct TransportPolicy {
  /// Refuses what came through a proxy: a server without tokens is meant for its own machine, and
  /// a proxy in front of it would open every room to everybody. (Spec: HTTP-21)
  bool refuse_forwarded = false;
  /// Serves only what came by TLS, as a trusted proxy says. (Spec: HTTP-22)
  bool force_https = false;
  std::uint16_t https_port = 443;  // where it is served by TLS
};

/// Why this request is not served; nothing if it is.
[[nodiscard]] std::optional<net::HttpResponse> refuse_by_transport(const TransportPolicy& policy,
                                                                   const net::HttpRequest& request);

/// Tells a browser that has come by TLS to come in no other way.
void add_transport_security(const TransportPolicy& policy, const net::HttpRequest& request,
                            net::HttpResponse& response);

}  // namespace righttask::server
