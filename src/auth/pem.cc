// Keys in PEM, read by OpenSSL and converted to JWKs by libjose, so that one place checks both.

#include <openssl/pem.h>

#include "auth/jwk.h"
#include "auth/key_set.h"
#include "auth/libjose.h"
#include "auth/openssl.h"

namespace righttask::auth {
namespace {

/// Without this OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

/// The key as a checked one of ours.
Result<Key, std::string> convert(EVP_PKEY* key, std::string_view id, Algorithm rsa, KeyHalf half) {
  const int type = EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448) {
    return fail(std::string("EdDSA keys are not supported; use RSA or P-256"));
  }
  if (type == EVP_PKEY_RSA_PSS) {
    return fail(std::string("give the RSA key without PSS parameters, and say PS256"));
  }
  const Json jwk(jose_openssl_jwk_from_EVP_PKEY(nullptr, key));
  if (!jwk) return fail(std::string("neither an RSA key nor one on a curve that is supported"));
  if (!id.empty()) set(jwk.get(), "kid", json_text(id));
  auto parsed = parse_jwk(jwk.get(), rsa, half);
  if (!parsed) return fail(std::move(parsed.error()));
  if (auto* unusable = std::get_if<Unusable>(&*parsed)) return fail(std::move(unusable->why));
  return std::get<Key>(*std::move(parsed));
}

}  // namespace

Result<KeySet, std::string> KeySet::from_pem(std::string_view text, Algorithm rsa) {
  if (text.size() > kKeyTextBytesMax) return fail(std::string("longer than 256 KiB"));
  const auto has = [text](std::string_view label) {
    return text.find("-----BEGIN " + std::string(label) + "-----") != std::string_view::npos;
  };
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return fail(
        std::string("this is a private key; the server needs the public half only "
                    "(openssl pkey -in FILE -pubout)"));
  }
  if (has("CERTIFICATE")) {
    return fail(
        std::string("this is a certificate; give its public key "
                    "(openssl x509 -in FILE -pubkey -noout)"));
  }
  if (has("RSA PUBLIC KEY")) {
    return fail(
        std::string("convert this public key to the usual form "
                    "(openssl rsa -RSAPublicKey_in -in FILE -pubout)"));
  }
  if (!has("PUBLIC KEY")) return fail(std::string("neither JSON nor a PEM public key"));

  const OpensslErrorsCleared cleared;
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::size_t blocks = 0;
  for (std::size_t at = 0; (at = text.find("-----BEGIN PUBLIC KEY-----", at)) != text.npos; ++at) {
    ++blocks;
  }
  KeySet keys;
  for (std::size_t i = 0; i < blocks; ++i) {
    const EvpKey key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
    const std::string which = blocks == 1 ? "" : "key " + std::to_string(i + 1) + ": ";
    if (!key) return fail(which + "the PEM public key is damaged");
    auto ours = convert(key.get(), {}, rsa, KeyHalf::verifies);
    if (!ours) return fail(which + ours.error());
    if (keys.keys_.size() == kKeysMax) return fail(std::string("more than 16 keys"));
    keys.keys_.push_back(*std::move(ours));
  }
  return keys;
}

Result<SigningKey, std::string> SigningKey::from_pem(std::string_view text, Algorithm rsa,
                                                     std::string_view id) {
  if (text.size() > kKeyTextBytesMax) return fail(std::string("longer than 256 KiB"));
  if (text.find("PRIVATE KEY-----") == std::string_view::npos) {
    return fail(std::string("not a PEM private key"));
  }
  if (text.find("ENCRYPTED") != std::string_view::npos) {
    return fail(std::string("encrypted private keys are not read (openssl pkey -in FILE)"));
  }
  const OpensslErrorsCleared cleared;
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const EvpKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return fail(std::string("the PEM private key is damaged"));
  auto ours = convert(key.get(), id, rsa, KeyHalf::signs);
  if (!ours) return fail(std::move(ours.error()));
  return SigningKey(*std::move(ours));
}

}  // namespace righttask::auth
