#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "net/handler.h"
#include "net/server.h"
#include "runtime/loop.h"

namespace righttask::server {

inline constexpr std::string_view kMetricsPath = "/metrics";

/// The page to who asks with GET or HEAD. `page` writes it.
[[nodiscard]] net::HttpResponse metrics_response(const net::HttpRequest& request,
                                                 const std::function<std::string()>& page);

/// An address of its own for `/metrics`, for whoever reaches it, with a few connections of its
/// own, so that the page can be had while the main port is full. Shard-local.
class MetricsListener final : net::Handler {
 public:
  MetricsListener(runtime::Loop& loop, std::function<std::string()> page);

  /// Returns the port. Errors are sentences.
  [[nodiscard]] Result<std::uint16_t, std::string> listen(const net::ListenOptions& options);

 private:
  net::HttpReply on_request(net::ConnectionId id, const net::HttpRequest& request) override;
  // No request is upgraded.
  void on_open(net::ConnectionId) override {}
  void on_message(net::ConnectionId, net::MessageKind, ByteView) override {}
  void on_close(net::ConnectionId, std::uint16_t, bool) override {}

  std::function<std::string()> page_;
  net::Server server_;
};

}  // namespace righttask::server
