#include <gtest/gtest.h>

#include <vector>

#include "ydoc/codec/column_reader.h"
#include "ydoc/codec/column_writer.h"
#include "ydoc/testing/hex.h"

namespace ydoc {
namespace {

using righttask::Bytes;
using righttask::ByteView;
using righttask::DecodeError;
using testing::from_hex;
using testing::to_hex;

constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;

/// The column in hex, having read back what was written.
template <typename Writer, typename Reader, typename Value>
std::string round_trip(const std::vector<Value>& values) {
  Writer writer;
  for (int twice = 0; twice < 2; ++twice) {  // a writer that has ended begins anew
    writer.bytes().clear();
    for (const Value value : values) writer.write(value);
    writer.end();
  }
  Reader reader(writer.bytes().view());
  for (const Value value : values) {
    const auto got = reader.next();
    EXPECT_TRUE(got.has_value());
    if (got) {
      EXPECT_EQ(static_cast<Value>(*got), value);
    }
  }
  EXPECT_TRUE(reader.complete());
  return to_hex(writer.bytes().view());
}

// LIB0-11. The bytes are what lib0 0.2.120 writes.
TEST(Columns, AreThoseOfLib0) {
  using U = std::vector<std::uint64_t>;
  using I = std::vector<std::int64_t>;
  EXPECT_EQ((round_trip<RleByteWriter, RleByteReader>(std::vector<std::uint8_t>{4, 4, 4, 0, 132})),
            "0402000084");
  EXPECT_EQ((round_trip<RleVarUintWriter, RleVarUintReader>(U{300, 300, 1})), "ac020101");
  EXPECT_EQ((round_trip<UintOptRleWriter, UintOptRleReader>(U{})), "");
  EXPECT_EQ((round_trip<UintOptRleWriter, UintOptRleReader>(U{1, 2, 3, 3, 3})), "01024301");
  EXPECT_EQ((round_trip<UintOptRleWriter, UintOptRleReader>(U{0, 0, 0, 7})), "400107");
  EXPECT_EQ((round_trip<IncUintOptRleWriter, IncUintOptRleReader>(U{7, 8, 9, 10, 1})), "470201");
  EXPECT_EQ((round_trip<IntDiffOptRleWriter, IntDiffOptRleReader>(U{1, 2, 3, 2})), "030142");
  EXPECT_EQ((round_trip<IntDiffOptRleWriter, IntDiffOptRleReader>(U{9, 6, 3, 0, 0, 0})),
            "1245010100");
  EXPECT_EQ((round_trip<IntDiffWriter, IntDiffReader>(I{3, 1100, 1101, 1050, 0})),
            "0389110173da10");
  EXPECT_EQ((round_trip<RleIntDiffWriter, RleIntDiffReader>(I{1, 1, 1, 2, 3})), "0102010001");
}

TEST(Columns, HoldTheWidestNumbers) {
  using U = std::vector<std::uint64_t>;
  const U wide = {0, kMost, kMost, 0, kMost, 1, 0};
  round_trip<UintOptRleWriter, UintOptRleReader>(wide);
  round_trip<IntDiffOptRleWriter, IntDiffOptRleReader>(wide);
  round_trip<RleVarUintWriter, RleVarUintReader>(wide);
}

// LIB0-11
TEST(Columns, RunsCostNothing) {
  // 2^50 times seven, then five.
  const Bytes runs = from_hex("47 feffffffffffff01 05");
  UintOptRleReader reader(runs);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(reader.next().value(), 7U);
  EXPECT_FALSE(reader.complete());
}

template <typename Reader>
DecodeError first_error(std::string_view hex) {
  const Bytes bytes = from_hex(hex);
  Reader reader{ByteView(bytes)};
  for (int i = 0; i < 100; ++i) {
    const auto value = reader.next();
    if (!value) return value.error();
  }
  ADD_FAILURE() << "no error";
  return {};
}

TEST(Columns, RefuseMalformedInput) {
  struct Case {
    std::string_view name;
    DecodeError (*read)(std::string_view);
    std::string_view hex;
    DecodeError want;
  };
  const auto rle = first_error<RleByteReader>;
  const auto uint = first_error<UintOptRleReader>;
  const auto diff = first_error<IntDiffOptRleReader>;
  const Case cases[] = {
      {"rle, nothing", rle, "", DecodeError::truncated},
      {"rle, count cut", rle, "04 80", DecodeError::truncated},
      {"rle, second value cut", rle, "04 00 05 00", DecodeError::truncated},
      {"rle, count of 2^53", rle, "04 8080808080808010", DecodeError::integer_too_large},
      {"uint, nothing", uint, "", DecodeError::truncated},
      {"uint, value cut", uint, "80", DecodeError::truncated},
      {"uint, long value cut", uint, "ff ff ff ff ff ff ff ff", DecodeError::truncated},
      {"uint, count missing", uint, "43", DecodeError::truncated},
      {"uint, count cut", uint, "43 80", DecodeError::truncated},
      {"uint, value of 2^53", uint, "80 80808080808020 00", DecodeError::integer_too_large},
      {"uint, value of 2^62", uint, "80 8080808080808080 01", DecodeError::integer_too_large},
      {"uint, count of 2^53", uint, "43 8080808080808010", DecodeError::integer_too_large},
      {"diff, nothing", diff, "", DecodeError::truncated},
      {"diff, below zero", diff, "42", DecodeError::invalid_column},
      {"diff, below zero after a run", diff, "02 43 05", DecodeError::invalid_column},
      {"diff, run beyond 2^53", diff, "bfffffffffffff3f 00", DecodeError::invalid_column},
      {"diff, count missing", diff, "03", DecodeError::truncated},
      {"diff, coded 2^55", diff, "80 8080808080808001", DecodeError::integer_too_large},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const DecodeError got = c.read(c.hex);
    EXPECT_EQ(got, c.want) << to_string(got);
  }
}

/// Each string as text, halves of pairs as '<' and '>', then the error if there is one.
std::vector<std::string> strings_in(std::string_view hex, std::size_t count) {
  const Bytes bytes = from_hex(hex);
  StringColumnReader reader;
  std::vector<std::string> out;
  if (const auto opened = reader.open(bytes); !opened) {
    return {std::string(to_string(opened.error()))};
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto piece = reader.next();
    if (!piece) {
      out.emplace_back(to_string(piece.error()));
      return out;
    }
    out.push_back((piece->begins_with_half ? "<" : "") + std::string(piece->text) +
                  (piece->ends_with_half ? ">" : ""));
  }
  out.emplace_back(reader.complete() ? "complete" : "more");
  return out;
}

TEST(StringColumn, CutsByUtf16Units) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(strings_in("00", 0), (Strings{"complete"}));
  EXPECT_EQ(strings_in("03 616263 01 02", 2), (Strings{"a", "bc", "complete"}));
  EXPECT_EQ(strings_in("03 616263 01", 1), (Strings{"a", "more"}));
  EXPECT_EQ(strings_in("03 616263 01 03", 2), (Strings{"a", "invalid_column"}));
  EXPECT_EQ(strings_in("03 616263 01", 2), (Strings{"a", "truncated"}));
  EXPECT_EQ(strings_in("06 61c3a9e282ac 01 01 01", 3), (Strings{"a", "é", "€", "complete"}));
  EXPECT_EQ(strings_in("06 61f09f988062 01 02 01", 3), (Strings{"a", "😀", "b", "complete"}));
  // What Yjs reads as lone surrogates.
  EXPECT_EQ(strings_in("06 61f09f988062 02 02", 2), (Strings{"a>", "<b", "complete"}));
  EXPECT_EQ(strings_in("04 f09f9880 01 00 01", 3), (Strings{">", "", "<", "complete"}));
  EXPECT_EQ(strings_in("08 f09f9880f09f9881 01 02 01", 3), (Strings{">", "<>", "<", "complete"}));
  EXPECT_EQ(strings_in("04 f09f9880 01", 1), (Strings{">", "more"}));
  EXPECT_EQ(strings_in("04 f09f9880 03", 1), (Strings{"invalid_column"}));
  EXPECT_EQ(strings_in("04 616263", 0), (Strings{"truncated"}));
  EXPECT_EQ(strings_in("01 80 01", 0), (Strings{"invalid_utf8"}));
}

TEST(StringColumn, CountsLongTextsWordByWord) {
  const std::string parts[] = {"seven..", "é", "😀", "€", "x"};
  std::string text;
  std::uint64_t state = 1;
  while (text.size() < 400) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += parts[(state >> 33) % 5];
  }
  // Every pair of cuts that falls between characters.
  std::vector<std::size_t> at = {0};
  std::vector<std::uint64_t> units = {0};
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    i += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    at.push_back(i);
    units.push_back(units.back() + (lead >= 0xf0 ? 2 : 1));
  }
  for (std::size_t first = 0; first < at.size(); first += 7) {
    for (std::size_t last = first; last < at.size(); ++last) {
      StringColumnWriter writer;
      writer.write(text.substr(0, at[first]), units[first]);
      writer.write(text.substr(at[first], at[last] - at[first]), units[last] - units[first]);
      writer.write(text.substr(at[last]), units.back() - units[last]);
      writer.end();
      ByteSink column;
      column.var_uint(text.size());
      column.raw(writer.text().view());
      column.raw(writer.lengths().view());
      StringColumnReader reader;
      ASSERT_TRUE(reader.open(column.view()));
      ASSERT_EQ(reader.next()->text, text.substr(0, at[first]));
      ASSERT_EQ(reader.next()->text, text.substr(at[first], at[last] - at[first]));
      ASSERT_EQ(reader.next()->text, text.substr(at[last]));
      ASSERT_TRUE(reader.complete());
    }
  }
}

}  // namespace
}  // namespace ydoc
