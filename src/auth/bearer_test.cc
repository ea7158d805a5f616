#include "auth/bearer.h"

#include <gtest/gtest.h>

#include "auth/token_verifier.h"
#include "base/base64.h"

namespace righttask::auth {
namespace {

TEST(Bearer, StandsInTheAuthorizationHeader) {  // TOK-26
  EXPECT_EQ(bearer_of_authorization("Bearer a.b.c"), "a.b.c");
  EXPECT_EQ(bearer_of_authorization("  bEARER   a.b.c "), "a.b.c");
  EXPECT_EQ(bearer_of_authorization("Bearer"), "");
  EXPECT_EQ(bearer_of_authorization("Bearer "), "");
  for (const std::string_view other : {"", "Basic YTpi", "Bearera.b.c", "a.b.c", "Bearer\ta"}) {
    EXPECT_EQ(bearer_of_authorization(other), std::nullopt) << other;
  }
}

TEST(Bearer, StandsAmongPhoenixSubprotocols) {  // TOK-26
  // btoa('eyJhbGciOiJIUzI1NiJ9.e30.c2ln') without padding
  constexpr std::string_view kOffer =
      "base64url.bearer.phx.ZXlKaGJHY2lPaUpJVXpJMU5pSjkuZTMwLmMybG4";
  constexpr std::string_view kToken = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln";
  EXPECT_EQ(bearer_of_subprotocols(kOffer), kToken);
  EXPECT_EQ(bearer_of_subprotocols("phoenix, " + std::string(kOffer)), kToken);
  EXPECT_EQ(bearer_of_subprotocols(std::string(kOffer) + " ,phoenix"), kToken);
  EXPECT_EQ(bearer_of_subprotocols(std::string(kOffer) + ", base64url.bearer.phx.AAAA"), kToken);
  for (const std::string_view none : {"", "phoenix", ",,", "xbase64url.bearer.phx.AAAA"}) {
    EXPECT_EQ(bearer_of_subprotocols(none), std::nullopt) << none;
  }
}

TEST(Bearer, WhatCannotBeReadIsATokenThatNobodyAccepts) {  // TOK-26
  const std::string prefix = "base64url.bearer.phx.";
  const std::string longest = base64url_encode(Bytes(kTokenBytesMax, 'a'));
  EXPECT_EQ(bearer_of_subprotocols(prefix + longest)->size(), kTokenBytesMax);
  for (const std::string& bad :
       {std::string(), std::string("!"), std::string("A"), std::string(20'000, 'A')}) {
    EXPECT_EQ(bearer_of_subprotocols(prefix + bad), "") << bad;
  }
  EXPECT_EQ(TokenVerifier({}, {}).verify("", UnixSeconds()).error(), TokenError::missing);
}

}  // namespace
}  // namespace righttask::auth
