#pragma once

#include <optional>
#include <string>

#include "net/http.h"

namespace righttask::net {

/// What client and server agree on for messages on one socket.
struct DeflateAgreement {
  std::string answer;  // the value of Sec-WebSocket-Extensions
  /// Whether it may be sent compressed frames: they are made once for all their receivers, with a
  /// window of 32 KiB, and some clients want less. What such a client sends is inflated all the
  /// same.
  bool sends = true;
};

/// Picks the first offer of permessage-deflate that is understood, in the client's order; nothing
/// when there is none, or when what the request offers is not well formed as a whole. Neither side
/// keeps a context from one message to the next, whatever was offered.
/// Source: RFC 7692, section 7.1; RFC 6455, section 9.1, for the grammar.
[[nodiscard]] std::optional<DeflateAgreement> agree_on_deflate(const HttpHeaders& headers);

}  // namespace righttask::net
