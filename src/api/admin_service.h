#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "auth/shared_credential.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "ops/log.h"
#include "server/administration.h"
#include "server/document_service.h"
#include "server/http_service.h"
#include "server/rights_ledger.h"
#include "server/token_authority.h"

namespace righttask::api {

/// Who may use the administration, and where.
struct AdminAccess {
  std::optional<auth::SharedCredential> credential;  // nothing: nobody, it is not there
  std::optional<std::uint8_t> listener;              // that of HttpRequest::listener; nothing: any
};

/// What makes acts outlive the process.
struct Keeping {
  server::RightsLedger* ledger = nullptr;  // null: nothing does
  /// As net::Server::respond.
  std::function<bool(net::ConnectionId, net::HttpResponse)> respond = nullptr;
};

/// What is stored, beside what is live.
struct StoredDocuments {
  server::DocumentService* service = nullptr;  // null: nothing is
  /// As net::Server::respond.
  std::function<bool(net::ConnectionId, net::HttpResponse)> respond = nullptr;
};

/// The administration over HTTP, below /admin/api/. Every act is one line in the log. Shard-local.
/// (Spec: docs/spec/admin.md)
class AdminService final : public server::HttpService {
 public:
  using WallClock = std::function<UnixSeconds()>;

  AdminService(server::Administration& administration, const AdminAccess& access, WallClock clock,
               ops::Log log, Keeping keeping = {}, StoredDocuments documents = {});

  std::optional<net::HttpReply> handle(net::ConnectionId id,
                                       const net::HttpRequest& request) override;

 private:
  using Act = net::HttpReply (AdminService::*)(net::ConnectionId, const net::HttpRequest&);
  struct Route {
    std::string_view method;
    std::string_view path;
    Act act;
  };
  static const Route kRoutes[];

  [[nodiscard]] bool is_admitted(const net::HttpRequest& request);
  net::HttpReply route(net::ConnectionId id, const net::HttpRequest& request);

  net::HttpReply list_rooms(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply list_stored(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply delete_room(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply list_members(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply kick(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply set_access(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply list_restrictions(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply lift_restriction(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply list_revocations(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply revoke(net::ConnectionId id, const net::HttpRequest& request);
  net::HttpReply lift_revocation(net::ConnectionId id, const net::HttpRequest& request);

  net::HttpReply confirm(net::ConnectionId id, net::HttpResponse response);
  void audit(const net::HttpRequest& request, const std::string& what) const;

  server::Administration& administration_;
  AdminAccess access_;
  WallClock clock_;
  ops::Log log_;
  server::RefusalLog refusals_;
  Keeping keeping_;
  StoredDocuments documents_;
};

}  // namespace righttask::api
