#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "model/room_name.h"
#include "net/http.h"
#include "ops/log.h"
#include "server/document_service.h"
#include "server/entrance.h"
#include "server/http_service.h"
#include "server/shard_probe.h"

namespace righttask::api {

/// The history of documents for clients, /api/rooms/{room}/versions and below. Who may use it is
/// the entrance's to say. Shard-local. (Spec: VER-11 to VER-15)
class VersionsService final : public server::HttpService {
 public:
  /// As net::Server::respond.
  using Respond = std::function<bool(net::ConnectionId, net::HttpResponse)>;

  /// Borrows them all; every answer is counted.
  VersionsService(server::DocumentService& documents, server::Entrance& entrance,
                  server::VersionRequestCounts& counts, Respond respond, ops::Log log)
      : documents_(documents),
        entrance_(entrance),
        counts_(counts),
        respond_(std::move(respond)),
        log_(std::move(log)) {}

  std::optional<net::HttpReply> handle(net::ConnectionId id,
                                       const net::HttpRequest& request) override;

 private:
  /// What the path says, and who asks.
  struct Call {
    net::ConnectionId connection;
    RoomName room;
    std::string author;
    std::optional<std::string> origin;  // of a page, which may read the answer
  };
  net::HttpReply route(net::ConnectionId id, const net::HttpRequest& request,
                       const std::vector<std::string>& path);
  net::HttpReply of_list(const Call& call, const net::HttpRequest& request);
  net::HttpReply of_version(const Call& call, const net::HttpRequest& request,
                            store::VersionId version);
  net::HttpReply restore(const Call& call, store::VersionId version);

  void answer(const Call& call, net::HttpResponse response) const;
  /// Answers with what `shown` makes of the result, or with the failure.
  template <typename T, typename Shown>
  server::DocumentService::Then<T> then(const Call& call, Shown shown) const;

  server::DocumentService& documents_;
  server::Entrance& entrance_;
  server::VersionRequestCounts& counts_;
  Respond respond_;
  ops::Log log_;
};

}  // namespace righttask::api
