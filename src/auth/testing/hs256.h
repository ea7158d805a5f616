#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/bytes.h"
#include "base/check.h"

namespace righttask::auth::testing {

/// HMAC-SHA256 straight from OpenSSL, without the code under test.
inline Bytes hmac_sha256(std::string_view secret, std::string_view text) {
  Bytes mac(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), byte_view(text).data(),
             text.size(), mac.data(), &size) != nullptr);
  mac.resize(size);
  return mac;
}

/// A token with any header and payload at all, well signed.
inline std::string hs256_token(std::string_view header, std::string_view payload,
                               std::string_view secret) {
  const std::string input =
      base64url_encode(byte_view(header)) + "." + base64url_encode(byte_view(payload));
  return input + "." + base64url_encode(hmac_sha256(secret, input));
}

}  // namespace righttask::auth::testing
