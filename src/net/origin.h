#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace righttask::net {

/// Which web pages may open a socket. Entries are as Phoenix's check_origin has them:
/// `scheme://host:port`, each part but the host optional: `//host` is any scheme and port, a
/// scheme without a port means its own default port, `//*.host` is the host itself and all below
/// it, `null` is the origin of sandboxed pages and files. Immutable.
class OriginRule {
 public:
  /// Everybody.
  [[nodiscard]] static OriginRule any();
  /// Nobody but those listed, and the server's own origin when `same_origin`. The error is a
  /// sentence that names the entry it cannot read.
  [[nodiscard]] static Result<OriginRule, std::string> list(const std::vector<std::string>& entries,
                                                            bool same_origin = true);

  /// No Origin header: not a browser, allowed. With `host_is_ours` false the server's own origin,
  /// which is told by the Host header, has to be listed like any other.
  [[nodiscard]] bool allows(const HttpRequest& request, bool host_is_ours = true) const;
  /// `origin` as the header has it, `host` the Host header.
  [[nodiscard]] bool allows(std::string_view origin, std::string_view host) const;

 private:
  struct Entry {
    std::string scheme;  // empty: any
    std::string host;    // lower case
    std::string port;    // empty: any
    bool subdomains = false;
  };

  std::vector<Entry> entries_;
  bool any_ = false;
  bool same_origin_ = false;
  bool null_ = false;
};

}  // namespace righttask::net
