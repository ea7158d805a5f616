#include "auth/shared_credential.h"

#include <gtest/gtest.h>

namespace righttask::auth {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

TEST(SharedCredential, MatchesItselfAlone) {  // ADM-2
  const auto credential = SharedCredential::from(kSecret);
  ASSERT_TRUE(credential);
  EXPECT_TRUE(credential->matches(kSecret));
  const std::string secret(kSecret);
  for (const std::string& other :
       {std::string(), secret.substr(1), secret + "0", secret + secret, "1" + secret.substr(1),
        secret.substr(0, 31) + "0", secret + std::string(1, '\0')}) {
    EXPECT_FALSE(credential->matches(other)) << other;
  }
}

TEST(SharedCredential, IsLongEnoughAndFitsAHeader) {  // ADM-2
  const std::string secret(kSecret);
  for (const std::string& bad : {std::string(), secret.substr(1), std::string(1025, 'x'),
                                 secret + " ", secret + "\n", secret + "\xc3\xa9"}) {
    const auto credential = SharedCredential::from(bad);
    ASSERT_FALSE(credential);
    EXPECT_EQ(credential.error().find("012345"), std::string::npos);
  }
  EXPECT_TRUE(SharedCredential::from(std::string(1024, 'x')));
}

}  // namespace
}  // namespace righttask::auth
