#include "api/control_socket.h"

#include <filesystem>
#include <string_view>
#include <utility>

#include "api/json_answer.h"
#include "net/url.h"

namespace righttask::api {
namespace {

constexpr std::string_view kRoot = "/doc/";
constexpr std::string_view kName = "control.sock";
/// Whoever gets here may do everything; this guards against a mistake only.
constexpr std::size_t kBodyBytesMax = 512u << 20;

net::ServerOptions net_options() {
  net::ServerOptions options;
  options.http.body_bytes_max = kBodyBytesMax;
  options.outbox_bytes_max = kBodyBytesMax;
  options.connections_max = 16;
  options.byte_rate = {};
  return options;
}

}  // namespace

ControlSocket::ControlSocket(runtime::Loop& loop, server::DocumentService& documents, ops::Log log)
    : calls_(documents), log_(std::move(log)), server_(loop, *this, net_options()) {}

ControlSocket::~ControlSocket() {
  if (path_.empty()) return;
  std::error_code gone;
  std::filesystem::remove(path_, gone);
}

std::string ControlSocket::path_in(const std::string& directory) {
  return (std::filesystem::path(directory) / kName).string();
}

Result<void, std::string> ControlSocket::listen(const std::string& directory) {
  const std::string path = path_in(directory);
  net::ListenOptions options;
  options.unix_path = path;
  const auto listens = server_.listen(options);
  if (!listens) return fail(listens.error());
  path_ = path;
  return {};
}

net::HttpReply ControlSocket::on_request(net::ConnectionId id, const net::HttpRequest& request) {
  const std::string_view path = request.path;
  const auto query = net::QueryParameters::parse(request.query);
  if (!path.starts_with(kRoot) || request.method != "POST" || !query) {
    return json_error(404, "there is nothing at this address");
  }
  DocumentCall call;
  call.verb = path.substr(kRoot.size());
  for (const auto& [key, value] : *query) call.parameters[key] = value;
  if (!request.body.empty()) call.body = share(Bytes(request.body));
  log_->info("control: {} {}", ops::printable(call.verb),
             ops::printable(query->find("room").value_or("")));
  // The server is not to be called from within this call.
  auto answered = std::make_shared<std::optional<net::HttpResponse>>();
  auto returned = std::make_shared<bool>(false);
  calls_.run(std::move(call), [this, id, answered, returned](net::HttpResponse response) {
    if (*returned) {
      server_.respond(id, std::move(response));
    } else {
      *answered = std::move(response);
    }
  });
  *returned = true;
  if (*answered) return **std::move(answered);
  return net::Deferred{};
}

}  // namespace righttask::api
