#include "auth/shared_credential.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "auth/openssl.h"
#include "base/check.h"

namespace righttask::auth {

Result<SharedCredential, std::string> SharedCredential::from(std::string_view secret) {
  if (secret.size() < kBytesMin || secret.size() > kBytesMax) {
    return fail("it has " + std::to_string(secret.size()) +
                " bytes, and needs 32 to 1024 (openssl rand -base64 48 makes one)");
  }
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::ranges::all_of(secret, visible)) {
    return fail(std::string("it holds white space or characters beyond ASCII"));
  }
  return SharedCredential(digest_of(secret));
}

bool SharedCredential::matches(std::string_view shown) const {
  const Digest digest = digest_of(shown);
  return CRYPTO_memcmp(digest.data(), digest_.data(), digest.size()) == 0;
}

SharedCredential::Digest SharedCredential::digest_of(std::string_view text) {
  const OpensslErrorsCleared cleared;
  Digest digest;
  unsigned size = 0;
  CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  CHECK(size == digest.size());
  return digest;
}

}  // namespace righttask::auth
