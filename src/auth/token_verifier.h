#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "auth/grant.h"
#include "auth/key_set.h"
#include "auth/revocation.h"
#include "auth/token_error.h"
#include "base/clock.h"
#include "base/result.h"

namespace righttask::auth {

inline constexpr std::size_t kTokenBytesMax = 8u << 10;
inline constexpr std::chrono::seconds kLeewayMax{60};

struct VerifierOptions {
  /// Required of every token exactly when set.
  std::optional<std::string> issuer = std::nullopt;
  std::optional<std::string> audience = std::nullopt;
  /// By how much the clocks of issuer and server may differ; at most kLeewayMax.
  std::chrono::seconds leeway{5};
  /// Whether a token has to end. One that does not can only be revoked.
  bool expiry_required = true;
};

/// Decides whether tokens count. It draws no time of its own and does no I/O; verifying costs one
/// signature for each key that may have made it, mostly one. Shard-local; the keys in it are
/// shared. (Spec: TOK-10 to TOK-25)
class TokenVerifier {
 public:
  /// Precondition: 0 <= leeway <= kLeewayMax.
  TokenVerifier(KeySet keys, VerifierOptions options);

  /// From now on these and no others. Grants that were given stay good until they end.
  void use(KeySet keys) { keys_ = std::move(keys); }

  /// Whatever a token says, or why it does not count. Any bytes may come.
  [[nodiscard]] Result<Grant, TokenError> verify(std::string_view token, UnixSeconds now) const;

  /// Why a grant that was given does not hold any more, if so: for those who are connected.
  [[nodiscard]] std::optional<TokenError> fault(const Grant& grant, UnixSeconds now) const;

  [[nodiscard]] RevocationList& revocations() { return revocations_; }
  [[nodiscard]] const RevocationList& revocations() const { return revocations_; }
  [[nodiscard]] const KeySet& keys() const { return keys_; }

 private:
  KeySet keys_;
  VerifierOptions options_;
  RevocationList revocations_;
};

}  // namespace righttask::auth
