#include "ydoc/codec/value_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ydoc/testing/hex.h"

namespace ydoc {
namespace {

using testing::from_hex;
using testing::to_hex;

std::string any_of(std::string_view text) {
  ByteSink out;
  write_value(out, text);
  return to_hex(out.view());
}

TEST(ValueText, IsJsonWhereThatSaysAll) {
  struct Case {
    std::string_view json;
    std::string_view any;  // as lib0 0.2.120 writes it
  };
  const Case cases[] = {
      {"null", "7e"},
      {"true", "78"},
      {"false", "79"},
      {"0", "7d00"},
      {"-1", "7d41"},
      {"2147483647", "7dbfffffff0f"},
      {"2147483648", "7c4f000000"},
      {"0.1", "7b3fb999999999999a"},
      {"1.5", "7c3fc00000"},
      {R"("")", "7700"},
      {R"("a\n\"é")", "7705610a22c3a9"},
      {R"("\ud800")", "7703efbfbd"},  // a lone surrogate does not survive UTF-8
      {"[]", "7500"},
      {"[1,[null],{}]", "75037d0175017e7600"},
      {R"({"a":1,"b":{"c":[]}})",
       "760201617d01016276010163"
       "7500"},
      {R"({"__proto__":1})", "7601095f5f70726f746f5f5f7d01"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    EXPECT_TRUE(is_json(c.json));
    EXPECT_EQ(any_of(c.json), c.any);
    EXPECT_EQ(stringify(c.json), c.json);
    EXPECT_EQ(value_text_of(value_of_text(c.json)), c.json);
  }
}

TEST(ValueText, HoldsWhatJsonCannotSay) {
  struct Case {
    std::string_view name;
    Any value;
    std::string_view any;
    std::string_view json;  // what is left of it
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {"undefined", Any{Undefined{}}, "7f", "null"},
      {"-0", Any{-0.0}, "7d40", "0"},
      {"NaN", Any{nan}, "7b7ff8000000000000", "null"},
      {"-Infinity", Any{-infinity}, "7cff800000", "null"},
      {"BigInt", Any{BigInt{-2}}, "7afffffffffffffffe", "-2"},
      {"bytes", Any{righttask::bytes(7, 8)}, "74020708", R"({"0":7,"1":8})"},
      {"-0 inside", Any{Any::Array{Any{Any::Object{{"a", Any{-0.0}}}}}}, "7501760101617d40",
       R"([{"a":0}])"},
      {"undefined inside", Any{Any::Object{{"a", Any{Undefined{}}}, {"b", Any{1.0}}}},
       "76020161"
       "7f01627d01",
       R"({"b":1})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string text = value_text_of(c.value);
    EXPECT_FALSE(is_json(text));
    EXPECT_EQ(any_of(text), c.any);
    EXPECT_EQ(stringify(text), c.json);
    EXPECT_EQ(value_text_of(value_of_text(text)), text);
    righttask::Reader reader(righttask::byte_view(std::string_view(text).substr(1)));
    std::string json;
    EXPECT_FALSE(append_any_as_json(json, reader));
  }
}

TEST(ValueText, ComparesAsJavaScriptDoes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(equal_only_to_itself("{}"));
  EXPECT_TRUE(equal_only_to_itself("[1]"));
  EXPECT_TRUE(equal_only_to_itself(value_text_of(Any{nan})));
  EXPECT_TRUE(equal_only_to_itself(value_text_of(Any{righttask::bytes(1)})));
  EXPECT_TRUE(equal_only_to_itself(value_text_of(Any{Any::Array{Any{-0.0}}})));
  EXPECT_FALSE(equal_only_to_itself("true"));
  EXPECT_FALSE(equal_only_to_itself(R"("{}")"));
  EXPECT_FALSE(equal_only_to_itself(value_text_of(Any{-0.0})));
  EXPECT_FALSE(equal_only_to_itself(value_text_of(Any{BigInt{1}})));
  EXPECT_FALSE(equal_only_to_itself(value_text_of(Any{-std::numeric_limits<double>::infinity()})));
}

TEST(ValueText, ReadsAnyAsJson) {
  struct Case {
    std::string_view any;
    std::string_view json;
  };
  const Case cases[] = {
      {"7e", "null"},
      {"7d41", "-1"},
      {"7c3fc00000", "1.5"},
      {"7705610a22c3a9", R"("a\n\"é")"},
      {"760201617d01016275017e", R"({"a":1,"b":[null]})"},
  };
  for (const auto& c : cases) {
    const auto bytes = from_hex(c.any);
    righttask::Reader reader(bytes);
    std::string json;
    EXPECT_TRUE(append_any_as_json(json, reader));
    EXPECT_EQ(json, c.json);
    EXPECT_TRUE(reader.done());
  }
}

}  // namespace
}  // namespace ydoc
