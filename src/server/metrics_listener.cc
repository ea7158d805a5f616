#include "server/metrics_listener.h"

#include <utility>

#include "ops/exposition.h"

namespace righttask::server {
namespace {

// A scraper or two and a person. Far less than the descriptors that the main port leaves free.
constexpr std::uint32_t kConnectionsMax = 16;

net::ServerOptions net_options() {
  net::ServerOptions options;
  options.http.body_bytes_max = 0;
  options.connections_max = kConnectionsMax;
  return options;
}

}  // namespace

net::HttpResponse metrics_response(const net::HttpRequest& request,
                                   const std::function<std::string()>& page) {
  if (request.method != "GET" && request.method != "HEAD") {
    auto refused = net::error_response(405);
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  auto response = net::text_response(200, page(), ops::Exposition::kContentType);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

MetricsListener::MetricsListener(runtime::Loop& loop, std::function<std::string()> page)
    : page_(std::move(page)), server_(loop, *this, net_options()) {}

Result<std::uint16_t, std::string> MetricsListener::listen(const net::ListenOptions& options) {
  return server_.listen(options);
}

net::HttpReply MetricsListener::on_request(net::ConnectionId, const net::HttpRequest& request) {
  if (request.path != kMetricsPath) return net::error_response(404);
  return metrics_response(request, page_);
}

}  // namespace righttask::server
