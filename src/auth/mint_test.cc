#include "auth/mint.h"

#include <gtest/gtest.h>

#include "auth/testing/fixtures.h"
#include "auth/token_verifier.h"

namespace righttask::auth {
namespace {

using testing::fixture;

UnixSeconds at(std::int64_t seconds) {
  return UnixSeconds(std::chrono::seconds(seconds));
}

SigningKey secret_key() {
  return *SigningKey::from_secret(fixture("keys/secret.txt"));
}

TokenRequest request() {
  TokenRequest out;
  out.subject = "u";
  out.name = "Grüße";
  out.token_id = "t";
  out.issuer = "me";
  out.audience = "us";
  out.issued = at(1000);
  out.expires = at(2000);
  out.rooms = {{"a", false, Access::read}, {"b", true, Access::read}};
  return out;
}

TEST(Mint, TokensAreGrantedWhatWasAskedFor) {  // TOK-28
  const std::pair<Result<SigningKey, std::string>, Result<KeySet, std::string>> keys[] = {
      {secret_key(), KeySet::from_secret(fixture("keys/secret.txt"))},
      {SigningKey::from_pem(fixture("keys/rsa2048.pem")),
       KeySet::from_pem(fixture("keys/rsa2048.pub.pem"))},
      {SigningKey::from_pem(fixture("keys/rsa2048.pem"), Algorithm::ps256, "kid-1"),
       KeySet::from_pem(fixture("keys/rsa2048.pub.pem"), Algorithm::ps256)},
      {SigningKey::from_pem(fixture("keys/ec256.pem")),
       KeySet::from_pem(fixture("keys/ec256.pub.pem"))}};
  for (const auto& [signs, verifies] : keys) {
    ASSERT_TRUE(signs) << signs.error();
    const auto token = mint(*signs, request());
    ASSERT_TRUE(token) << token.error();
    const TokenVerifier verifier(*verifies, {.issuer = "me", .audience = "us"});
    const auto grant = verifier.verify(*token, at(1000));
    ASSERT_TRUE(grant) << to_string(grant.error());
    EXPECT_EQ(grant->subject, "u");
    EXPECT_EQ(grant->name, "Grüße");
    EXPECT_EQ(grant->token_id, "t");
    EXPECT_EQ(grant->ends, at(2005));
    EXPECT_EQ(grant->rooms, request().rooms);
  }
}

TEST(Mint, RoomsKeepTheirOwnScopes) {  // TOK-28
  const TokenVerifier verifier(*KeySet::from_secret(fixture("keys/secret.txt")), {});
  for (const std::vector<RoomRule>& rooms :
       {std::vector<RoomRule>{},
        {{"", true, Access::read_write}},
        {{"a", false, Access::read_write}, {"b", true, Access::read}}}) {
    TokenRequest asked = request();
    asked.rooms = rooms;
    const auto grant = verifier.verify(*mint(secret_key(), asked), at(1000));
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->rooms, rooms);
  }
}

TEST(Mint, RefusesWhatNoServerWouldTake) {  // TOK-28
  const auto refusal = [](auto change) {
    TokenRequest asked = request();
    change(asked);
    const auto token = mint(secret_key(), asked);
    return token ? std::string("minted") : token.error();
  };
  EXPECT_EQ(refusal([](TokenRequest& r) { r.subject = "\xff"; }), "sub is not UTF-8");
  EXPECT_NE(refusal([](TokenRequest& r) { r.subject = std::string(256, 'x'); }).find("its sub"),
            std::string::npos);
  EXPECT_NE(refusal([](TokenRequest& r) { r.name = std::string(101, 'x'); }).find("its name"),
            std::string::npos);
  EXPECT_NE(refusal([](TokenRequest& r) { r.expires = at(253'402'300'800); }).find("exp"),
            std::string::npos);
  EXPECT_EQ(refusal([](TokenRequest& r) {
              r.rooms = {{"a", false, Access::read}, {"a", false, Access::read_write}};
            }),
            "a room is named twice");
  EXPECT_NE(refusal([](TokenRequest& r) {
              r.rooms.assign(100, {std::string(200, 'x'), false, Access::read});
            }).find("8 KiB"),
            std::string::npos);
}

}  // namespace
}  // namespace righttask::auth
