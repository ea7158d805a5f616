#include "net/deflate.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/rng.h"

// Rules WS-n: docs/spec/websocket.md.

namespace righttask::net {
namespace {

constexpr std::size_t kPlenty = 16u << 20;

Bytes deflated(ByteView payload) {
  Bytes out;
  Deflater().deflate(payload, out);
  return out;
}
Bytes zeros_and_more(std::size_t size) {
  Bytes out(size, 0);
  if (size > 0) out.back() = 1;
  return out;
}

// WS-25: the examples of RFC 7692, 7.2.3.
TEST(Deflate, ReadsTheExamplesOfTheStandard) {
  const struct {
    std::string_view name;
    Bytes payload;
    std::string_view want;
  } cases[] = {
      {"one block", bytes(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), "Hello"},
      {"without compression",
       bytes(0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00), "Hello"},
      {"a final block", bytes(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00), "Hello"},
      {"a final block without what follows it", bytes(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00),
       "Hello"},
      {"two blocks",
       bytes(0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00),
       "Hello"},
      {"nothing", bytes(0x00), ""},
      {"nothing, by fixed codes", bytes(0x02, 0x00), ""},
  };
  Inflater inflater;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto inflated = inflater.inflate(c.payload, kPlenty);
    ASSERT_TRUE(inflated);
    EXPECT_EQ(as_text(*inflated), c.want);
  }
}

TEST(Deflate, GoesOnBehindAFinalBlockWithTheSameWindow) {
  // "Hello" finally, then a match of 5 bytes at distance 5, by fixed codes: length code 259
  // (0000011), distance code 4 (00100) with one more bit 0; end of block.
  const Bytes again = bytes(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x02, 0x13, 0x00, 0x00);
  Inflater inflater;
  const auto inflated = inflater.inflate(again, kPlenty);
  ASSERT_TRUE(inflated);
  EXPECT_EQ(as_text(*inflated), "HelloHello");
}

TEST(Deflate, RefusesWhatIsCorruptOrCut) {  // WS-26
  Bytes whole = deflated(byte_view("a message of some length, some length"));
  const struct {
    std::string_view name;
    Bytes payload;
  } cases[] = {
      {"empty", {}},
      {"a reserved type of block", bytes(0x06)},
      {"lengths that disagree", bytes(0x00, 0x05, 0x00, 0x00, 0x00, 'a', 'b', 'c', 'd', 'e', 0x00)},
      {"a match before the beginning", bytes(0x02, 0x13, 0x00, 0x00)},
      {"a stored block that ends early", bytes(0x00, 0x05, 0x00, 0xfa, 0xff, 'H')},
      {"no end of the block", bytes(0xf2, 0x48, 0xcd, 0xc9)},
      {"cut in the middle", Bytes(whole.begin(), whole.begin() + 10)},
      {"cut before its last byte", Bytes(whole.begin(), whole.end() - 1)},
      {"codes that are too many", bytes(0xfc, 0xff, 0xff, 0xff)},
      {"with a header of zlib", bytes(0x78, 0x9c, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)},
  };
  Inflater inflater;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto inflated = inflater.inflate(c.payload, kPlenty);
    ASSERT_FALSE(inflated);
    EXPECT_EQ(inflated.error(), InflateError::corrupt);
  }
  EXPECT_TRUE(inflater.inflate(whole, kPlenty));  // and nothing of all that stays
}

// WS-27
TEST(Deflate, StopsAtTheLimitWhileItInflates) {
  for (const std::size_t limit : {1u, 100u, 16'384u, 100'000u, 1u << 20}) {
    SCOPED_TRACE(limit);
    Inflater inflater;
    const auto fits = inflater.inflate(deflated(zeros_and_more(limit)), limit);
    ASSERT_TRUE(fits);
    EXPECT_EQ(Bytes(fits->begin(), fits->end()), zeros_and_more(limit));
    const auto beyond = inflater.inflate(deflated(zeros_and_more(limit + 1)), limit);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error(), InflateError::too_large);
    const auto bomb = inflater.inflate(deflated(Bytes(16u << 20, 'z')), limit);
    ASSERT_FALSE(bomb);
    EXPECT_EQ(bomb.error(), InflateError::too_large);
    EXPECT_LE(inflater.work(), limit + 1 + (limit / 1000 + 2) * Inflater::kBlockCharge);
  }
}

TEST(Deflate, StopsAtTheLimitInABufferThatHasGrown) {  // WS-27, found by deflate_fuzz
  const Bytes bomb = deflated(Bytes(10'000, 'z'));
  Inflater inflater;
  ASSERT_TRUE(inflater.inflate(bomb, kPlenty));
  const auto beyond = inflater.inflate(bomb, 8);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error(), InflateError::too_large);
  EXPECT_LE(inflater.work(), 9 + Inflater::kBlockCharge);
}

TEST(Deflate, BoundsBlocksThatHoldNothing) {  // WS-27
  Inflater inflater;
  Bytes few, many;
  for (int i = 0; i < 1000; ++i) append(few, bytes(0x00, 0x00, 0x00, 0xff, 0xff));
  few.push_back(0x00);
  ASSERT_TRUE(inflater.inflate(few, kPlenty));
  EXPECT_EQ(inflater.work(), 1001 * Inflater::kBlockCharge);
  for (int i = 0; i < 100'000; ++i) append(many, bytes(0x00, 0x00, 0x00, 0xff, 0xff));
  auto refused = inflater.inflate(many, kPlenty);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), InflateError::too_many_blocks);
  many.clear();
  for (int i = 0; i < 100'000; ++i) append(many, bytes(0x03, 0x00));  // final ones
  refused = inflater.inflate(many, kPlenty);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), InflateError::too_many_blocks);
}

TEST(Deflate, GivesBackWhatWasPutIn) {
  Rng rng(7);
  Deflater deflater;
  Inflater inflater;
  for (const std::size_t size : {0u, 1u, 5u, 600u, 65'536u, 1'000'000u}) {
    for (const std::uint32_t letters : {1u, 4u, 256u}) {
      SCOPED_TRACE(testing::Message() << size << " bytes of " << letters << " letters");
      Bytes payload;
      for (std::size_t i = 0; i < size; ++i) {
        payload.push_back(static_cast<std::uint8_t>(rng.below(letters)));
      }
      Bytes out = bytes('x');
      deflater.deflate(payload, out);
      EXPECT_EQ(out[0], 'x');
      const auto back = inflater.inflate(ByteView(out).subspan(1), size);
      ASSERT_TRUE(back);
      EXPECT_EQ(Bytes(back->begin(), back->end()), payload);
    }
  }
}

// WS-23: no context.
TEST(Deflate, MakesTheSameOfAMessageWhateverCameBefore) {
  const std::string message(2000, 'm');
  Deflater deflater;
  Bytes first, second, third;
  deflater.deflate(byte_view(message), first);
  deflater.deflate(byte_view("something else"), second);
  deflater.deflate(byte_view(message), third);
  EXPECT_EQ(first, third);
}

}  // namespace
}  // namespace righttask::net
