#include "auth/unverified.h"

#include <gtest/gtest.h>

#include "auth/testing/hs256.h"

namespace righttask::auth {
namespace {

using testing::hs256_token;

TEST(Unverified, ShowsWhatATokenSaysWhoeverSignedIt) {  // TOK-29
  const auto shown = read_unverified(
      hs256_token(R"({"alg":"none","crit":["x"]})", R"({"sub":"ü\u001b[31m","exp":1.5})", "any"));
  ASSERT_TRUE(shown) << to_string(shown.error());
  EXPECT_EQ(shown->header, "{\n  \"alg\": \"none\",\n  \"crit\": [\n    \"x\"\n  ]\n}");
  EXPECT_EQ(shown->claims, "{\n  \"sub\": \"\\u00FC\\u001B[31m\",\n  \"exp\": 1.5\n}");
}

TEST(Unverified, SaysWhyATokenCannotBeRead) {  // TOK-29
  const std::pair<std::string, TokenError> cases[] = {
      {"", TokenError::missing},
      {std::string(9000, 'a'), TokenError::too_large},
      {"a.b", TokenError::not_three_parts},
      {"a.b.c", TokenError::not_base64url},
      {hs256_token("x", "{}", ""), TokenError::header_malformed},
      {hs256_token("{}", R"({"a":1,"a":2})", ""), TokenError::payload_malformed},
  };
  for (const auto& [token, want] : cases) EXPECT_EQ(read_unverified(token).error(), want);
}

}  // namespace
}  // namespace righttask::auth
