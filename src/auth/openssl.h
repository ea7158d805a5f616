#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

// OpenSSL's resources, owned. Inside auth alone.

namespace righttask::auth {

struct OpensslRelease {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using EvpKey = std::unique_ptr<EVP_PKEY, OpensslRelease>;
using Bio = std::unique_ptr<BIO, OpensslRelease>;

/// Empties this thread's queue of errors at the end of a scope: whoever uses OpenSSL next on the
/// thread, such as a TLS connection, would take ours for its own.
class OpensslErrorsCleared {
 public:
  OpensslErrorsCleared() = default;
  ~OpensslErrorsCleared() { ERR_clear_error(); }
  OpensslErrorsCleared(const OpensslErrorsCleared&) = delete;
  OpensslErrorsCleared& operator=(const OpensslErrorsCleared&) = delete;
};

}  // namespace righttask::auth
