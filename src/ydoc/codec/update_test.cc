#include "ydoc/update.h"

#include <gtest/gtest.h>

#include "base/writer.h"
#include "ydoc/codec/update_writer.h"

namespace ydoc {
namespace {

using righttask::bytes;

/// One section of client 5 at clock 0 with these structs, and no deletes.
Bytes one_section(std::uint8_t structs, const Bytes& body) {
  Bytes out = bytes(1, structs, 5, 0);
  righttask::append(out, ByteView(body));
  out.push_back(0);
  return out;
}

/// An item in root "t" with this content.
Bytes item(std::uint8_t kind, const Bytes& content) {
  Bytes body = bytes(kind, 1, 1, 't');
  righttask::append(body, ByteView(content));
  return one_section(1, body);
}

Bytes encode(const Update& update) {
  UpdateWriterV1 writer;
  for (const Section& section : update.sections) {
    const auto blocks = update.blocks_of(section);
    writer.begin_section(section.client, blocks.front().id.clock);
    for (const Block& block : blocks) writer.block(block);
  }
  write_deletes(writer, update.deletes);
  return writer.take();
}

// UPD-6.
TEST(UpdateV1, ReadsEveryKindOfContent) {
  struct Case {
    std::string_view name;
    Bytes input;
    std::uint64_t length;
  };
  const Case cases[] = {
      {"gc", one_section(1, bytes(0, 3)), 3},
      {"skip", one_section(1, bytes(10, 200, 1)), 200},
      {"deleted", item(1, bytes(4)), 4},
      {"json", item(2, bytes(2, 1, '1', 9, 'u', 'n', 'd', 'e', 'f', 'i', 'n', 'e', 'd')), 2},
      {"binary", item(3, bytes(2, 0xff, 0)), 1},
      {"string in UTF-16 units", item(4, bytes(5, 'a', 0xf0, 0x9f, 0x98, 0x80)), 3},
      {"embed", item(5, bytes(2, '{', '}')), 1},
      {"format", item(6, bytes(1, 'b', 4, 't', 'r', 'u', 'e')), 1},
      {"array", item(7, bytes(0)), 1},
      {"xml element", item(7, bytes(3, 1, 'p')), 1},
      {"xml hook", item(7, bytes(5, 1, 'h')), 1},
      {"any", item(8, bytes(3, 126, 125, 1, 117, 0)), 3},
      {"subdocument", item(9, bytes(1, 'g', 118, 0)), 1},
      {"origins", one_section(1, bytes(0xc4, 1, 2, 3, 4, 1, 'x')), 1},
      {"parent by id, with key", one_section(1, bytes(0x24, 0, 7, 1, 1, 'k', 1, 'x')), 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto update = Update::decode_v1(c.input);
    ASSERT_TRUE(update) << to_string(update.error());
    ASSERT_EQ(update->blocks.size(), 1U);
    EXPECT_EQ(update->blocks[0].length, c.length);
    EXPECT_EQ(encode(*update), c.input);
  }
}

// UPD-1 to UPD-5.
TEST(UpdateV1, RefusesMalformedInput) {
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"no delete set", bytes(0), DecodeError::truncated},
      {"bytes after the update", bytes(0, 0, 0), DecodeError::trailing_bytes},
      {"two updates in a row", bytes(0, 0, 0, 0), DecodeError::trailing_bytes},
      {"sections beyond the input", bytes(0xff, 0xff, 0xff, 0xff, 0x0f, 0),
       DecodeError::count_exceeds_input},
      {"structs beyond the input", bytes(1, 0xff, 0xff, 0xff, 0xff, 0x0f, 5, 0, 0, 1, 0),
       DecodeError::count_exceeds_input},
      {"section cut after its count", bytes(1, 1), DecodeError::truncated},
      {"section cut after its client", bytes(1, 1, 5), DecodeError::truncated},
      {"struct missing", bytes(1, 1, 5, 0, 0), DecodeError::count_exceeds_input},
      {"kind 11", item(11, bytes(1)), DecodeError::invalid_content_kind},
      {"kind 31", item(31, bytes(1)), DecodeError::invalid_content_kind},
      {"gc of length 0", one_section(1, bytes(0, 0)), DecodeError::empty_struct},
      {"skip of length 0", one_section(1, bytes(10, 0)), DecodeError::empty_struct},
      {"empty string", item(4, bytes(0)), DecodeError::empty_struct},
      {"no deleted unit", item(1, bytes(0)), DecodeError::empty_struct},
      {"no any value", item(8, bytes(0)), DecodeError::empty_struct},
      {"no json value", item(2, bytes(0)), DecodeError::empty_struct},
      {"string beyond the end", item(4, bytes(9, 'a')), DecodeError::truncated},
      {"string of 2^53-1 bytes", item(4, bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)),
       DecodeError::truncated},
      {"string that is no UTF-8", item(4, bytes(2, 0xc0, 0x80)), DecodeError::invalid_utf8},
      {"root name that is no UTF-8", one_section(1, bytes(4, 1, 1, 0xff, 1, 'a')),
       DecodeError::invalid_utf8},
      {"any count beyond the end", item(8, bytes(0xff, 0x7f, 126)),
       DecodeError::count_exceeds_input},
      {"any tag", item(8, bytes(1, 100)), DecodeError::invalid_any_tag},
      {"embed that is no JSON", item(5, bytes(1, '{')), DecodeError::invalid_json},
      {"undefined in an embed", item(5, bytes(9, 'u', 'n', 'd', 'e', 'f', 'i', 'n', 'e', 'd')),
       DecodeError::invalid_json},
      {"type 7", item(7, bytes(7)), DecodeError::invalid_type_ref},
      {"subdocument without options", item(9, bytes(1, 'g', 127)), DecodeError::invalid_any_tag},
      {"clock above 2^53-1",
       bytes(1, 1, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1, 0),
       DecodeError::clock_overflow},
      {"delete range above 2^53-1",
       bytes(0, 1, 5, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
       DecodeError::clock_overflow},
      {"delete clients beyond the input", bytes(0, 0xff, 0x7f), DecodeError::count_exceeds_input},
      {"delete ranges beyond the input", bytes(0, 1, 5, 0xff, 0x7f, 0),
       DecodeError::count_exceeds_input},
      {"integer of nine bytes",
       bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
       DecodeError::integer_too_large},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Update update;
    const auto read = update.read_v1(c.input);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), c.want) << to_string(read.error());
    EXPECT_TRUE(update.empty());
    EXPECT_TRUE(update.sections.empty());
  }
}

