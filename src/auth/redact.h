#pragma once

#include <string>
#include <string_view>

namespace righttask::auth {

// What may be logged of a request. A secret becomes `***`; where it cannot be told whether
// something is one, it is taken for one. The result still has to be escaped for the log.
// (Spec: TOK-27)

/// A request target or URL with the values of its secret parameters replaced: those whose names
/// contain `token`, `jwt`, `secret` or `password` in any case, and those whose names are spelt
/// with anything but letters, digits, `_` and `-`, since an escape could hide the others.
[[nodiscard]] std::string redact_target(std::string_view target);

/// A header's value. Credentials (Authorization, cookies, names that contain `token`, `secret` or
/// `api-key`) and the tokens among subprotocols are replaced; headers that carry URLs are treated
/// as these.
[[nodiscard]] std::string redact_header(std::string_view name, std::string_view value);

}  // namespace righttask::auth
