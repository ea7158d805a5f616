#include "ydoc/any.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ydoc/codec/content.h"

namespace ydoc {
namespace {

using righttask::Bytes;
using righttask::bytes;
using righttask::DecodeError;
using righttask::Reader;
using righttask::Writer;

std::string json_of(std::string_view text) {
  const auto value = parse_json(text, 100);
  if (!value) return std::string(to_string(value.error()));
  std::string out;
  append_json(out, *value);
  return out;
}

Bytes written(const Any& value) {
  Writer writer;
  write_any(writer, value);
  return writer.take();
}

// LIB0-9. The right column is what Node's JSON.stringify(JSON.parse(left)) prints.
TEST(Json, IsSpelledAsJavaScriptSpellsIt) {
  struct Case {
    std::string_view input;
    std::string_view want;
  };
  const Case cases[] = {
      {"1", "1"},
      {"-0", "0"},
      {"1.0", "1"},
      {"1e2", "100"},
      {"1E+21", "1e+21"},
      {"100000000000000000000", "100000000000000000000"},
      {"1000000000000000000000", "1e+21"},
      {"123456789012345678901", "123456789012345680000"},
      {"0.000001", "0.000001"},
      {"0.0000001", "1e-7"},
      {"0.1", "0.1"},
      {"-1.5e-10", "-1.5e-10"},
      {"5e-324", "5e-324"},
      {"1e400", "null"},
      {"-1e400", "null"},
      {"1e-400", "0"},
      {"0.0000000000000000000000000000000000000001e-320", "0"},
      {"9007199254740993", "9007199254740992"},
      {"9007199254740991", "9007199254740991"},
      {"-9007199254740991", "-9007199254740991"},
      {"4294967295", "4294967295"},
      {"4294967296", "4294967296"},
      {"4294967296.5", "4294967296.5"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {R"( { "b" : 1 , "a" : [ ] } )", R"({"b":1,"a":[]})"},
      {R"({"b":1,"10":2,"9":3,"01":4})", R"({"9":3,"10":2,"b":1,"01":4})"},
      {R"({"4294967295":1,"4294967294":2})", R"({"4294967294":2,"4294967295":1})"},
      {R"({"a":1,"b":2,"a":3})", R"({"a":3,"b":2})"},
      {R"({"__proto__":1})", R"({"__proto__":1})"},
      {R"("\/\u0041\u00e9")", "\"/Aé\""},
      {R"("\u001F\u0008\u007f")", "\"\\u001f\\b\x7f\""},
      {R"("\ud83d\ude00")", "\"😀\""},
      {R"("\uD83D")", R"("\ud83d")"},
      {R"("\ude00\ud83d")", R"("\ude00\ud83d")"},
      {R"("\ud83d\ud83d\ude00")", R"("\ud83d😀")"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.input);
    EXPECT_EQ(json_of(c.input), c.want);
    const auto spelling = check_json(c.input, 100);
    ASSERT_TRUE(spelling);
    EXPECT_EQ(*spelling, c.input == c.want ? Spelling::canonical : Spelling::foreign);
    EXPECT_EQ(check_json(c.want, 100), Spelling::canonical);  // LIB0-8
  }
}

TEST(Json, EscapesWhereverItStands) {
  struct Case {
    std::string_view text;
    std::string_view escaped;
  };
  const Case cases[] = {
      {"\"", "\\\""},
      {"\\", "\\\\"},
      {"\x1f", "\\u001f"},
      {"\n", "\\n"},
      {"\xed\xa0\x80", "\\ud800"},
      {"\xed\x9f\xbf", "\xed\x9f\xbf"},
      {" ", " "},
      {"\x7f", "\x7f"},
      {"é", "é"},
  };
  for (const auto& c : cases) {
    for (std::size_t before = 0; before < 18; ++before) {
      for (std::size_t after = 0; after < 10; ++after) {
        std::string out;
        append_json_string(out, std::string(before, 'a').append(c.text).append(after, 'b'));
        EXPECT_EQ(out, '"' + std::string(before, 'a').append(c.escaped).append(after, 'b') + '"');
      }
    }
  }
}

TEST(Json, RefusesMalformedInput) {
  struct Case {
    std::string_view name;
    std::string_view input;
    DecodeError want;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"empty", "", DecodeError::invalid_json},
      {"space alone", " ", DecodeError::invalid_json},
      {"undefined", "undefined", DecodeError::invalid_json},
      {"cut literal", "nul", DecodeError::invalid_json},
      {"open array", "[1", DecodeError::invalid_json},
      {"trailing comma", "[1,]", DecodeError::invalid_json},
      {"missing comma", "[1 2]", DecodeError::invalid_json},
      {"open object", "{\"a\":1", DecodeError::invalid_json},
      {"missing colon", "{\"a\" 1}", DecodeError::invalid_json},
      {"key without quotes", "{a:1}", DecodeError::invalid_json},
      {"trailing comma in object", "{\"a\":1,}", DecodeError::invalid_json},
      {"closed by the wrong bracket", "[1}", DecodeError::invalid_json},
      {"more after the value", "{}}", DecodeError::invalid_json},
      {"leading zero", "01", DecodeError::invalid_json},
      {"plus sign", "+1", DecodeError::invalid_json},
      {"minus alone", "-", DecodeError::invalid_json},
      {"point without digits", "1.", DecodeError::invalid_json},
      {"point first", ".5", DecodeError::invalid_json},
      {"exponent without digits", "1e+", DecodeError::invalid_json},
      {"open string", "\"a", DecodeError::invalid_json},
      {"string of an open escape", "\"\\", DecodeError::invalid_json},
      {"unknown escape", R"("\x")", DecodeError::invalid_json},
      {"short unicode escape", R"("\u12")", DecodeError::invalid_json},
      {"unicode escape without hex", R"("\u12g4")", DecodeError::invalid_json},
      {"control in string", "\"\n\"", DecodeError::invalid_json},
      {"zero byte", "1\0"sv, DecodeError::invalid_json},
      {"zero byte in front", "\0"sv, DecodeError::invalid_json},
      {"form feed is no space", "\f1", DecodeError::invalid_json},
      {"too deep in arrays", "[[[[]]]]", DecodeError::json_too_deep},
      {"too deep in objects", R"({"a":{"a":{"a":{}}}})", DecodeError::json_too_deep},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(parse_json(c.input, 3).error(), c.want);
    EXPECT_EQ(check_json(c.input, 3).error(), c.want);
  }
  EXPECT_EQ(parse_json("\"\xff\"", 3).error(), DecodeError::invalid_utf8);
}

// LIB0-6, with the bytes that lib0's writeAny makes.
TEST(AnyEncoding, ChoosesTheSmallestNumber) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  struct Case {
    double number;
    Bytes want;
  };
  const Case cases[] = {
      {0, bytes(125, 0)},
      {-0.0, bytes(125, 0x40)},
      {2147483647, bytes(125, 0xbf, 0xff, 0xff, 0xff, 0x0f)},
      {-2147483647, bytes(125, 0xff, 0xff, 0xff, 0xff, 0x0f)},
      {2147483648, bytes(124, 0x4f, 0, 0, 0)},
      {1.5, bytes(124, 0x3f, 0xc0, 0, 0)},
      {kInfinity, bytes(124, 0x7f, 0x80, 0, 0)},
      {0.1, bytes(123, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a)},
      {1e300, bytes(123, 0x7e, 0x37, 0xe4, 0x3c, 0x88, 0x00, 0x75, 0x9c)},
      {kNan, bytes(123, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)},
      {-kNan, bytes(123, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.number);
    EXPECT_EQ(written(Any{c.number}), c.want);
    Reader reader(c.want);
    EXPECT_EQ(check_any(reader, 1), Spelling::canonical);
  }
}

// LIB0-7, LIB0-8: what readAny followed by writeAny would change is foreign.
TEST(AnyEncoding, IsRewrittenAsLib0WouldWriteIt) {
  struct Case {
    std::string_view name;
    Bytes input;
    Bytes want;
  };
  const Case cases[] = {
      {"padded varint", bytes(125, 0x81, 0x00), bytes(125, 1)},
      {"whole float32", bytes(124, 0x3f, 0x80, 0, 0), bytes(125, 1)},
      {"float64 that fits float32", bytes(123, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0),
       bytes(124, 0x3f, 0xc0, 0, 0)},
      {"varint above 2^31-1", bytes(125, 0x80, 0x80, 0x80, 0x80, 0x10), bytes(124, 0x4f, 0, 0, 0)},
      {"float32 NaN", bytes(124, 0x7f, 0xc0, 0, 0), bytes(123, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)},
      {"NaN with a payload", bytes(123, 0xff, 0xf8, 0, 0, 0, 0, 0, 1),
       bytes(123, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)},
      {"padded string length", bytes(119, 0x81, 0x00, 'a'), bytes(119, 1, 'a')},
      {"padded array length", bytes(117, 0x81, 0x00, 126), bytes(117, 1, 126)},
      {"padded byte length", bytes(116, 0x81, 0x00, 7), bytes(116, 1, 7)},
      {"repeated key", bytes(118, 3, 1, 'a', 120, 1, 'b', 126, 1, 'a', 121),
       bytes(118, 2, 1, 'a', 121, 1, 'b', 126)},
      {"index after a name", bytes(118, 2, 1, 'a', 120, 1, '1', 126),
       bytes(118, 2, 1, '1', 126, 1, 'a', 120)},
      {"__proto__", bytes(118, 1, 9, '_', '_', 'p', 'r', 'o', 't', 'o', '_', '_', 126),
       bytes(118, 0)},
      {"foreign deep inside", bytes(117, 1, 118, 1, 1, 'k', 124, 0, 0, 0, 0),
       bytes(117, 1, 118, 1, 1, 'k', 125, 0)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Reader checked(c.input);
    EXPECT_EQ(check_any(checked, 10), Spelling::foreign);
    EXPECT_TRUE(checked.done());
    Reader reader(c.input);
    const auto value = read_any(reader, 10);
    ASSERT_TRUE(value);
    EXPECT_EQ(written(*value), c.want);
    Reader again(c.want);
    EXPECT_EQ(check_any(again, 10), Spelling::canonical);
  }
}

// LIB0-7, LIB0-8: whatever the number of keys before it.
TEST(AnyEncoding, AnIndexAfterNamesIsForeignInObjectsOfEverySize) {
  for (int names = 0; names <= 70; ++names) {
    SCOPED_TRACE(names);
    std::string json = "{";
    Bytes coded = bytes(118, names + 1);
    for (int i = 0; i < names; ++i) {
      const std::string key = "k" + std::to_string(i);
      json += '"' + key + "\":null,";
      coded.push_back(static_cast<std::uint8_t>(key.size()));
      coded.insert(coded.end(), key.begin(), key.end());
      coded.push_back(126);
    }
    json += "\"7\":null}";
    const Bytes last = bytes(1, '7', 126);
    coded.insert(coded.end(), last.begin(), last.end());
    const Spelling want = names == 0 ? Spelling::canonical : Spelling::foreign;
    Reader reader(coded);
    EXPECT_EQ(check_any(reader, 10), want);
    EXPECT_EQ(check_json(json, 10), want);
  }
}

// LIB0-4, LIB0-5.
TEST(AnyEncoding, RefusesMalformedInput) {
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"tag 115", bytes(115), DecodeError::invalid_any_tag},
      {"tag 128", bytes(128), DecodeError::invalid_any_tag},
      {"no integer", bytes(125), DecodeError::truncated},
      {"integer beyond 2^53", bytes(125, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
       DecodeError::integer_too_large},
      {"short float32", bytes(124, 0, 0, 0), DecodeError::truncated},
      {"short float64", bytes(123, 0, 0, 0, 0, 0, 0, 0), DecodeError::truncated},
      {"short bigint", bytes(122, 0), DecodeError::truncated},
      {"string beyond the end", bytes(119, 2, 'a'), DecodeError::truncated},
      {"string of surrogates", bytes(119, 3, 0xed, 0xa0, 0x80), DecodeError::invalid_utf8},
      {"bytes beyond the end", bytes(116, 0xff, 0xff, 0xff, 0xff, 0x0f), DecodeError::truncated},
      {"array count beyond the end", bytes(117, 0xff, 0xff, 0xff, 0xff, 0x0f),
       DecodeError::count_exceeds_input},
      {"object count beyond the end", bytes(118, 0xff, 0xff, 0xff, 0xff, 0x0f),
       DecodeError::count_exceeds_input},
      {"key that is no text", bytes(118, 1, 1, 0xff, 126), DecodeError::invalid_utf8},
      {"member without value", bytes(118, 1, 1, 'a'), DecodeError::truncated},
      {"too deep", bytes(117, 1, 117, 1, 117, 1, 117, 0), DecodeError::any_too_deep},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Reader reader(c.input);
    EXPECT_EQ(read_any(reader, 3).error(), c.want);
    Reader checked(c.input);
    EXPECT_EQ(check_any(checked, 3).error(), c.want);
  }
}

TEST(AnyEncoding, SeesRepeatedKeysInLargeObjects) {
  Writer writer;
  writer.byte(118);
  writer.var_uint(101);
  for (int i = 0; i < 101; ++i) {
    writer.var_string("k" + std::to_string(i % 100));
    writer.byte(126);
  }
  Reader reader(writer.view());
  EXPECT_EQ(check_any(reader, 1), Spelling::foreign);
}

// LIB0-10.
TEST(AnyEncoding, ReplacesLoneSurrogates) {
  const auto value = parse_json(R"("a\ud83db")", 1);
  ASSERT_TRUE(value);
  EXPECT_EQ(written(*value), bytes(119, 5, 'a', 0xef, 0xbf, 0xbd, 'b'));
}

TEST(Any, ComparesObjectsWithoutOrder) {
  EXPECT_EQ(parse_json(R"({"a":1,"b":[{"c":2,"d":3}]})", 9),
            parse_json(R"({"b":[{"d":3,"c":2}],"a":1})", 9));
  EXPECT_NE(parse_json(R"({"a":1})", 9), parse_json(R"({"a":2})", 9));
  EXPECT_NE(parse_json(R"({"a":1})", 9), parse_json(R"({"b":1})", 9));
  EXPECT_NE(parse_json("[1,2]", 9), parse_json("[2,1]", 9));
}

}  // namespace
}  // namespace ydoc
