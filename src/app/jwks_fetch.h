#pragma once

#include <string>

#include "base/result.h"

namespace righttask::app {

/// Where the issuer of tokens publishes its keys.
struct JwksAddress {
  std::string url;
  std::string ca_file;  // PEM of the authorities to trust instead of the system's; empty: those
};

/// What is wrong with it: https with any host, or http with one of this machine, without a user or
/// a password. The error is a sentence.
[[nodiscard]] Result<void, std::string> check_jwks_url(const std::string& url);

/// Gets the text at the address, at most auth::kKeyTextBytesMax, verifying the server's certificate
/// and following no redirects. Blocks for up to 5 s. Any thread. The error is a sentence that
/// names the address.
[[nodiscard]] Result<std::string, std::string> fetch_jwks(const JwksAddress& address);

}  // namespace righttask::app
