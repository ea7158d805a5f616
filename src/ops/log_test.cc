#include "ops/log.h"

#include <gtest/gtest.h>

namespace righttask::ops {
namespace {

TEST(Printable, CommandsNoTerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\n\x7f\\"), "a\\x1b[2Jb\\x0a\\x7f\\x5c");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\xc2\\x9b"
            "2J")
      << "CSI in one character";
  EXPECT_EQ(printable("\xc2\xa0\xc3\x9b"), "\xc2\xa0\xc3\x9b") << "a space and a letter";
}

TEST(Printable, IsBounded) {
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  EXPECT_EQ(printable("abc", 3), "abc");
}

}  // namespace
}  // namespace righttask::ops
