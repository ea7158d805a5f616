#include "auth/jwk.h"

#include <algorithm>
#include <initializer_list>

#include "auth/libjose.h"
#include "auth/openssl.h"
#include "base/base64.h"
#include "base/check.h"

namespace righttask::auth {
namespace {

constexpr std::size_t kKeyIdBytesMax = 255;
constexpr std::size_t kP256Bytes = 32;
/// OpenSSL's own bound for large moduli; the usual exponent has three.
constexpr std::size_t kRsaExponentBytesMax = 8;

using Parsed = Result<std::variant<Key, Unusable>, std::string>;

std::unexpected<std::string> broken(std::string_view id, std::string_view what) {
  const std::string which = id.empty() ? "a key without kid" : "key '" + std::string(id) + "'";
  return fail(which + ": " + std::string(what));
}

/// Copies members from one JWK to another; false if one is missing or is not base64url.
bool copy_members(const json_t* from, json_t* to, std::initializer_list<const char*> names) {
  return std::ranges::all_of(names, [&](const char* name) {
    const auto text = string_member(from, name);
    if (!text || text->empty() || !base64url_decode(*text)) return false;
    set(to, name, json_text(*text));
    return true;
  });
}

/// Purpose, as `use` and `key_ops` have it; nothing if the key is for signatures.
std::optional<std::string> other_purpose(const json_t* jwk, KeyHalf half) {
  if (const json_t* use = json_object_get(jwk, "use");
      use != nullptr && string_member(jwk, "use") != "sig") {
    return "its use is not sig";
  }
  const json_t* operations = json_object_get(jwk, "key_ops");
  if (operations == nullptr) return std::nullopt;
  const std::string_view wanted = half == KeyHalf::signs ? "sign" : "verify";
  for (std::size_t i = 0; i < json_array_size(operations); ++i) {
    const json_t* operation = json_array_get(operations, i);
    if (json_is_string(operation) && string_value(operation) == wanted) return std::nullopt;
  }
  return "its key_ops have no " + std::string(wanted);
}

bool is_rsa(Algorithm algorithm) {
  return algorithm == Algorithm::rs256 || algorithm == Algorithm::ps256;
}

/// Whether an exponent is one that protects: with 1, everybody could sign.
bool is_sound_exponent(std::string_view base64url) {
  const auto bytes = base64url_decode(base64url);
  if (!bytes || bytes->empty() || bytes->size() > kRsaExponentBytesMax) return false;
  const bool is_one = bytes->back() == 1 && std::all_of(bytes->begin(), bytes->end() - 1,
                                                        [](auto byte) { return byte == 0; });
  return (bytes->back() & 1) != 0 && !is_one;
}

Parsed parse_secret(const json_t* jwk, std::string id) {
  const auto text = string_member(jwk, "k");
  const auto bytes = text ? base64url_decode(*text) : std::nullopt;
  if (!bytes) return broken(id, "k is missing or not base64url");
  if (bytes->size() < kSecretBytesMin) return broken(id, "k is shorter than 32 bytes");
  if (bytes->size() > kSecretBytesMax) return broken(id, "k is longer than 1024 bytes");
  return Key(std::move(id), Algorithm::hs256, secret_jwk(as_text(*bytes)));
}

Parsed parse_rsa(const json_t* jwk, std::string id, Algorithm algorithm, KeyHalf half) {
  Json kept(json_object());
  set(kept.get(), "kty", json_text("RSA"));
  if (!copy_members(jwk, kept.get(), {"n", "e"})) {
    return broken(id, "n or e is missing or not base64url");
  }
  if (half == KeyHalf::signs && !copy_members(jwk, kept.get(), {"d", "p", "q", "dp", "dq", "qi"})) {
    return broken(id, "a member of the private key is missing or not base64url");
  }
  if (!is_sound_exponent(*string_member(jwk, "e"))) return broken(id, "its exponent is unsound");
  const OpensslErrorsCleared cleared;
  const EvpKey key(jose_openssl_jwk_to_EVP_PKEY(nullptr, kept.get()));
  if (!key) return broken(id, "not an RSA key");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kRsaBitsMin) return broken(id, "RSA keys have at least 2048 bits");
  if (bits > kRsaBitsMax) return broken(id, "RSA keys have at most 8192 bits");
  set(kept.get(), "alg", json_text(to_string(algorithm)));
  return Key(std::move(id), algorithm, std::move(kept));
}

Parsed parse_ec(const json_t* jwk, std::string id, KeyHalf half) {
  Json kept(json_object());
  set(kept.get(), "kty", json_text("EC"));
  set(kept.get(), "crv", json_text("P-256"));
  if (!copy_members(jwk, kept.get(), {"x", "y"})) {
    return broken(id, "x or y is missing or not base64url");
  }
  if (half == KeyHalf::signs && !copy_members(jwk, kept.get(), {"d"})) {
    return broken(id, "d is missing or not base64url");
  }
  for (const char* coordinate : {"x", "y"}) {
    if (base64url_decode(*string_member(jwk, coordinate))->size() != kP256Bytes) {
      return broken(id, "x and y must have 32 bytes");
    }
  }
  const OpensslErrorsCleared cleared;
  const EvpKey key(jose_openssl_jwk_to_EVP_PKEY(nullptr, kept.get()));
  if (!key) return broken(id, "not a point on P-256");
  set(kept.get(), "alg", json_text(to_string(Algorithm::es256)));
  return Key(std::move(id), Algorithm::es256, std::move(kept));
}

}  // namespace

