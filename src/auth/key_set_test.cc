#include "auth/key_set.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "auth/json.h"
#include "auth/jws.h"
#include "auth/testing/fixtures.h"
#include "base/base64.h"

namespace righttask::auth {
namespace {

using testing::fixture;

std::string jwks_of_golden() {
  const auto golden = parse_object(fixture("golden.json"));
  return dump(json_object_get(golden->get(), "jwks"));
}

std::vector<std::string> described(const KeySet& keys) {
  std::vector<std::string> out;
  for (const Key& key : keys.keys()) {
    out.push_back(key.id() + " " + std::string(to_string(key.algorithm())));
  }
  return out;
}

/// One key of the golden set, with members replaced; null as a value removes one.
std::string jwk_with(std::string_view kid, std::string_view changes) {
  const auto golden = parse_object(fixture("golden.json"));
  const auto patch = parse_object(changes);
  const json_t* keys = json_object_get(json_object_get(golden->get(), "jwks"), "keys");
  for (std::size_t i = 0; i < json_array_size(keys); ++i) {
    json_t* key = json_array_get(keys, i);
    if (string_member(key, "kid") != kid) continue;
    const char* name = nullptr;
    json_t* value = nullptr;
    json_object_foreach(patch->get(), name, value) {
      if (json_is_null(value)) {
        json_object_del(key, name);
      } else {
        json_object_set(key, name, value);
      }
    }
    return dump(key);
  }
  throw std::runtime_error("no such key");
}

TEST(KeySet, TakesSecretsOf32To1024Bytes) {  // TOK-1
  for (const std::size_t size : {std::size_t{32}, std::size_t{1024}}) {
    const auto keys = KeySet::from_secret(std::string(size, 's'));
    ASSERT_TRUE(keys) << keys.error();
    EXPECT_EQ(described(*keys), std::vector<std::string>{" HS256"});
    // The library's own bounds are the same.
    EXPECT_TRUE(sign(keys->keys()[0], "{}"));
  }
  const auto short_one = KeySet::from_secret(std::string(31, 's'));
  ASSERT_FALSE(short_one);
  EXPECT_EQ(short_one.error(),
            "the shared secret has 31 bytes; it needs at least 32 "
            "(make one with: openssl rand -base64 48)");
  EXPECT_FALSE(KeySet::from_secret(""));
  // Whoever knows the public key could sign with it.
  const auto pem = KeySet::from_secret(fixture("keys/ec256.pub.pem"));
  ASSERT_FALSE(pem);
  EXPECT_NE(pem.error().find("holds a PEM key"), std::string::npos) << pem.error();
  EXPECT_FALSE(KeySet::from_secret(std::string(1025, 's')));
}

TEST(KeySet, SecretsAreTakenByteForByte) {  // TOK-1
  std::string secret(40, '\0');
  secret[39] = '\n';
  const auto one = KeySet::from_secret(secret);
  secret[39] = ' ';
  const auto other = KeySet::from_secret(secret);
  const auto token = sign(one->keys()[0], "{}");
  EXPECT_TRUE(is_signed_by(one->keys()[0], *split_compact(*token)));
  EXPECT_FALSE(is_signed_by(other->keys()[0], *split_compact(*token)));
}

TEST(KeySet, PemKeysHaveOneAlgorithm) {  // TOK-2
  EXPECT_EQ(described(*KeySet::from_pem(fixture("keys/rsa2048.pub.pem"))),
            std::vector<std::string>{" RS256"});
  EXPECT_EQ(described(*KeySet::from_pem(fixture("keys/rsa2048.pub.pem"), Algorithm::ps256)),
            std::vector<std::string>{" PS256"});
  EXPECT_EQ(described(*KeySet::from_text("\n" + fixture("keys/ec256.pub.pem"))),
            std::vector<std::string>{" ES256"});
  const auto both =
      KeySet::from_pem(fixture("keys/rsa2048.pub.pem") + fixture("keys/ec256.pub.pem"));
  EXPECT_EQ(described(*both), (std::vector<std::string>{" RS256", " ES256"}));
}

TEST(KeySet, SaysWhatIsWrongWithPem) {  // TOK-2, TOK-5
  const std::string rsa = fixture("keys/rsa2048.pub.pem");
  std::string damaged = rsa;
  damaged.replace(damaged.find("MII"), 3, "AAA");
  std::string many;
  for (std::size_t i = 0; i < kKeysMax + 1; ++i) many += fixture("keys/ec256.pub.pem");
  struct Case {
    std::string text;
    std::string_view says;
  };
  const Case cases[] = {
      {"", "empty"},
      {"hello", "neither JSON nor a PEM"},
      {fixture("keys/rsa2048.pem"), "private key"},
      {fixture("keys/rsa2048.pkcs1.pem"), "private key"},
      {fixture("keys/rsa2048.pkcs1.pub.pem"), "RSAPublicKey_in"},
      {"-----BEGIN CERTIFICATE-----\n", "certificate"},
      {damaged, "damaged"},
      {rsa.substr(0, rsa.size() / 2), "damaged"},
      {rsa + damaged, "key 2: the PEM public key is damaged"},
      {fixture("keys/rsa1024.pub.pem"), "at least 2048 bits"},
      {fixture("keys/rsapss2048.pub.pem"), "PS256"},
      {fixture("keys/ec384.pub.pem"), "P-256 is the only curve"},
      {fixture("keys/ed25519.pub.pem"), "EdDSA"},
      {many, "more than 16 keys"},
      {std::string(kKeyTextBytesMax + 1, ' ') + rsa, "longer than 256 KiB"},
  };
  for (const auto& c : cases) {
    const auto keys = KeySet::from_text(c.text);
    ASSERT_FALSE(keys) << c.says;
    EXPECT_NE(keys.error().find(c.says), std::string::npos) << keys.error() << " lacks " << c.says;
  }
}

TEST(KeySet, ReadsAJwksAndNamesWhatItPassesOver) {  // TOK-3, TOK-4
  const auto keys = KeySet::from_text(jwks_of_golden());
  ASSERT_TRUE(keys) << keys.error();
  EXPECT_EQ(described(*keys), (std::vector<std::string>{"RS256-key RS256", "PS256-key PS256",
                                                        "ES256-key ES256", "HS256-key HS256"}));
  EXPECT_EQ(keys->skipped(),
            (std::vector<std::string>{"key 'encrypts': its use is not sig",
                                      "key 'longer': algorithm RS512 is not supported",
                                      "key 'curve': P-256 is the only curve supported",
                                      "key 'edwards': keys of type OKP are not supported"}));
}

TEST(KeySet, JwksKeysWithoutAlgorithmGetOneByTheirType) {  // TOK-3
  const std::string rsa = jwk_with("RS256-key", R"({"alg":null})");
  EXPECT_EQ(described(*KeySet::from_jwks(rsa)), std::vector<std::string>{"RS256-key RS256"});
  EXPECT_EQ(described(*KeySet::from_jwks(rsa, Algorithm::ps256)),
            std::vector<std::string>{"RS256-key PS256"});
}

TEST(KeySet, KeepsOnlyCheckedMembersOfAJwk) {  // TOK-3
  const auto keys = KeySet::from_jwks(jwk_with(
      "RS256-key", R"({"x5u":"https://evil.example","x5c":["AAAA"],"key_ops":["verify"]})"));
  ASSERT_TRUE(keys);
  EXPECT_EQ(json_object_size(keys->keys()[0].jwk()), 4u);  // kty, n, e, alg
}

TEST(KeySet, SaysWhatIsWrongWithAJwks) {  // TOK-3, TOK-5
  std::string many = R"({"keys":[)";
  for (std::size_t i = 0; i < kKeysMax + 1; ++i) {
    many += (i == 0 ? "" : ",") + jwk_with("ES256-key", "{}");
  }
  many += "]}";
  const std::string zeros = base64url_encode(Bytes(32));
  struct Case {
    std::string text;
    std::string_view says;
  };
  const Case cases[] = {
      {"{", "not JSON"},
      {"{}", "neither a JWK Set"},
      {R"({"keys":{}})", "'keys' is not a list"},
      {R"({"keys":[]})", "no key in it can verify"},
      {R"({"keys":[1]})", "something else than keys"},
      {R"({"keys":[{}]})", "a key without kid: kty is missing"},
      {R"({"keys":[{"kty":"oct","kty":"RSA"}]})", "duplicate"},
      {jwk_with("edwards", "{}"), "no key in it can verify tokens; key 'edwards'"},
      {jwk_with("RS256-key", R"({"use":"enc"})"), "its use is not sig"},
      {jwk_with("RS256-key", R"({"use":1})"), "its use is not sig"},
      {jwk_with("PS256-key", R"({"key_ops":["sign"]})"), "key_ops have no verify"},
      {jwk_with("RS256-key", R"({"kid":1})"), "kid is not a string"},
      {jwk_with("RS256-key", R"({"alg":1})"), "alg is not a string"},
      {jwk_with("RS256-key", R"({"alg":"none"})"), "algorithm none is not supported"},
      {jwk_with("RS256-key", R"({"alg":"HS256"})"), "key 'RS256-key': its alg does not belong"},
      {jwk_with("HS256-key", R"({"alg":"RS256"})"), "its alg does not belong to its kty"},
      {jwk_with("RS256-key", R"({"d":"AQAB"})"), "private key"},
      {jwk_with("ES256-key", R"({"d":"AQAB"})"), "private key"},
      {jwk_with("RS256-key", R"({"n":null})"), "n or e is missing"},
      {jwk_with("RS256-key", R"({"n":"A+=="})"), "not base64url"},
      {jwk_with("RS256-key", R"({"n":"AQAB"})"), "at least 2048 bits"},
      {jwk_with("RS256-key", R"({"e":"AQ"})"), "unsound"},    // 1
      {jwk_with("RS256-key", R"({"e":"AAAB"})"), "unsound"},  // 1, longer
      {jwk_with("RS256-key", R"({"e":"Ag"})"), "unsound"},    // 2
      {jwk_with("RS256-key", R"({"e":"AQAAAAAAAAAB"})"), "unsound"},
      {jwk_with("RS256-key", "{\"n\":\"" + base64url_encode(Bytes(1025, 0xff)) + "\"}"),
       "at most 8192 bits"},
      {jwk_with("ES256-key", R"({"y":null})"), "x or y is missing"},
      {jwk_with("ES256-key", R"({"x":"AQAB"})"), "32 bytes"},
      {jwk_with("ES256-key", "{\"x\":\"" + zeros + "\",\"y\":\"" + zeros + "\"}"),
       "not a point on P-256"},
      {jwk_with("HS256-key", R"({"k":null})"), "k is missing"},
      {jwk_with("HS256-key", R"({"k":"c2hvcnQ"})"), "shorter than 32 bytes"},
      {many, "more than 16 keys"},
  };
  for (const auto& c : cases) {
    const auto keys = KeySet::from_jwks(c.text);
    ASSERT_FALSE(keys) << c.says;
    EXPECT_NE(keys.error().find(c.says), std::string::npos) << keys.error() << " lacks " << c.says;
  }
}

TEST(KeySet, ErrorsContainNoKeyMaterial) {  // TOK-6
  const std::string k = base64url_encode(byte_view("a secret too short"));
  for (const std::string& text :
       {R"({"kty":"oct","k":")" + k + "\"}", R"({"kty":"oct","k":")" + k + "\" oops}",
        R"({"kty":"oct","k":")" + k + "=\"}", R"({"kty":"oct","k":")" + k}) {
    const auto keys = KeySet::from_jwks(text);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().find(k), std::string::npos) << keys.error();
  }
}

