#include "base/base64.h"

#include <gtest/gtest.h>

namespace righttask {
namespace {

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  struct Case {
    std::string_view plain, encoded;
  };
  const Case cases[] = {{"", ""},
                        {"f", "Zg=="},
                        {"fo", "Zm8="},
                        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.plain);
    EXPECT_EQ(base64_encode(byte_view(c.plain)), c.encoded);
    const auto back = base64_decode(c.encoded);
    ASSERT_TRUE(back);
    EXPECT_EQ(as_text(*back), c.plain);
  }
}

TEST(Base64, ReadsUnpaddedAndUrlSafe) {
  EXPECT_EQ(base64_decode("Zg"), bytes('f'));
  EXPECT_EQ(base64_decode("-_8"), bytes(0xfb, 0xff));
  EXPECT_EQ(base64_decode("+/8="), bytes(0xfb, 0xff));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const std::string_view bad :
       {"Z", "Zg=", "Zm8==", "Zm9v=", "Z g=", "Zm9v====", "Zg==Zg==", "é"}) {
    SCOPED_TRACE(bad);
    EXPECT_FALSE(base64_decode(bad));
  }
}

}  // namespace
}  // namespace righttask
