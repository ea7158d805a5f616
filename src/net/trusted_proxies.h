#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "net/peer_address.h"

namespace righttask::net {

/// Addresses that share their first bits: "10.0.0.0/8", "2001:db8::/32", or one address. Immutable.
class AddressRange {
 public:
  [[nodiscard]] static std::optional<AddressRange> parse(std::string_view text);
  [[nodiscard]] bool contains(const PeerAddress& address) const;

 private:
  PeerAddress first_;
  unsigned bits_ = 0;  // of 128; an IPv4 range counts its prefix as IPv6 does
};

/// Whose word counts about where a request comes from. Proxies append the address that they were
/// called from to X-Forwarded-For, so what it says is true from the right as far as the proxies
/// can be trusted, and the client's own invention beyond. Immutable.
class TrustedProxies {
 public:
  /// Nobody's word counts.
  TrustedProxies() = default;
  /// The error is a sentence that names the entry it cannot read.
  [[nodiscard]] static Result<TrustedProxies, std::string> parse(
      const std::vector<std::string>& ranges);

  [[nodiscard]] bool contains(const PeerAddress& address) const;

  struct Source {
    PeerAddress client;   // port 0 where a proxy has told the address
    bool secure = false;  // the client spoke TLS
  };
  /// The last hop from the right that is no trusted proxy, and whether it came by TLS: what
  /// X-Forwarded-Proto says at the same place from the right, or at its leftmost.
  [[nodiscard]] Source source_of(const HttpRequest& request) const;

 private:
  std::vector<AddressRange> ranges_;
};

/// Whether the request carries a field that only proxies write.
[[nodiscard]] bool is_forwarded(const HttpRequest& request);

}  // namespace righttask::net
