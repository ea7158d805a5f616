#pragma once

#include "net/http.h"

namespace righttask::server {

/// Whether a request comes from this machine and for this machine: from a loopback address, not
/// passed on by a proxy, and addressed to a loopback name. The last keeps out pages of other sites
/// whose name was made to lead to the reader's own machine (DNS rebinding).
[[nodiscard]] bool is_local(const net::HttpRequest& request);

/// The last alone.
[[nodiscard]] bool is_for_loopback(const net::HttpRequest& request);

}  // namespace righttask::server
