#include "ydoc/view/js_string.h"

#include <gtest/gtest.h>

namespace ydoc {
namespace {

TEST(JsString, WritesValuesAsJavaScriptDoes) {
  struct Case {
    Any value;
    std::string_view want;
  };
  const Case cases[] = {
      {Any{Undefined{}}, "undefined"},
      {Any{Null{}}, "null"},
      {Any{true}, "true"},
      {Any{1.5}, "1.5"},
      {Any{-0.0}, "0"},
      {Any{BigInt{-12}}, "-12"},
      {Any{std::string("text")}, "text"},
      {Any{righttask::bytes(1, 2, 255)}, "1,2,255"},
      {Any{Any::Array{Any{1.0}, Any{Null{}}, Any{std::string("x")}}}, "1,,x"},
      {Any{Any::Object{}}, "[object Object]"},
  };
  for (const Case& c : cases) {
    std::string out;
    append_js_string(out, c.value);
    EXPECT_EQ(out, c.want);
  }
}

TEST(JsString, ComparesByCodeUnits) {
  EXPECT_TRUE(js_less("a", "b"));
  EXPECT_TRUE(js_less("", "a"));
  EXPECT_FALSE(js_less("a", "a"));
  EXPECT_TRUE(js_less("ab", "b"));
  EXPECT_TRUE(js_less("a", "ü"));
  EXPECT_TRUE(js_less("日", "😀"));
  EXPECT_TRUE(js_less("😀", "\xee\x80\x80")) << "U+1F600 starts with a surrogate, below U+E000";
  EXPECT_TRUE(js_less("😀", "😁"));
}

TEST(JsString, TakesPairsApart) {
  std::vector<std::string> units;
  for_each_unit("aü😀", [&](std::string_view unit) { units.emplace_back(unit); });
  EXPECT_EQ(units, (std::vector<std::string>{"a", "ü", "\xed\xa0\xbd", "\xed\xb8\x80"}));
}

}  // namespace
}  // namespace ydoc
