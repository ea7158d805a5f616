#pragma once

#include <string>

#include "base/result.h"
#include "model/room_name.h"
#include "net/http.h"
#include "protocol/session.h"

namespace righttask::server {

/// Why a request is not let into a room: an HTTP status and a sentence.
struct EntryRefusal {
  int status = 403;
  std::string sentence;
};

/// Lets requests into rooms by the rules that sockets go by: origin first, then the token, from
/// Authorization or the query. In open mode everybody may do everything. Shard-local.
class Entrance {
 public:
  virtual ~Entrance() = default;
  [[nodiscard]] virtual Result<protocol::Admission, EntryRefusal> enter(
      const net::HttpRequest& request, const RoomName& room) = 0;
  /// Whether pages of the request's origin may talk to this server.
  [[nodiscard]] virtual bool allows_origin(const net::HttpRequest& request) const = 0;
};

}  // namespace righttask::server
