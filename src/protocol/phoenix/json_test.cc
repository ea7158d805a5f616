#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "base/rng.h"
#include "base/utf8.h"
#include "protocol/phoenix/json_reader.h"
#include "protocol/phoenix/json_writer.h"

namespace righttask::protocol::phoenix {
namespace {

bool is_json(std::string_view text) {
  JsonReader reader(text);
  return reader.value(kJsonDepthMax) && reader.at_end();
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonReader, AcceptsWhatJsonStringifyWrites) {  // PHX-8
  const std::string cases[] = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "12.5e-3",
      "1E+2",
      "\"\"",
      "[]",
      "{}",
      "[1,[2],{}]",
      " { \"a\" : [ 1 , null ] }\r\n\t",
      "\"\\u00e9\\n\\\\\\\"\\/\"",
      "\"größe €\"",
      "100000000000000000000",  // 1e20, beyond 64 bits
      "\"\\ud83d\"",            // half of an emoji
      "1e400",                  // infinite as a double
      R"({"a":1,"a":2})",       // a key twice
      "\"\x7f\"",
      nested(kJsonDepthMax),
  };
  for (const auto& text : cases) EXPECT_TRUE(is_json(text)) << text;
}

TEST(JsonReader, RefusesTheRest) {  // PHX-8
  const std::string cases[] = {
      "",
      " ",
      "nul",
      "nulll",
      "True",
      "undefined",
      "NaN",
      "Infinity",
      "01",
      "-",
      "+1",
      ".5",
      "1.",
      "1e",
      "1e+",
      "0x1",
      "--1",
      "'a'",
      "\"",
      "\"a",
      "\"\\\"",
      "\"\\x41\"",
      "\"\\u12\"",
      "\"\\u12g4\"",
      "\"\n\"",
      std::string("\"\0\"", 3),
      "\"a\"b",
      "[",
      "]",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "[1 2]",
      "[1,,2]",
      "{",
      "}",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{a:1}",
      "{1:2}",
      "{\"a\" 1}",
      "{\"a\":1 \"b\":2}",
      "[}",
      "{]",
      "1 1",
      "[] []",
      "// a\n1",
      "\xef\xbb\xbf[]",
      "[1]\v",
      nested(kJsonDepthMax + 1),
      nested(100'000),
      std::string(100'000, '['),
      std::string(100'000, '"') + "x",
  };
  for (const auto& text : cases) EXPECT_FALSE(is_json(text)) << text.substr(0, 40);
}

TEST(JsonReader, FindsTheEndOfAStringWhereverItStands) {
  for (std::size_t length = 0; length < 40; ++length) {
    for (const char special : {'"', '\\', '\n', '\x1f'}) {
      const std::string text = '"' + std::string(length, '\x80') + special;
      const bool ends = special == '"';
      EXPECT_EQ(is_json(text), ends) << length << ' ' << int{special};
      EXPECT_FALSE(is_json(text.substr(0, length + 1)));
    }
  }
}

/// Whether a number may fit neither 64 bits nor a double, which simdjson refuses and JSON does not.
bool has_wide_number(const std::string& text) {
  std::size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 3) return true;
  }
  return false;
}

TEST(JsonReader, JudgesAsSimdjsonDoes) {  // PHX-8
  const std::string_view tokens[] = {
      "{", "}", "[", "]",  ",", ":",  "\"",   "\\",    "u00e9", "\"a\"",    "0", "1", "12",
      "-", ".", "e", "E+", " ", "\n", "true", "false", "null",  "\xc3\xa9", "/", "b", "\x01"};
  Rng rng(7);
  simdjson::dom::parser parser;
  int valid = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text =
        rng.chance(2) ? std::string(R"([null,{"a":[1,-2.5e1,"\u00e9"]},true,{}])") : std::string();
    for (std::uint32_t edits = rng.below(8); edits > 0; --edits) {
      const std::string_view token = tokens[rng.below(std::size(tokens))];
      const std::size_t at = rng.below(static_cast<std::uint32_t>(text.size() + 1));
      if (rng.chance(2)) {
        text.insert(at, token);
      } else {
        text.replace(at, std::min<std::size_t>(1, text.size() - at), token);
      }
    }
    if (!is_utf8(byte_view(text))) continue;
    simdjson::dom::element ignored;
    const auto code = parser.parse(text).get(ignored);
    if (code == simdjson::NUMBER_ERROR && has_wide_number(text)) continue;
    ASSERT_EQ(is_json(text), code == simdjson::SUCCESS) << text << ": " << code;
    valid += code == simdjson::SUCCESS;
  }
  EXPECT_GT(valid, 5'000);
}

TEST(JsonString, UndoesEscapes) {
  EXPECT_EQ(json_string(R"("")"), "");
  EXPECT_EQ(json_string(R"("a\"\\\/\b\f\n\r\tz")"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(json_string(R"("\u0041\u00e9\u20AC\ud83d\ude00")"), "Aé€😀");
  EXPECT_EQ(json_string(R"("\u0000")"), std::string(1, '\0'));
}

TEST(JsonString, RefusesOtherTypesAndLoneSurrogates) {
  for (const char* json : {"null", "5", "[]", "{}", R"("\ud83d")", R"("\ud83dx")", R"("\ude00")",
                           R"("\ud83d\n")", R"("\ud83d\u0041")", R"("\ud83d\ud83d")"}) {
    EXPECT_EQ(json_string(json), std::nullopt) << json;
  }
}

TEST(JsonMember, FindsTheLastOfAKey) {  // PHX-8
  EXPECT_EQ(json_member(R"({"a":1,"b":[2, 3],"a":{"b":4}})", "a"), R"({"b":4})");
  EXPECT_EQ(json_member(R"({"a":1,"b":[2, 3]})", "b"), "[2, 3]");
  EXPECT_EQ(json_member(R"({"\u0061":1})", "a"), "1");
  EXPECT_EQ(json_member(R"({"\ud83d":1})", "a"), std::nullopt);
  for (const char* json : {"{}", R"({"b":{"a":1}})", R"(["a"])", R"("a")", "null", "5"}) {
    EXPECT_EQ(json_member(json, "a"), std::nullopt) << json;
  }
}

TEST(JsonByteList, TakesIntegersOfOneByteOnly) {  // PHX-20
  EXPECT_EQ(json_byte_list("[]"), Bytes{});
  EXPECT_EQ(json_byte_list("[ ]"), Bytes{});
  EXPECT_EQ(json_byte_list("[0,1,99,100,255]"), bytes(0, 1, 99, 100, 255));
  EXPECT_EQ(json_byte_list("[ 7 ,\n8\t]"), bytes(7, 8));
  for (const char* json :
       {"[256]", "[-1]", "[-0]", "[1.0]", "[1e1]", "[99999999999999999999]", "[null]", "[\"1\"]",
        "[true]", "[[1]]", "[1,[2]]", "[1,{}]", "{}", "{\"0\":1}", "\"AQ==\"", "null", "5"}) {
    EXPECT_EQ(json_byte_list(json), std::nullopt) << json;
  }
}

TEST(JsonWriter, WritesEveryByte) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  Bytes out = bytes('x');
  append_byte_list(out, all);
  std::string want = "x[";
  for (int i = 0; i < 256; ++i) want += (i ? "," : "") + std::to_string(i);
  EXPECT_EQ(as_text(out), want + "]");
  EXPECT_EQ(json_byte_list(as_text(out).substr(1)), all);

  out.clear();
  append_byte_list(out, {});
  EXPECT_EQ(as_text(out), "[]");
}

TEST(JsonWriter, EscapesWhatJsonDemands) {
  std::string text;
  for (char c = 0; c >= 0 && c < 0x7f; ++c) text.push_back(c);
  text += "é€😀";
  Bytes out;
  append_json_string(out, text);
  EXPECT_TRUE(is_json(as_text(out)));
  EXPECT_EQ(json_string(as_text(out)), text);

  out.clear();
  append_json_string(out, "a\"\\\n\x01<é");
  EXPECT_EQ(as_text(out), R"("a\"\\\n\u0001<é")");
}

}  // namespace
}  // namespace righttask::protocol::phoenix
