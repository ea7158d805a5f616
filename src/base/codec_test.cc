#include <gtest/gtest.h>

#include "base/reader.h"
#include "base/writer.h"

namespace righttask {
namespace {

// LIB0-1
TEST(VarUint, RoundTrips) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{127},
                                    std::uint64_t{128}, std::uint64_t{16384}, kSafeIntegerMax}) {
    Writer writer;
    writer.var_uint(value);
    Reader reader(writer.view());
    EXPECT_EQ(reader.var_uint(), value);
    EXPECT_TRUE(reader.done());
  }
}

// LIB0-1
TEST(VarUint, AcceptsNonMinimalForms) {
  const Bytes padded = bytes(0x81, 0x80, 0x80, 0x00);
  EXPECT_EQ(Reader(padded).var_uint(), 1U);
}

// LIB0-1
TEST(VarUint, RefusesMalformedInput) {
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"last byte missing", bytes(0x80), DecodeError::truncated},
      {"2^53", bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10),
       DecodeError::integer_too_large},
      {"2^63", bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01),
       DecodeError::integer_too_large},
      {"endless", Bytes(64, 0x80), DecodeError::integer_too_large},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Reader reader(c.input);
    EXPECT_EQ(reader.var_uint().error(), c.want);
    EXPECT_EQ(reader.left(), c.input.size());
  }
}

// LIB0-2
TEST(VarInt, RoundTripsWithNegativeZero) {
  const auto max = static_cast<std::int64_t>(kSafeIntegerMax);
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-64},
        std::int64_t{8191}, max, -max}) {
    Writer writer;
    writer.var_int(value);
    const auto back = Reader(writer.view()).var_int();
    ASSERT_TRUE(back);
    EXPECT_EQ(back->value, value);
    EXPECT_FALSE(back->negative_zero);
  }
  Writer writer;
  writer.var_int(0, true);
  EXPECT_EQ(writer.view()[0], 0x40);
  EXPECT_TRUE(Reader(writer.view()).var_int()->negative_zero);
}

TEST(VarInt, RefusesMalformedInput) {
  EXPECT_EQ(Reader(bytes(0x80)).var_int().error(), DecodeError::truncated);
  EXPECT_EQ(Reader(Bytes(64, 0xff)).var_int().error(), DecodeError::integer_too_large);
}

// LIB0-3, LIB0-4
TEST(VarString, RefusesLengthsBeyondTheInputAndBadText) {
  const Bytes too_long = bytes(0xff, 0xff, 0xff, 0xff, 0x0f, 'a');
  EXPECT_EQ(Reader(too_long).var_string().error(), DecodeError::truncated);
  const Bytes bad_text = bytes(0x01, 0xff);
  EXPECT_EQ(Reader(bad_text).var_string().error(), DecodeError::invalid_utf8);
  const Bytes good = bytes(0x02, 'h', 'i');
  EXPECT_EQ(Reader(good).var_string(), "hi");
}

TEST(Floats, AreBigEndian) {
  Writer writer;
  writer.float32(1.5F);
  writer.float64(-2.25);
  writer.big_int64(-1);
  writer.big_uint64(0x0102030405060708);
  EXPECT_EQ(writer.view()[0], 0x3f);
  Reader reader(writer.view());
  EXPECT_EQ(reader.float32(), 1.5F);
  EXPECT_EQ(reader.float64(), -2.25);
  EXPECT_EQ(reader.big_int64(), -1);
  EXPECT_EQ(reader.big_uint64(), 0x0102030405060708U);
  EXPECT_EQ(reader.float32().error(), DecodeError::truncated);
}

}  // namespace
}  // namespace righttask
