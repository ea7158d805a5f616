#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace righttask::net {

/// Whether the client asks for a WebSocket, well or badly: Upgrade and Connection say so. Lets a
/// handler choose between upgrading and answering; what is wrong with it the server finds out.
[[nodiscard]] bool is_websocket_upgrade(const HttpRequest& request);

/// The value of Sec-WebSocket-Accept, or the answer that refuses: 400, or 426 with the version we
/// speak. Source: RFC 6455, section 4.2.1.
[[nodiscard]] Result<std::string, HttpResponse> accept_websocket(const HttpRequest& request);

/// base64(SHA-1(key + GUID)).
[[nodiscard]] std::string websocket_accept_key(std::string_view key);

/// What Sec-WebSocket-Protocol offers, in the client's order.
[[nodiscard]] std::vector<std::string_view> offered_subprotocols(const HttpRequest& request);

}  // namespace righttask::net
