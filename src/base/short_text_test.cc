#include "base/short_text.h"

#include <gtest/gtest.h>

#include <string>

namespace righttask {
namespace {

TEST(ShortText, HoldsTextsOfAnyLength) {
  EXPECT_EQ(sizeof(ShortText), 16U);
  EXPECT_EQ(ShortText().view(), "");
  for (const std::size_t size : {0U, 1U, 14U, 15U, 16U, 17U, 300U, 70'000U}) {
    std::string text(size, 'a');
    if (size > 0) text.back() = '\0';
    const ShortText kept{text};
    EXPECT_EQ(kept.view(), text);
  }
}

TEST(ShortText, Moves) {
  const std::string far(100, 'x');
  ShortText from{far};
  ShortText to(std::move(from));
  EXPECT_EQ(to.view(), far);
  ShortText other{"near"};
  other = std::move(to);
  EXPECT_EQ(other.view(), far);
  other = ShortText{"last"};
  EXPECT_EQ(other.view(), "last");
}

}  // namespace
}  // namespace righttask
