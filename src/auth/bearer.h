#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace righttask::auth {

// Where a request carries its token. In a query it is the parameter `token`, which needs no more
// than the query's own decoding. What is found here has not been verified. (Spec: TOK-26)

/// Of the value of an Authorization header `Bearer <token>`, scheme in any case; borrowed from it.
/// Nothing for another scheme. Empty when the scheme stands alone.
[[nodiscard]] std::optional<std::string_view> bearer_of_authorization(std::string_view value);

/// Of a Sec-WebSocket-Protocol header: the first `base64url.bearer.phx.<base64>` that a client
/// offers, as phoenix.js does for its option `authToken`. Empty, which no verifier accepts, when
/// it cannot be decoded or is too long.
[[nodiscard]] std::optional<std::string> bearer_of_subprotocols(std::string_view list);

}  // namespace righttask::auth
