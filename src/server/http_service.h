#pragma once

#include <optional>

#include "net/handler.h"
#include "net/http.h"

namespace righttask::server {

/// Part of what a server answers over HTTP. A shard asks its services in order before anything
/// else, and knows none of their paths. Shard-local.
class HttpService {
 public:
  virtual ~HttpService() = default;

  /// Nothing: the request is not this service's. After Deferred it owes net::Server::respond an
  /// answer for the id. Any request may come, through any of the server's listeners.
  [[nodiscard]] virtual std::optional<net::HttpReply> handle(net::ConnectionId id,
                                                             const net::HttpRequest& request) = 0;
};

}  // namespace righttask::server
