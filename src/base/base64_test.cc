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

TEST(Base64Url, HasOneSpelling) {
  EXPECT_EQ(base64url_encode(bytes(0xfb, 0xff)), "-_8");
  EXPECT_EQ(base64url_encode({}), "");
  for (const std::string_view good : {"", "Zg", "Zm8", "Zm9v", "-_8", "AAAA"}) {
    SCOPED_TRACE(good);
    const auto decoded = base64url_decode(good);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(base64url_encode(*decoded), good);
  }
  struct Case {
    std::string_view name, text;
  };
  const Case cases[] = {{"padding", "Zg=="},      {"standard alphabet", "+/8"},
                        {"trailing bits", "Zh"},  {"trailing bits of two", "Zm9"},
                        {"white space", "Zm9v "}, {"impossible length", "Z"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_FALSE(base64url_decode(c.text));
  }
}

}  // namespace
}  // namespace righttask
