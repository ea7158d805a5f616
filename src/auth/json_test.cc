#include "auth/json.h"

#include <gtest/gtest.h>

namespace righttask::auth {
namespace {

TEST(Json, ReadsOneObject) {
  const auto json = parse_object(R"( {"a":"b","n":9007199254740993,"o":{"a":[{}]}} )");
  ASSERT_TRUE(json) << json.error();
  EXPECT_EQ(string_member(json->get(), "a"), "b");
  EXPECT_EQ(string_member(json->get(), "n"), std::nullopt);
  EXPECT_EQ(string_member(json->get(), "missing"), std::nullopt);
  EXPECT_EQ(json_integer_value(json_object_get(json->get(), "n")), 9007199254740993);
}

TEST(Json, RefusesWhatTwoReadersCouldReadDifferently) {  // TOK-12
  struct Case {
    std::string_view name, text;
  };
  const Case cases[] = {
      {"empty", ""},
      {"list", "[]"},
      {"string", "\"a\""},
      {"duplicate key", R"({"a":1,"a":2})"},
      {"duplicate key by escape", R"({"a":1,"\u0061":2})"},
      {"duplicate key inside", R"({"o":{"a":1,"a":1}})"},
      {"trailing text", "{} {}"},
      {"trailing comma", R"({"a":1,})"},
      {"comment", "{/**/}"},
      {"NaN", R"({"a":NaN})"},
      {"Infinity", R"({"a":-Infinity})"},
      {"real beyond double", R"({"a":1e999})"},
      {"integer beyond 64 bits", R"({"a":18446744073709551616})"},
      {"leading zero", R"({"a":01})"},
      {"single quotes", "{'a':1}"},
      {"not UTF-8", "{\"a\":\"\xff\"}"},
      {"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}"},
      {"lone surrogate", R"({"a":"\ud800"})"},
      {"NUL by escape", R"({"a":"b\u0000"})"},
      {"NUL", std::string_view("{\"a\":\"b\0\"}", 10)},
      {"byte order mark", "\xef\xbb\xbf{}"},
      {"cut", R"({"a":")"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_FALSE(parse_object(c.text));
  }
}

TEST(Json, BoundsDepthBeforeItParses) {  // TOK-12
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(parse_object(nested(kJsonDepthMax)));
  EXPECT_EQ(parse_object(nested(kJsonDepthMax + 1)).error(), "nested too deeply");
  EXPECT_EQ(parse_object(std::string(100'000, '[')).error(), "nested too deeply");
  EXPECT_TRUE(parse_object("{\"a\":\"" + std::string(100, '[') + "\\\"{{\"}"));  // within a string
}

TEST(Json, ErrorsQuoteNothing) {
  const auto error = parse_object("{\"a\": verysecret}").error();
  EXPECT_EQ(error.find("verysecret"), std::string::npos) << error;
  EXPECT_NE(error.find("line 1"), std::string::npos) << error;
}

}  // namespace
}  // namespace righttask::auth