TEST(UpdateV1, EveryPrefixIsRefused) {
  const Bytes whole = item(8, bytes(2, 118, 1, 1, 'a', 119, 1, 'b', 123, 1, 2, 3, 4, 5, 6, 7, 8));
  ASSERT_TRUE(Update::decode_v1(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Update::decode_v1(ByteView(whole).first(size))) << size;
  }
}

// LIM-15, LIM-16.
TEST(UpdateV1, KeepsToItsLimits) {
  EXPECT_EQ(DecodeLimits{}.structs_max, 2'097'152U);
  EXPECT_EQ(DecodeLimits{}.any_depth_max, 100U);
  EXPECT_EQ(DecodeLimits{}.json_depth_max, 100U);
  const Bytes two = one_section(2, bytes(0, 1, 0, 1));
  DecodeLimits limits;
  limits.structs_max = 1;
  EXPECT_EQ(Update::decode_v1(two, limits).error(), DecodeError::too_many_structs);
  limits = {};
  limits.update_bytes_max = two.size() - 1;
  EXPECT_EQ(Update::decode_v1(two, limits).error(), DecodeError::too_many_structs);
  limits = {};
  limits.any_depth_max = 2;
  const Bytes deep = item(8, bytes(1, 117, 1, 117, 1, 117, 0));
  EXPECT_EQ(Update::decode_v1(deep, limits).error(), DecodeError::any_too_deep);
  EXPECT_TRUE(Update::decode_v1(deep));
}

// UPD-3.
TEST(UpdateV1, DropsDeleteRangesOfLengthZero) {
  const auto update = Update::decode_v1(bytes(0, 1, 5, 2, 3, 0, 4, 1));
  ASSERT_TRUE(update);
  ASSERT_EQ(update->deletes.size(), 1U);
  EXPECT_EQ(update->deletes[0].clock, 4U);
}

