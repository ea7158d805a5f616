#include "net/frame_compressor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "net/deflate.h"
#include "net/testing/client_frame.h"
#include "net/websocket.h"

// Rules WS-n: docs/spec/websocket.md.

namespace righttask::net {
namespace {

constexpr Instant kNow{};

Bytes letters(std::size_t size, std::uint32_t kinds = 4) {
  Rng rng(size);
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>('a' + rng.below(kinds)));
  }
  return out;
}

TEST(FrameCompressor, MakesFramesSmaller) {  // WS-28
  FrameCompressor compressor(500);
  Inflater inflater;
  for (const std::size_t size : {501u, 5'000u, 500'000u}) {
    SCOPED_TRACE(size);
    const SharedBytes plain = frame(MessageKind::text, letters(size));
    const SharedBytes smaller = compressor.smaller(plain, kNow);
    ASSERT_LT(smaller->size(), plain->size() / 2);
    EXPECT_EQ((*smaller)[0], 0xc1);  // whole, compressed, text
    const std::uint8_t length = (*smaller)[1];
    const std::size_t header = length < 126 ? 2 : length == 126 ? 4 : 10;
    const auto back = inflater.inflate(ByteView(*smaller).subspan(header), size);
    ASSERT_TRUE(back);
    EXPECT_EQ(Bytes(back->begin(), back->end()), letters(size));
  }
  EXPECT_EQ(compressor.probe().frames_total, 3U);
  EXPECT_LT(compressor.probe().bytes_out_total, compressor.probe().bytes_in_total / 2);
}

TEST(FrameCompressor, LeavesAloneWhatWouldNotGain) {  // WS-28
  FrameCompressor compressor(500);
  Rng rng(1);
  Bytes noise;
  for (int i = 0; i < 5000; ++i) noise.push_back(static_cast<std::uint8_t>(rng.below(256)));
  for (const SharedBytes& plain : {
           frame(MessageKind::text, letters(500)),
           frame(MessageKind::binary, noise),
           frame(MessageKind::binary, letters(FrameCompressor::kBytesMax + 1)),
           frame(FrameKind::ping, {}),
           close_frame(1000, "bye"),
       }) {
    EXPECT_EQ(compressor.smaller(plain, kNow), plain);
    EXPECT_EQ(compressor.smaller(plain, kNow), plain);
  }
  EXPECT_EQ(compressor.probe().frames_total, 0U);
  FrameCompressor eager(1);
  const SharedBytes control = frame(FrameKind::ping, letters(125, 1));
  EXPECT_EQ(eager.smaller(control, kNow), control);
}

TEST(FrameCompressor, CompressesOnceForAllReceivers) {  // WS-28
  FrameCompressor compressor(500);
  const SharedBytes plain = frame(MessageKind::text, letters(5000));
  const SharedBytes smaller = compressor.smaller(plain, kNow);
  EXPECT_EQ(compressor.smaller(plain, kNow), smaller);
  // Two newcomers are sent the same state in frames of their own.
  EXPECT_EQ(compressor.smaller(frame(MessageKind::text, letters(5000)), kNow), smaller);
  EXPECT_EQ(compressor.probe().frames_total, 1U);
  EXPECT_NE(compressor.smaller(frame(MessageKind::binary, letters(5000)), kNow), smaller);
  EXPECT_EQ(compressor.probe().frames_total, 2U);
}

TEST(FrameCompressor, LetsGoOfWhatItRemembers) {
  FrameCompressor compressor(500);
  SharedBytes plain = frame(MessageKind::text, letters(5000));
  const std::weak_ptr<const Bytes> smaller = compressor.smaller(plain, kNow);
  EXPECT_FALSE(smaller.expired());
  compressor.forget();
  EXPECT_TRUE(smaller.expired());
  EXPECT_EQ(plain.use_count(), 1);
}

// LIM-41
TEST(FrameCompressor, TakesNoMoreThanItsShareOfTheProcessor) {
  FrameCompressor compressor(500);
  const std::size_t size = FrameCompressor::kBytesMax - 20;
  const auto compresses = [&](std::uint8_t mark, Instant now) {
    Bytes payload(size, 'a');
    payload[0] = mark;
    const SharedBytes plain = frame(MessageKind::binary, payload);
    return compressor.smaller(plain, now) != plain;
  };
  int done = 0;
  for (std::uint8_t i = 0; i < 40; ++i) done += compresses(i, kNow) ? 1 : 0;
  EXPECT_EQ(done, 16);
  EXPECT_EQ(compressor.probe().skipped_total, 24U);
  EXPECT_TRUE(compresses(100, kNow + std::chrono::seconds{1}));
}

}  // namespace
}  // namespace righttask::net
