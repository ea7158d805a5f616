#include "auth/token_verifier.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "auth/json.h"
#include "auth/jws.h"
#include "auth/testing/fixtures.h"
#include "auth/testing/hs256.h"
#include "base/base64.h"

namespace righttask::auth {
namespace {

using testing::fixture;
using testing::hs256_token;

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
const std::string kSecret = fixture("keys/secret.txt");

UnixSeconds at(std::int64_t seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

/// The secret, RS256 and ES256; nothing configured.
TokenVerifier verifier(VerifierOptions options = {}) {
  KeySet keys = *KeySet::from_secret(kSecret);
  EXPECT_TRUE(keys.add(*KeySet::from_pem(fixture("keys/rsa2048.pub.pem"))));
  EXPECT_TRUE(keys.add(*KeySet::from_pem(fixture("keys/ec256.pub.pem"))));
  return {keys, std::move(options)};
}

std::string token_of(std::string_view payload) {
  return hs256_token(kHeader, payload, kSecret);
}

/// The error's text; "valid" without one.
std::string_view outcome(const TokenVerifier& verifier, std::string_view token,
                         UnixSeconds now = at(1000)) {
  const auto grant = verifier.verify(token, now);
  EXPECT_EQ(ERR_peek_error(), 0u) << "left for the next user of OpenSSL on this thread";
  return grant ? "valid" : to_string(grant.error());
}

constexpr std::string_view kGoodClaims =
    R"({"sub":"u","name":"Ann","rooms":["a","b*"],"iat":900,"exp":2000,"jti":"t"})";

TEST(TokenVerifier, GrantsWhatAGoodTokenSays) {  // TOK-15, TOK-23
  const auto grant = verifier().verify(token_of(kGoodClaims), at(1000));
  ASSERT_TRUE(grant) << to_string(grant.error());
  Grant want;
  want.subject = "u";
  want.name = "Ann";
  want.token_id = "t";
  want.issued = at(900);
  want.ends = at(2005);
  want.rooms = {{"a", false, Access::read_write}, {"b", true, Access::read_write}};
  EXPECT_EQ(*grant, want);
}

TEST(TokenVerifier, AcceptsWhatOtherImplementationsMake) {  // TOK-15
  const auto golden = parse_object(fixture("golden.json"));
  ASSERT_TRUE(golden) << golden.error();
  VerifierOptions options;
  options.issuer = "https://accounts.example";
  options.audience = "righttask";
  TokenVerifier by_jwks(*KeySet::from_jwks(dump(json_object_get(golden->get(), "jwks"))), options);
  KeySet rsa = *KeySet::from_pem(fixture("keys/rsa2048.pub.pem"));
  KeySet others = *KeySet::from_pem(fixture("keys/rsa2048.pub.pem"), Algorithm::ps256);
  ASSERT_TRUE(others.add(*KeySet::from_pem(fixture("keys/ec256.pub.pem"))));
  ASSERT_TRUE(others.add(*KeySet::from_secret(kSecret)));
  ASSERT_TRUE(others.add(rsa));
  TokenVerifier by_files(others, options);

  const json_t* tokens = json_object_get(golden->get(), "tokens");
  ASSERT_EQ(json_array_size(tokens), 8u);
  for (std::size_t i = 0; i < json_array_size(tokens); ++i) {
    const json_t* one = json_array_get(tokens, i);
    SCOPED_TRACE(dump(one));
    const auto token = *string_member(one, "token");
    for (TokenVerifier* each : {&by_jwks, &by_files}) {
      const auto grant = each->verify(token, at(1'800'000'000));
      ASSERT_TRUE(grant) << to_string(grant.error());
      EXPECT_EQ(grant->subject, "user-1");
      EXPECT_EQ(grant->name, "Grüße 👋");
      EXPECT_EQ(grant->rooms.size(), 2u);
      EXPECT_EQ(outcome(*each, token, at(1'800'003'605)), to_string(TokenError::expired));
    }
  }
}

TEST(TokenVerifier, RefusesWhatIsNoToken) {  // TOK-10, TOK-11
  const auto good = token_of(kGoodClaims);
  const auto parts = *split_compact(good);
  const std::string header(parts.header), payload(parts.payload), signature(parts.signature);
  struct Case {
    std::string_view name;
    std::string token;
    TokenError want;
  };
  const Case cases[] = {
      {"nothing", "", TokenError::missing},
      {"too long", good + std::string(kTokenBytesMax, 'A'), TokenError::too_large},
      {"one part", "abc", TokenError::not_three_parts},
      {"two parts", header + "." + payload, TokenError::not_three_parts},
      {"four parts", good + ".", TokenError::not_three_parts},
      {"five parts, as encrypted ones have", good + ".a.b", TokenError::not_three_parts},
      {"header padded", header + "=." + payload + "." + signature, TokenError::not_base64url},
      {"payload padded", header + "." + payload + "=." + signature, TokenError::not_base64url},
      {"signature padded", good + "=", TokenError::not_base64url},
      {"space before", " " + good, TokenError::not_base64url},
      {"newline behind", good + "\n", TokenError::not_base64url},
      {"NUL behind", good + std::string(1, '\0'), TokenError::not_base64url},
      {"Bearer before", "Bearer " + good, TokenError::not_base64url},
      {"only dots", "..", TokenError::header_malformed},
      {"no header", "." + payload + "." + signature, TokenError::header_malformed},
      {"no payload", header + ".." + signature, TokenError::signature_wrong},
      {"no signature", header + "." + payload + ".", TokenError::signature_wrong},
      {"cut signature", good.substr(0, good.size() - 3), TokenError::signature_wrong},
      {"longer signature", good + "AAAA", TokenError::signature_wrong},
  };
  const TokenVerifier ours = verifier();
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(outcome(ours, c.token), to_string(c.want));
  }
}

TEST(TokenVerifier, TakesTokensUpTo8KiB) {  // TOK-10
  const TokenVerifier ours = verifier();
  std::string payload = R"({"exp":2000,"x":"")";
  payload.pop_back();
  const auto sized = [&](std::size_t more) {
    return token_of(payload + std::string(more, 'x') + "\"}");
  };
  std::size_t more = 0;
  while (sized(more + 1).size() <= kTokenBytesMax)
    more += 1 + (kTokenBytesMax - sized(more + 1).size()) / 2;
  EXPECT_EQ(outcome(ours, sized(more)), "valid");
  EXPECT_GE(sized(more).size(), kTokenBytesMax - 2);
  EXPECT_EQ(outcome(ours, sized(more + 3)), to_string(TokenError::too_large));
}

TEST(TokenVerifier, StrayBitsInTheLastCharacterAreRefused) {  // TOK-11
  const TokenVerifier ours = verifier();
  const std::string good = token_of(kGoodClaims);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char c : kAlphabet) {
    std::string other = good;
    other.back() = c;
    accepted += outcome(ours, other) == "valid" ? 1 : 0;
  }
  EXPECT_EQ(accepted, 1);
}

TEST(TokenVerifier, RefusesHeaders) {  // TOK-12, TOK-13
  struct Case {
    std::string_view header;
    TokenError want;
  };
  const Case cases[] = {
      {R"({"alg":"none"})", TokenError::algorithm_none},
      {R"({"alg":"None"})", TokenError::algorithm_unknown},
      {R"({"alg":"hs256"})", TokenError::algorithm_unknown},
      {R"({"alg":"HS512"})", TokenError::algorithm_unknown},
      {R"({"alg":"HS256 "})", TokenError::algorithm_unknown},
      {R"({"alg":""})", TokenError::algorithm_unknown},
      {R"({"alg":["HS256"]})", TokenError::header_malformed},
      {R"({"alg":null})", TokenError::header_malformed},
      {R"({"typ":"JWT"})", TokenError::header_malformed},
      {R"({"alg":"none","alg":"HS256"})", TokenError::header_malformed},
      {R"({"alg":"HS256","alg":"HS256"})", TokenError::header_malformed},
      {R"({"alg":"HS256","kid":1})", TokenError::header_malformed},
      {R"({"alg":"HS256"} x)", TokenError::header_malformed},
      {R"(["HS256"])", TokenError::header_malformed},
      {"HS256", TokenError::header_malformed},
      {R"({"alg":"HS256","crit":["exp"]})", TokenError::critical_header},
      {R"({"alg":"HS256","crit":["b64"],"b64":false})", TokenError::critical_header},
      {R"({"alg":"HS256","crit":[]})", TokenError::critical_header},
      {R"({"alg":"HS256","crit":null})", TokenError::critical_header},
  };
  const TokenVerifier ours = verifier();
  for (const auto& c : cases) {
    SCOPED_TRACE(c.header);
    EXPECT_EQ(outcome(ours, hs256_token(c.header, kGoodClaims, kSecret)), to_string(c.want));
    // And without a signature, as who forges would have it.
    const std::string bare = base64url_encode(byte_view(c.header)) + "." +
                             base64url_encode(byte_view(kGoodClaims)) + ".";
    EXPECT_EQ(outcome(ours, bare), to_string(c.want));
  }
}

TEST(TokenVerifier, KeysInTheHeaderAreNotLookedAt) {  // TOK-13, TOK-14
  const TokenVerifier ours = verifier();
  const std::string k = base64url_encode(byte_view(std::string(32, 'k')));
  for (const std::string& header :
       {R"({"alg":"HS256","jwk":{"kty":"oct","k":")" + k + "\"}}",
        std::string(R"({"alg":"HS256","jku":"https://evil.example/keys"})"),
        std::string(R"({"alg":"HS256","x5u":"file:///dev/zero","x5c":["AAAA"]})"),
        std::string(R"({"alg":"HS256","kid":"../../../dev/null"})"),
        std::string(R"({"alg":"HS256","kid":"' OR 1=1 --"})")}) {
    SCOPED_TRACE(header);
    EXPECT_EQ(outcome(ours, hs256_token(header, kGoodClaims, std::string(32, 'k'))),
              to_string(TokenError::signature_wrong));
    EXPECT_EQ(outcome(ours, hs256_token(header, kGoodClaims, "")),
              to_string(TokenError::signature_wrong));
    EXPECT_EQ(outcome(ours, hs256_token(header, kGoodClaims, kSecret)), "valid");
  }
}

TEST(TokenVerifier, TheAlgorithmIsTheKeysNotTheHeaders) {  // TOK-14
  const std::string pem = fixture("keys/rsa2048.pub.pem");
  const TokenVerifier rsa(*KeySet::from_pem(pem), {});
  // A public key is known to all: as an HMAC secret it would let everybody sign.
  for (const std::string& secret : {pem, pem.substr(0, pem.size() - 1)}) {
    EXPECT_EQ(outcome(rsa, hs256_token(kHeader, kGoodClaims, secret)),
              to_string(TokenError::algorithm_mismatch));
  }
  const auto made_by = [](Algorithm algorithm) {
    const auto key = SigningKey::from_pem(fixture("keys/rsa2048.pem"), algorithm);
    return *sign(key->key(), kGoodClaims);
  };
  const TokenVerifier pss(*KeySet::from_pem(pem, Algorithm::ps256), {});
  EXPECT_EQ(outcome(rsa, made_by(Algorithm::rs256)), "valid");
  EXPECT_EQ(outcome(pss, made_by(Algorithm::ps256)), "valid");
  EXPECT_EQ(outcome(rsa, made_by(Algorithm::ps256)), to_string(TokenError::algorithm_mismatch));
  // libjose 11 lets this one pass.
  EXPECT_EQ(outcome(pss, made_by(Algorithm::rs256)), to_string(TokenError::algorithm_mismatch));
}

TEST(TokenVerifier, ForgedSignaturesOfEveryAlgorithmAreRefused) {  // TOK-15
  const TokenVerifier ours = verifier();
  const std::pair<SigningKey, std::size_t> keys[] = {
      {*SigningKey::from_secret(std::string(32, 'o')), 32},
      {*SigningKey::from_pem(fixture("keys/rsa2048.pem")), 256},
      {*SigningKey::from_pem(fixture("keys/ec256.pem")), 64}};
  for (const auto& [key, size] : keys) {
    SCOPED_TRACE(to_string(key.key().algorithm()));
    const std::string token = *sign(key.key(), kGoodClaims);
    const auto parts = *split_compact(token);
    const std::string input = std::string(parts.header) + "." + std::string(parts.payload) + ".";
    const auto refused = [&](const Bytes& signature) {
      return outcome(ours, input + base64url_encode(signature)) ==
             to_string(TokenError::signature_wrong);
    };
    EXPECT_TRUE(refused({}));
    EXPECT_TRUE(refused(Bytes(size)));  // zeros: r = s = 0 verifies anything in a careless ECDSA
    EXPECT_TRUE(refused(Bytes(size, 0xff)));
    EXPECT_TRUE(refused(Bytes(size - 1, 1)));
    EXPECT_TRUE(refused(Bytes(size + 1, 1)));
    EXPECT_TRUE(refused(Bytes(6000, 1)));
  }
}

TEST(TokenVerifier, ATokenOfOtherClaimsDoesNotKeepItsSignature) {  // TOK-15
  const TokenVerifier ours = verifier();
  const std::string other =
      base64url_encode(byte_view(R"({"sub":"admin","rooms":["*"],"exp":2000})"));
  const std::string good = token_of(kGoodClaims);
  const auto parts = *split_compact(good);
  EXPECT_EQ(
      outcome(ours, std::string(parts.header) + "." + other + "." + std::string(parts.signature)),
      to_string(TokenError::signature_wrong));
}

TEST(TokenVerifier, KidPicksTheKey) {  // TOK-7
  const auto golden = parse_object(fixture("golden.json"));
  const TokenVerifier jwks(*KeySet::from_jwks(dump(json_object_get(golden->get(), "jwks"))), {});
  const auto with_kid = [](std::string_view kid) {
    return hs256_token("{\"alg\":\"HS256\",\"kid\":\"" + std::string(kid) + "\"}", kGoodClaims,
                       kSecret);
  };
  EXPECT_EQ(outcome(jwks, with_kid("HS256-key")), "valid");
  EXPECT_EQ(outcome(jwks, with_kid("")), "valid");
  EXPECT_EQ(outcome(jwks, token_of(kGoodClaims)), "valid");
  EXPECT_EQ(outcome(jwks, with_kid("RS256-key")), to_string(TokenError::algorithm_mismatch));
  EXPECT_EQ(outcome(jwks, with_kid("another")), to_string(TokenError::unknown_key));
  EXPECT_EQ(outcome(TokenVerifier({}, {}), token_of(kGoodClaims)),
            to_string(TokenError::unknown_key));
}

/// No file, query, address or key is found by it: it is one string among those of our keys.
TEST(TokenVerifier, KidIsComparedAndNothingElse) {  // TOK-7, TOK-13
  const auto golden = parse_object(fixture("golden.json"));
  const TokenVerifier jwks(*KeySet::from_jwks(dump(json_object_get(golden->get(), "jwks"))), {});
  for (const std::string_view kid :
       {"../../../../dev/null", "/dev/null", "file:///dev/null", "https://evil.example/jwks",
        "' OR '1'='1", "HS256-key' --", "HS256-key\\u0020", "hs256-key", "*", "|cat /etc/passwd",
        "${jndi:ldap://evil.example/a}", "HS256-key,another"}) {
    SCOPED_TRACE(kid);
    const std::string header = "{\"alg\":\"HS256\",\"kid\":\"" + std::string(kid) + "\"}";
    // By our key, and as one would sign who hopes for an empty key to be found.
    for (const std::string_view key : {std::string_view(kSecret), std::string_view()}) {
      EXPECT_EQ(outcome(jwks, hs256_token(header, kGoodClaims, key)),
                to_string(TokenError::unknown_key));
    }
  }
}

TEST(TokenVerifier, KeysAreReplacedAtOnce) {  // TOK-7
  TokenVerifier ours = verifier();
  const std::string token = token_of(kGoodClaims);
  ours.use(*KeySet::from_secret(std::string(32, 'n')));
  EXPECT_EQ(outcome(ours, token), to_string(TokenError::signature_wrong));
  KeySet both = *KeySet::from_secret(std::string(32, 'n'));
  ASSERT_TRUE(both.add(*KeySet::from_secret(kSecret)));
  ours.use(both);
  EXPECT_EQ(outcome(ours, token), "valid");
}

TEST(TokenVerifier, ClocksMayDifferByTheLeeway) {  // TOK-17
  const TokenVerifier ours = verifier();
  struct Case {
    std::string_view claims;
    std::int64_t now;
    std::string_view want;
  };
  const auto expired = to_string(TokenError::expired);
  const auto early = to_string(TokenError::not_yet_valid);
  const auto future = to_string(TokenError::issued_in_future);
  const Case cases[] = {
      {R"({"exp":1000})", 999, "valid"},
      {R"({"exp":1000})", 1004, "valid"},
      {R"({"exp":1000})", 1005, expired},
      {R"({"exp":0})", 1000, expired},
      {R"({"exp":2000,"nbf":1000})", 994, early},
      {R"({"exp":2000,"nbf":1000})", 995, "valid"},
      {R"({"exp":2000,"iat":1000})", 994, future},
      {R"({"exp":2000,"iat":1000})", 995, "valid"},
      {R"({"exp":253402300799})", 1000, "valid"},
      {R"({"exp":253402300800})", 1000, to_string(TokenError::time_malformed)},
      {R"({"exp":1000.5})", 999, to_string(TokenError::time_malformed)},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(outcome(ours, token_of(c.claims), at(c.now)), c.want) << c.claims << " at " << c.now;
  }
  EXPECT_EQ(
      outcome(verifier({.leeway = std::chrono::seconds(0)}), token_of(R"({"exp":1000})"), at(1000)),
      expired);
}

TEST(TokenVerifier, TheLeewayIsBounded) {  // TOK-17
  EXPECT_THROW(verifier({.leeway = std::chrono::seconds(61)}), BugError);
  EXPECT_THROW(verifier({.leeway = std::chrono::seconds(-1)}), BugError);
  EXPECT_NO_THROW(verifier({.leeway = kLeewayMax}));
}

TEST(TokenVerifier, TokensHaveToEnd) {  // TOK-17
  const std::string endless = token_of(R"({"sub":"u"})");
  EXPECT_EQ(outcome(verifier(), endless), to_string(TokenError::expiry_missing));
  const auto grant = verifier({.expiry_required = false}).verify(endless, at(1000));
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->ends, UnixSeconds::max());
}

TEST(TokenVerifier, IssuerAndAudienceAreRequiredExactlyWhenConfigured) {  // TOK-18
  const auto by_others = to_string(TokenError::issuer_wrong);
  const auto for_others = to_string(TokenError::audience_wrong);
  const TokenVerifier any = verifier();
  const TokenVerifier issuer = verifier({.issuer = "me"});
  const TokenVerifier audience = verifier({.audience = "us"});
  struct Case {
    std::string_view claims;
    std::string_view by_issuer, by_audience;
  };
  const Case cases[] = {
      {R"({"exp":2000})", by_others, for_others},
      {R"({"exp":2000,"iss":"me"})", "valid", for_others},
      {R"({"exp":2000,"iss":"Me"})", by_others, for_others},
      {R"({"exp":2000,"iss":["me"]})", by_others, for_others},
      {R"({"exp":2000,"aud":"us"})", by_others, "valid"},
      {R"({"exp":2000,"aud":["them","us"]})", by_others, "valid"},
      {R"({"exp":2000,"aud":["them"]})", by_others, for_others},
      {R"({"exp":2000,"aud":["us",1]})", by_others, for_others},
      {R"({"exp":2000,"aud":[]})", by_others, for_others},
      {R"({"exp":2000,"aud":"us2"})", by_others, for_others},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.claims);
    EXPECT_EQ(outcome(any, token_of(c.claims)), "valid");
    EXPECT_EQ(outcome(issuer, token_of(c.claims)), c.by_issuer);
    EXPECT_EQ(outcome(audience, token_of(c.claims)), c.by_audience);
  }
}

TEST(TokenVerifier, RevokedTokensCountNoMore) {  // TOK-24
  TokenVerifier ours = verifier();
  const std::string token = token_of(kGoodClaims);
  const auto grant = ours.verify(token, at(1000));
  ASSERT_TRUE(grant);
  EXPECT_EQ(ours.fault(*grant, at(1000)), std::nullopt);
  ASSERT_TRUE(ours.revocations().revoke_token("t", grant->ends, at(1000)));
  EXPECT_EQ(outcome(ours, token), to_string(TokenError::revoked));
  EXPECT_EQ(ours.fault(*grant, at(1000)), TokenError::revoked);
  TokenVerifier other = verifier();
  ASSERT_TRUE(other.revocations().revoke_subject("u", at(901), at(9000), at(1000)));
  EXPECT_EQ(outcome(other, token), to_string(TokenError::revoked));
}

TEST(TokenVerifier, GrantsEndWhileConnected) {  // TOK-23
  const TokenVerifier ours = verifier();
  const auto grant = ours.verify(token_of(R"({"exp":1000})"), at(1004));
  ASSERT_TRUE(grant);  // within the leeway, and then not refused at once
  EXPECT_EQ(ours.fault(*grant, at(1004)), std::nullopt);
  EXPECT_EQ(ours.fault(*grant, at(1005)), TokenError::expired);
}

TEST(TokenError, OnlyExpiryIsToldApart) {  // TOK-25
  for (int i = 0; i <= static_cast<int>(TokenError::revoked); ++i) {
    const auto error = static_cast<TokenError>(i);
    EXPECT_EQ(refusal(error),
              error == TokenError::expired ? Refusal::expired : Refusal::unauthorized);
    EXPECT_NE(to_string(error), "it is not valid") << i;
  }
  EXPECT_EQ(to_string(Refusal::unauthorized), "unauthorized");
  EXPECT_EQ(to_string(Refusal::expired), "expired");
  EXPECT_EQ(to_string(Refusal::forbidden), "forbidden");
}

TEST(TokenError, ExpiryIsToldOnlyToWhoHoldsASignedToken) {  // TOK-25
  const TokenVerifier ours = verifier({.audience = "us"});
  EXPECT_EQ(ours.verify(token_of(R"({"exp":1,"aud":"us"})"), at(1000)).error(),
            TokenError::expired);
  EXPECT_EQ(ours.verify(token_of(R"({"exp":1,"aud":"them"})"), at(1000)).error(),
            TokenError::audience_wrong);
  EXPECT_EQ(ours.verify(hs256_token(kHeader, R"({"exp":1,"aud":"us"})", "other"), at(1000)).error(),
            TokenError::signature_wrong);
}

}  // namespace
}  // namespace righttask::auth
