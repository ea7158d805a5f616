#pragma once

#include <string>
#include <string_view>

#include "auth/json.h"
#include "net/http.h"
#include "server/document_service.h"
#include "store/document_store.h"

// Documents and their versions as JSON.

namespace righttask::api {

/// "2026-11-25T18:00:00Z".
[[nodiscard]] std::string utc_text(store::WallTime at);

[[nodiscard]] auth::Json to_json(const store::VersionInfo& version);
/// {"versions":[…],"continue_before":id or null}
[[nodiscard]] auth::Json to_json(const store::VersionPage& page);
[[nodiscard]] auth::Json to_json(const store::RoomInfo& room);
/// {"rooms":[…],"continue_after":name or null}
[[nodiscard]] auth::Json to_json(const store::RoomPage& page);
[[nodiscard]] auth::Json to_json(const store::VerifyReport& report);

/// The object with one more member, JSON text that is put in as it is: numbers of a document may be
/// larger than what Jansson holds.
[[nodiscard]] std::string with_member(const auth::Json& object, std::string_view key,
                                      std::string_view json);

/// 404, 409, 503 and so on.
[[nodiscard]] int http_status(server::DocumentError error);
[[nodiscard]] net::HttpResponse to_response(const server::DocumentFailure& failure);

}  // namespace righttask::api