// LIB0-8, UPD-8.
TEST(UpdateV1, RewritesForeignSpellings) {
  struct Case {
    std::string_view name;
    Bytes input;
    Bytes want;
  };
  const Case cases[] = {
      {"embed with spaces", item(5, bytes(3, '{', ' ', '}')), item(5, bytes(2, '{', '}'))},
      {"json, second value", item(2, bytes(2, 1, '1', 3, '1', '.', '0')),
       item(2, bytes(2, 1, '1', 1, '1'))},
      {"json, padded length", item(2, bytes(1, 0x81, 0, '1')), item(2, bytes(1, 1, '1'))},
      {"any, second value", item(8, bytes(2, 126, 124, 0, 0, 0, 0)),
       item(8, bytes(2, 126, 125, 0))},
      {"subdocument options that Yjs drops", item(9, bytes(1, 'g', 118, 1, 2, 'g', 'c', 120)),
       item(9, bytes(1, 'g', 118, 0))},
      {"subdocument options in another order",
       item(9, bytes(1, 'g', 118, 2, 4, 'm', 'e', 't', 'a', 125, 1, 2, 'g', 'c', 121)),
       item(9, bytes(1, 'g', 118, 2, 2, 'g', 'c', 121, 4, 'm', 'e', 't', 'a', 125, 1))},
      {"key bit beside an origin", one_section(1, bytes(0xa4, 1, 2, 1, 'x')),
       one_section(1, bytes(0x84, 1, 2, 1, 'x'))},  // UPD-7
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto update = Update::decode_v1(c.input);
    ASSERT_TRUE(update) << to_string(update.error());
    EXPECT_EQ(encode(*update), c.want);
  }
}

Bytes written_from(const Bytes& input, std::uint64_t offset) {
  const auto update = Update::decode_v1(input);
  if (!update) return {};
  UpdateWriterV1 writer;
  writer.begin_section(5, offset);
  writer.block(update->blocks[0], offset);
  writer.begin_deletes(0);
  return writer.take();
}

// UPD-9.
TEST(UpdateWriter, CutsStructsAsYjsDoes) {
  struct Case {
    std::string_view name;
    Bytes input;
    std::uint64_t offset;
    Bytes want;
  };
  const Case cases[] = {
      {"gc", one_section(1, bytes(0, 9)), 4, bytes(1, 1, 5, 4, 0, 5, 0)},
      {"string", item(4, bytes(3, 'a', 'b', 'c')), 1,
       bytes(1, 1, 5, 1, 0x84, 5, 0, 2, 'b', 'c', 0)},
      {"string before a pair", item(4, bytes(5, 'a', 0xf0, 0x9f, 0x98, 0x80)), 1,
       bytes(1, 1, 5, 1, 0x84, 5, 0, 4, 0xf0, 0x9f, 0x98, 0x80, 0)},
      {"string inside a pair", item(4, bytes(5, 0xf0, 0x9f, 0x98, 0x80, 'b')), 1,
       bytes(1, 1, 5, 1, 0x84, 5, 0, 4, 0xef, 0xbf, 0xbd, 'b', 0)},
      {"any", item(8, bytes(3, 126, 119, 1, 'x', 120)), 2,
       bytes(1, 1, 5, 2, 0x88, 5, 1, 1, 120, 0)},
      {"json", item(2, bytes(2, 1, '1', 1, '2')), 1, bytes(1, 1, 5, 1, 0x82, 5, 0, 1, 1, '2', 0)},
      {"deleted", item(1, bytes(7)), 6, bytes(1, 1, 5, 6, 0x81, 5, 5, 1, 0)},
      {"right origin stays", one_section(1, bytes(0x44, 3, 4, 2, 'a', 'b')), 1,
       bytes(1, 1, 5, 1, 0xc4, 5, 0, 3, 4, 1, 'b', 0)},
      {"key bit stays, key goes", one_section(1, bytes(0x28, 1, 1, 't', 1, 'k', 2, 120, 121)), 1,
       bytes(1, 1, 5, 1, 0xa8, 5, 0, 1, 121, 0)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(written_from(c.input, c.offset), c.want);
  }
}

TEST(UpdateWriter, FillsInLargeCounts) {
  UpdateWriterV1 writer;
  Block gc;
  gc.length = 1;
  for (ClientId client = 300; client > 0; --client) {
    writer.begin_section(client, 0);
    for (int i = 0; i < 200; ++i) writer.block(gc);
  }
  writer.begin_deletes(0);
  const Bytes encoded = writer.take();
  const auto update = Update::decode_v1(encoded, DecodeLimits::trusted());
  ASSERT_TRUE(update);
  EXPECT_EQ(update->sections.size(), 300U);
  EXPECT_EQ(update->blocks.size(), 60000U);
  EXPECT_EQ(update->blocks.back().id, (Id{1, 199}));
}

TEST(UpdateWriter, StartsAnewAfterTake) {
  UpdateWriterV1 writer;
  for (int i = 0; i < 2; ++i) {
    writer.begin_deletes(0);
    EXPECT_EQ(writer.take(), bytes(0, 0));
  }
}

}  // namespace
}  // namespace ydoc