TEST(KeySet, PicksKeysByIdAndAlgorithm) {  // TOK-7
  KeySet keys = *KeySet::from_jwks(jwks_of_golden());
  ASSERT_TRUE(keys.add(*KeySet::from_secret(std::string(32, 's'))));
  ASSERT_TRUE(keys.add(*KeySet::from_pem(fixture("keys/ec256.pub.pem"))));
  const auto found = [&](std::string_view kid, Algorithm algorithm) {
    std::vector<std::string> ids;
    for (const Key* key : keys.candidates(kid, algorithm)) ids.push_back(key->id());
    return ids;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(found("HS256-key", Algorithm::hs256), Ids{"HS256-key"});
  EXPECT_EQ(found("HS256-key", Algorithm::rs256), Ids{});
  EXPECT_EQ(found("", Algorithm::hs256), (Ids{"HS256-key", ""}));
  EXPECT_EQ(found("../../etc/passwd", Algorithm::hs256), Ids{""});
  EXPECT_EQ(found("unknown", Algorithm::es256), Ids{""});
  EXPECT_EQ(found("unknown", Algorithm::rs256), Ids{});
}

TEST(KeySet, HoldsAtMost16Keys) {
  KeySet keys;
  for (std::size_t i = 0; i < kKeysMax; ++i) {
    ASSERT_TRUE(keys.add(*KeySet::from_secret(std::string(32 + i, 's'))));
  }
  EXPECT_FALSE(keys.add(*KeySet::from_secret(std::string(32, 's'))));
  EXPECT_EQ(keys.keys().size(), kKeysMax);
}

TEST(SigningKey, SignsWhatThePublicHalfVerifies) {  // TOK-2
  struct Case {
    std::string_view name;
    Result<SigningKey, std::string> signs;
    Result<KeySet, std::string> verifies;
  };
  const Case cases[] = {
      {"HS256", SigningKey::from_secret(fixture("keys/secret.txt")),
       KeySet::from_secret(fixture("keys/secret.txt"))},
      {"RS256", SigningKey::from_pem(fixture("keys/rsa2048.pem")),
       KeySet::from_pem(fixture("keys/rsa2048.pub.pem"))},
      {"RS256", SigningKey::from_pem(fixture("keys/rsa2048.pkcs1.pem")),
       KeySet::from_pem(fixture("keys/rsa2048.pub.pem"))},
      {"PS256", SigningKey::from_pem(fixture("keys/rsa2048.pem"), Algorithm::ps256),
       KeySet::from_pem(fixture("keys/rsa2048.pub.pem"), Algorithm::ps256)},
      {"ES256", SigningKey::from_pem(fixture("keys/ec256.pem")),
       KeySet::from_pem(fixture("keys/ec256.pub.pem"))},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ASSERT_TRUE(c.signs) << c.signs.error();
    EXPECT_EQ(to_string(c.signs->key().algorithm()), c.name);
    const auto token = sign(c.signs->key(), R"({"a":1})");
    ASSERT_TRUE(token);
    const auto parts = split_compact(*token);
    EXPECT_TRUE(is_signed_by(c.verifies->keys()[0], *parts));
    // Not one bit of it may change.
    std::string forged = *token;
    forged[parts->header.size() + 2] ^= 1;
    EXPECT_FALSE(is_signed_by(c.verifies->keys()[0], *split_compact(forged)));
    auto signature = *base64url_decode(parts->signature);
    signature[signature.size() / 2] ^= 1;
    const std::string other = base64url_encode(signature);
    EXPECT_FALSE(is_signed_by(c.verifies->keys()[0], {parts->header, parts->payload, other}));
    EXPECT_EQ(ERR_peek_error(), 0u) << "left for the next user of OpenSSL on this thread";
  }
}

TEST(SigningKey, SaysWhatIsWrong) {  // TOK-2
  const std::string rsa = fixture("keys/rsa2048.pem");
  const std::pair<std::string, std::string_view> cases[] = {
      {fixture("keys/rsa2048.pub.pem"), "not a PEM private key"},
      {rsa.substr(0, rsa.size() / 2), "damaged"},
      {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "encrypted"},
      {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "encrypted"},
      {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "damaged"},
  };
  for (const auto& [text, says] : cases) {
    const auto key = SigningKey::from_pem(text);
    ASSERT_FALSE(key);
    EXPECT_NE(key.error().find(says), std::string::npos) << key.error() << " lacks " << says;
  }
}

TEST(CompactJws, HasThreeParts) {  // TOK-11
  const auto parts = split_compact("a.b.c");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->header, "a");
  EXPECT_EQ(parts->payload, "b");
  EXPECT_EQ(parts->signature, "c");
  for (const std::string_view bad : {"", "a", "a.b", "a.b.c.d", "a.b.c.d.e"}) {
    EXPECT_FALSE(split_compact(bad)) << bad;
  }
}

}  // namespace
}  // namespace righttask::auth