Json secret_jwk(std::string_view secret) {
  Json jwk(json_object());
  set(jwk.get(), "kty", json_text("oct"));
  set(jwk.get(), "k", json_text(base64url_encode(byte_view(secret))));
  set(jwk.get(), "alg", json_text(to_string(Algorithm::hs256)));
  return jwk;
}

Parsed parse_jwk(const json_t* jwk, Algorithm rsa, KeyHalf half) {
  CHECK(is_rsa(rsa));
  const json_t* kid = json_object_get(jwk, "kid");
  if (kid != nullptr && !json_is_string(kid)) return broken("", "its kid is not a string");
  std::string id(kid == nullptr ? "" : string_value(kid));
  if (id.size() > kKeyIdBytesMax) return broken("", "its kid is longer than 255 bytes");

  const auto type = string_member(jwk, "kty");
  if (!type) return broken(id, "kty is missing");
  if (auto why = other_purpose(jwk, half)) return Unusable{*std::move(why)};
  if (type != "oct" && type != "RSA" && type != "EC") {
    return Unusable{"keys of type " + std::string(type->substr(0, 16)) + " are not supported"};
  }
  if (type == "EC" && string_member(jwk, "crv") != "P-256") {
    return Unusable{"P-256 is the only curve supported"};
  }
  Algorithm algorithm = type == "oct" ? Algorithm::hs256 : type == "EC" ? Algorithm::es256 : rsa;
  if (const json_t* named = json_object_get(jwk, "alg"); named != nullptr) {
    if (!json_is_string(named)) return broken(id, "its alg is not a string");
    const auto known = parse_algorithm(string_value(named));
    if (!known) {
      return Unusable{"algorithm " + std::string(string_value(named).substr(0, 16)) +
                      " is not supported"};
    }
    const bool fits = *known == algorithm || (type == "RSA" && is_rsa(*known));
    if (!fits) return broken(id, "its alg does not belong to its kty");
    algorithm = *known;
  }
  if (type == "oct") return parse_secret(jwk, std::move(id));
  if (half == KeyHalf::verifies && json_object_get(jwk, "d") != nullptr) {
    return broken(id, "this is a private key; the server needs the public half only");
  }
  if (type == "RSA") return parse_rsa(jwk, std::move(id), algorithm, half);
  return parse_ec(jwk, std::move(id), half);
}

}  // namespace righttask::auth
