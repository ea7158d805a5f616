#pragma once

#include <string>

#include "api/document_calls.h"
#include "net/handler.h"
#include "net/server.h"
#include "ops/log.h"
#include "runtime/loop.h"

namespace righttask::api {

/// Where a running server takes the calls of `righttask doc`: the file `control.sock` in its data
/// directory, for the user who runs it alone. HTTP, `POST /doc/VERB?parameters`. Shard-local.
/// (Spec: CLI-2)
class ControlSocket final : net::Handler {
 public:
  ControlSocket(runtime::Loop& loop, server::DocumentService& documents, ops::Log log);
  /// Removes the file.
  ~ControlSocket() override;

  /// The error is a sentence. Precondition: this process holds the directory's lock.
  [[nodiscard]] Result<void, std::string> listen(const std::string& directory);

  [[nodiscard]] static std::string path_in(const std::string& directory);

 private:
  net::HttpReply on_request(net::ConnectionId id, const net::HttpRequest& request) override;
  // No request is upgraded.
  void on_open(net::ConnectionId) override {}
  void on_message(net::ConnectionId, net::MessageKind, ByteView) override {}
  void on_close(net::ConnectionId, std::uint16_t, bool) override {}

  DocumentCalls calls_;
  ops::Log log_;
  net::Server server_;
  std::string path_;
};

}  // namespace righttask::api
