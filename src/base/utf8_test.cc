#include "base/utf8.h"

#include <gtest/gtest.h>

namespace righttask {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  for (const std::string_view good :
       {"", "a", "ascii longer than eight bytes", "é", "€", "𝄞", "aé€𝄞\x7f", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "\xef\xbb\xbf"}) {
    EXPECT_TRUE(is_utf8(byte_view(good)));
  }
}

TEST(Utf8, RefusesMalformedText) {
  struct Case {
    std::string_view name, text;
  };
  const Case cases[] = {{"lone continuation", "\x80"},
                        {"overlong two", "\xc0\xaf"},
                        {"overlong two, c1", "\xc1\xbf"},
                        {"overlong three", "\xe0\x9f\xbf"},
                        {"overlong four", "\xf0\x8f\xbf\xbf"},
                        {"surrogate", "\xed\xa0\x80"},
                        {"above U+10FFFF", "\xf4\x90\x80\x80"},
                        {"f5", "\xf5\x80\x80\x80"},
                        {"ff", "\xff"},
                        {"cut short", "12345678\xe2\x82"},
                        {"no continuation", "\xe2\x28\xa1"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_FALSE(is_utf8(byte_view(c.text)));
  }
}

TEST(Utf8, ChecksAcrossPieces) {
  const std::string text = "aé€𝄞b";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Checker checker;
    EXPECT_TRUE(checker.feed(byte_view(text.substr(0, cut))));
    EXPECT_TRUE(checker.feed(byte_view(text.substr(cut))));
    EXPECT_TRUE(checker.complete());
  }
  Utf8Checker cut_short;
  EXPECT_TRUE(cut_short.feed(byte_view("\xe2\x82")));
  EXPECT_FALSE(cut_short.complete());
}

TEST(Utf8, CountsUtf16Units) {
  EXPECT_EQ(utf16_length(""), 0U);
  EXPECT_EQ(utf16_length("aé€"), 3U);
  EXPECT_EQ(utf16_length("𝄞"), 2U);
}

}  // namespace
}  // namespace righttask
