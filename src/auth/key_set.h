#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct json_t;

namespace righttask::auth {

/// How a token may be signed (RFC 7518). There is no `none`.
enum class Algorithm : std::uint8_t { hs256, rs256, ps256, es256 };

/// As it stands in headers and keys: "HS256", …
[[nodiscard]] std::string_view to_string(Algorithm algorithm) noexcept;
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept;

/// A shared secret shorter than HMAC's output is easier to guess than a signature; libjose's
/// buffer ends at 1,024.
inline constexpr std::size_t kSecretBytesMin = 32;
inline constexpr std::size_t kSecretBytesMax = 1024;
inline constexpr int kRsaBitsMin = 2048;
/// Verifying takes time quadratic in this, and whoever connects may ask for it.
inline constexpr int kRsaBitsMax = 8192;
inline constexpr std::size_t kKeysMax = 16;
inline constexpr std::size_t kKeyTextBytesMax = 256u << 10;

/// One key and the one algorithm it is used with. Immutable; any thread: copies share the key.
class Key {
 public:
  Key(std::string id, Algorithm algorithm, std::shared_ptr<json_t> jwk)
      : id_(std::move(id)), algorithm_(algorithm), jwk_(std::move(jwk)) {}

  /// The JWK's `kid`, empty if it has none.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  /// Checked members only. Secret where the algorithm is HS256 or the key signs.
  [[nodiscard]] const json_t* jwk() const { return jwk_.get(); }

 private:
  std::string id_;
  Algorithm algorithm_;
  std::shared_ptr<json_t> jwk_;
};

/// The keys that tokens are verified with. Errors are sentences for the operator; they never
/// contain key material. Immutable but for `add`. (Spec: TOK-1 to TOK-7)
class KeySet {
 public:
  KeySet() = default;

  /// HS256. The bytes are the key as they are, nothing is trimmed or decoded.
  [[nodiscard]] static Result<KeySet, std::string> from_secret(std::string_view secret);

  /// One or more PEM blocks `PUBLIC KEY`. RSA keys are used with `rsa`, P-256 ones with ES256.
  [[nodiscard]] static Result<KeySet, std::string> from_pem(std::string_view text,
                                                            Algorithm rsa = Algorithm::rs256);

  /// A JWK Set, or a single JWK. A key without `alg` is used with HS256, `rsa` or ES256, by its
  /// type. Keys for other purposes or algorithms are passed over (`skipped`); a broken, private
  /// or too short one is an error, and so is a set in which nothing can be used.
  [[nodiscard]] static Result<KeySet, std::string> from_jwks(std::string_view text,
                                                             Algorithm rsa = Algorithm::rs256);

  /// PEM or JWKS, by how the text begins.
  [[nodiscard]] static Result<KeySet, std::string> from_text(std::string_view text,
                                                             Algorithm rsa = Algorithm::rs256);

  /// Adds all of the other's; false, and nothing is added, beyond kKeysMax.
  [[nodiscard]] bool add(const KeySet& other);

  /// Keys that may have signed a token with this header: those of that `kid` if there are any,
  /// else those that have none of their own; an empty `kid` allows all. Of these, the ones of that
  /// algorithm.
  [[nodiscard]] std::vector<const Key*> candidates(std::string_view kid, Algorithm algorithm) const;

  [[nodiscard]] std::span<const Key> keys() const { return keys_; }
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  /// Why which key was passed over, one sentence each.
  [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }

 private:
  std::vector<Key> keys_;
  std::vector<std::string> skipped_;
};

/// A key that signs: a shared secret, or a private key in PEM. Immutable.
class SigningKey {
 public:
  [[nodiscard]] static Result<SigningKey, std::string> from_secret(std::string_view secret,
                                                                   std::string id = {});
  /// One PEM block `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`, not encrypted.
  [[nodiscard]] static Result<SigningKey, std::string> from_pem(std::string_view text,
                                                                Algorithm rsa = Algorithm::rs256,
                                                                std::string_view id = {});

  [[nodiscard]] const Key& key() const { return key_; }

 private:
  explicit SigningKey(Key key) : key_(std::move(key)) {}

  Key key_;
};

}  // namespace righttask::auth
