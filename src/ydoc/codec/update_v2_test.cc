#include <gtest/gtest.h>

#include <vector>

#include "ydoc/codec/convert.h"
#include "ydoc/codec/merge.h"
#include "ydoc/codec/update_writer_v2.h"
#include "ydoc/codec/value_text.h"
#include "ydoc/testing/hex.h"
#include "ydoc/update.h"

namespace ydoc {
namespace {

using righttask::bytes;
using testing::from_hex;
using testing::to_hex;

/// The columns of an update and the rest, in hex; empty columns cost their length only.
struct Columns {
  std::string_view key_clocks = "";
  std::string_view clients = "";
  std::string_view left_clocks = "";
  std::string_view right_clocks = "";
  std::string_view infos = "";
  std::string_view strings = "00";
  std::string_view parent_infos = "";
  std::string_view type_refs = "";
  std::string_view lengths = "";
  std::string_view rest = "";

  [[nodiscard]] Bytes bytes() const {
    ByteSink out;
    out.byte(0);
    for (const auto column : {key_clocks, clients, left_clocks, right_clocks, infos, strings,
                              parent_infos, type_refs, lengths}) {
      const Bytes decoded = from_hex(column);
      out.var_uint(decoded.size());
      out.raw(decoded);
    }
    out.raw(from_hex(rest));
    return out.take();
  }
};

Bytes encode_v2(const Update& update) {
  UpdateWriterV2 writer;
  for (const Section& section : update.sections) {
    const auto blocks = update.blocks_of(section);
    writer.begin_section(section.client, blocks.front().id.clock);
    for (const Block& block : blocks) writer.block(block);
  }
  write_deletes(writer, update.deletes);
  return writer.take();
}

// UPD-20. Both columns are what Yjs 13.6.33 writes of one document.
TEST(UpdateV2, SaysTheSameAsV1) {
  struct Case {
    std::string_view name;
    std::string_view v1;
    std::string_view v2;
  };
  const Case cases[] = {
      {"nothing", "0000", "00000000000001000000000000"},
      {"text", "010105000401017402616200", "0000010500000104060374616201020101000001010000"},
      {"formats and an embed",
       "010705000601017404626f6c640474727565840500016184050105f09f98806286050404626f6c64046e756c"
       "6cc60501050204626f6c64046e756c6cc5050605020e7b2278223a5b312c6e756c6c5d7dc605070502046"
       "26f6c64047472756500",
       "000300030102450806000206460a02030401000b060084018600c600c500c61e1774626f6c6461f09f988062"
       "626f6c64626f6c64626f6c6401040103440101010000010700787e7e7601017875027d017e7800"},
      {"elements", "010305000701016603017028000500016b0177017647050003017000",
       "0002000202450101000100050700280047070466706b70410203010000024300010101030077017600"},
      {"values, bytes, a type, a subdocument, deletions",
       "0104050008010161027d01770173830501010147050001490503016776000105010002",
       "0000024502010202000607080083004700490502616741000101010101020104007d0177017301017600010501"
       "0001"},
      {"the second half of a character", "0101050284050104efbfbd7900",
       "000002450001020001840604efbfbd790200000001010200"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Bytes v1 = from_hex(c.v1);
    const Bytes v2 = from_hex(c.v2);
    EXPECT_EQ(to_hex(convert_v1_to_v2(v1).value_or(Bytes{})), to_hex(v2));
    EXPECT_EQ(to_hex(convert_v2_to_v1(v2).value_or(Bytes{})), to_hex(v1));
    const auto decoded = Update::decode_v2(v2);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(to_hex(encode_v2(*decoded)), to_hex(v2));
  }
}

// UPD-24. Yjs writes these documents so.
TEST(UpdateV2, CarriesValuesThatJsonCannotSay) {
  struct Case {
    std::string_view name;
    std::string_view v2;
    std::string_view v1;
  };
  const Case cases[] = {
      {"-0 in an embed", "00000105000001050301740101010000010100760101617d4000",
       "0101050005010174077b2261223a307d00"},
      {"bytes", "000001050000010503017401010100000101007402070800",
       "01010500050101740d7b2230223a372c2231223a387d00"},
      {"NaN as a format",
       "00020002024501020002000506008400860704746b786b4102010100000103007b7ff80000000000007e00",
       "0103050006010174016b046e756c6c8405000178860501016b046e756c6c00"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Bytes v2 = from_hex(c.v2);
    const auto decoded = Update::decode_v2(v2);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(to_hex(encode_v2(*decoded)), to_hex(v2));
    EXPECT_EQ(to_hex(convert_v2_to_v1(v2).value_or(Bytes{})), c.v1);
    const std::vector<ByteView> twice = {v2, v2};
    EXPECT_EQ(to_hex(merge_updates_v2(twice).value_or(Bytes{})), to_hex(v2));
  }
  // JSON.parse("-0") is -0, which V2 can say.
  const Bytes embed = from_hex("0101050005010174022d3000");
  EXPECT_EQ(to_hex(convert_v1_to_v2(embed).value_or(Bytes{})),
            "00000105000001050301740101010000010100"
            "7d4000");
}

// UPD-22. Yjs's writer never refers back to a key, its reader would follow.
TEST(UpdateV2, FollowsReferencesToEarlierKeys) {
  const Columns columns{.key_clocks = "00 00 02 00",  // 0, 0, 1, 1
                        .clients = "45 02",
                        .left_clocks = "00 03 00",
                        .infos = "06 00 86",
                        .strings = "03 746162 41 01",
                        .parent_infos = "01",
                        .rest = "01 04 00 78 78 78 78 00"};
  const Bytes bytes = columns.bytes();  // the update borrows them
  const auto update = Update::decode_v2(bytes);
  ASSERT_TRUE(update) << to_string(update.error());
  ASSERT_EQ(update->blocks.size(), 4U);
  EXPECT_EQ(update->blocks[0].key, "a");
  EXPECT_EQ(update->blocks[1].key, "a");
  EXPECT_EQ(update->blocks[2].key, "b");
  EXPECT_EQ(update->blocks[3].key, "b");
}

/// `marks` format marks by one client, whose key of 10,000 letters stands there once.
Bytes marks_of_one_key(std::size_t marks) {
  const auto number = [](std::size_t value) {
    ByteSink out;
    out.var_uint(value);
    return to_hex(out.view());
  };
  const std::string letters = "74" + to_hex(Bytes(10'000, 'k'));
  const std::string key_clocks = "01" + number(marks - 2);  // 0 each time
  const std::string clients = "45" + number(marks - 2);
  const std::string left_clocks = "00 03" + number(marks - 4);  // 0, 1, 2 …
  const std::string strings = number(10'001) + letters + "01 909c01";
  const std::string rest = "01" + number(marks) + "00" + to_hex(Bytes(marks, 126)) + "00";
  return Columns{.key_clocks = key_clocks,
                 .clients = clients,
                 .left_clocks = left_clocks,
                 .infos = "06 00 86",
                 .strings = strings,
                 .parent_infos = "01",
                 .rest = rest}
      .bytes();
}

// UPD-22. Whoever keeps the update, or writes it in V1, holds each of them.
TEST(UpdateV2, KeysReferredToAgainCountAsIfTheyWereCopied) {
  const Bytes some = marks_of_one_key(100);
  ASSERT_LT(some.size(), 10'200U);
  EXPECT_TRUE(Update::decode_v2(some));
  const Bytes more = marks_of_one_key(200);
  EXPECT_EQ(Update::decode_v2(more).error(), DecodeError::too_many_structs);
  EXPECT_EQ(convert_v2_to_v1(more).error(), DecodeError::too_many_structs);
  EXPECT_EQ(Update::decode_v2(more, DecodeLimits::trusted())->blocks.size(), 200U);
}

// UPD-23
TEST(UpdateV2, HalvesOfACharacterAreReplaced) {
  const Columns columns{.clients = "45 00",
                        .left_clocks = "00",
                        .infos = "04 00 84",
                        .strings = "06 7461f09f9880 010201",
                        .parent_infos = "01",
                        .rest = "01 02 00 00"};
  const Bytes bytes = columns.bytes();  // the update borrows them
  const auto update = Update::decode_v2(bytes);
  ASSERT_TRUE(update) << to_string(update.error());
  ASSERT_EQ(update->blocks.size(), 2U);
  EXPECT_EQ(update->blocks[0].text, "a\xef\xbf\xbd");
  EXPECT_EQ(update->blocks[0].length, 2U);
  EXPECT_EQ(update->blocks[1].text, "\xef\xbf\xbd");
  EXPECT_EQ(update->blocks[1].length, 1U);
}

// UPD-2, UPD-3, UPD-4, UPD-21
TEST(UpdateV2, RefusesMalformedInput) {
  // One deleted struct of length 1 by client 5 in the root "t".
  const Columns good{.clients = "05",
                     .infos = "01",
                     .strings = "01 74 01",
                     .parent_infos = "01",
                     .lengths = "01",
                     .rest = "01 01 00 00"};
  ASSERT_TRUE(Update::decode_v2(good.bytes()));
  struct Case {
    std::string_view name;
    Columns columns;
    DecodeError want;
  };
  const auto with = [&](std::string_view Columns::* column, std::string_view hex) {
    Columns changed = good;
    changed.*column = hex;
    return changed;
  };
  const Case cases[] = {
      {"no client", with(&Columns::clients, ""), DecodeError::truncated},
      {"a client too many", with(&Columns::clients, "0506"), DecodeError::invalid_column},
      {"a run of clients", with(&Columns::clients, "4500"), DecodeError::invalid_column},
      {"no info", with(&Columns::infos, ""), DecodeError::truncated},
      {"an info too many", with(&Columns::infos, "010001"), DecodeError::invalid_column},
      {"kind 11", with(&Columns::infos, "0b"), DecodeError::invalid_content_kind},
      {"no string column", with(&Columns::strings, ""), DecodeError::truncated},
      {"no string", with(&Columns::strings, "00"), DecodeError::truncated},
      {"a string beyond the text", with(&Columns::strings, "01 74 02"),
       DecodeError::invalid_column},
      {"a string too many", with(&Columns::strings, "02 7475 0101"), DecodeError::invalid_column},
      {"text that no string takes", with(&Columns::strings, "02 7475 01"),
       DecodeError::invalid_column},
      {"not UTF-8", with(&Columns::strings, "01 ff 01"), DecodeError::invalid_utf8},
      {"no parent info", with(&Columns::parent_infos, ""), DecodeError::truncated},
      {"no length", with(&Columns::lengths, ""), DecodeError::truncated},
      {"length 0", with(&Columns::lengths, "00"), DecodeError::empty_struct},
      {"a length too many", with(&Columns::lengths, "0101"), DecodeError::invalid_column},
      {"a left clock too many", with(&Columns::left_clocks, "00"), DecodeError::invalid_column},
      {"a right clock too many", with(&Columns::right_clocks, "00"), DecodeError::invalid_column},
      {"a key too many", with(&Columns::key_clocks, "00"), DecodeError::invalid_column},
      {"a type too many", with(&Columns::type_refs, "00"), DecodeError::invalid_column},
      {"no rest", with(&Columns::rest, ""), DecodeError::truncated},
      {"sections without bytes", with(&Columns::rest, "7f 00"), DecodeError::count_exceeds_input},
      {"clock overflow", with(&Columns::rest, "01 01 ffffffffffffff0f 00"),
       DecodeError::clock_overflow},
      {"no delete set", with(&Columns::rest, "01 01 00"), DecodeError::truncated},
      {"delete ranges without bytes", with(&Columns::rest, "01 01 00 01 05 09 00 00"),
       DecodeError::count_exceeds_input},
      {"delete range overflow", with(&Columns::rest, "01 01 00 01 05 02 ffffffffffffff0f 00 01 00"),
       DecodeError::clock_overflow},
      {"sum of delete clocks overflows",
       with(&Columns::rest, "01 01 00 01 05 02 fdffffffffffff0f 00 05 00"),
       DecodeError::clock_overflow},
      {"trailing bytes", with(&Columns::rest, "01 01 00 00 00"), DecodeError::trailing_bytes},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Update update;
    const auto read = update.read_v2(c.columns.bytes());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), c.want) << to_string(read.error());
    EXPECT_TRUE(update.empty() && update.sections.empty());
  }
  Bytes feature = good.bytes();
  feature[0] = 1;
  EXPECT_EQ(Update::decode_v2(feature).error(), DecodeError::unknown_encoding);
}

TEST(UpdateV2, EveryPrefixIsRefused) {
  const Bytes whole = from_hex(
      "0000024502010202000607080083004700490502616741000101010101020104007d01770173010176000105"
      "010001");
  ASSERT_TRUE(Update::decode_v2(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Update::decode_v2(ByteView(whole).first(size))) << size;
  }
}

/// `structs` collected ranges of one unit each, in 30 bytes.
Bytes dense(std::uint64_t structs) {
  UpdateWriterV2 writer;
  writer.begin_section(5, 0);
  Block block;
  block.length = 1;
  for (std::uint64_t i = 0; i < structs; ++i) writer.block(block);
  writer.begin_deletes(0);
  return writer.take();
}

// UPD-5
TEST(UpdateV2, StructsInNoBytesHaveALimit) {
  const DecodeLimits limits;
  const Bytes most = dense(limits.structs_in(20));
  ASSERT_LT(most.size(), 30U);
  EXPECT_TRUE(Update::decode_v2(most));
  const Bytes more = dense(limits.structs_in(30) + 1);
  ASSERT_LT(more.size(), 30U);
  EXPECT_EQ(Update::decode_v2(more).error(), DecodeError::too_many_structs);
  EXPECT_EQ(convert_v2_to_v1(more).error(), DecodeError::too_many_structs);
  EXPECT_EQ(merge_updates_v2(std::vector<ByteView>{more, most}).error(),
            DecodeError::too_many_structs);
  EXPECT_EQ(Update::decode_v2(more, DecodeLimits::trusted())->blocks.size(),
            limits.structs_in(30) + 1);

  // 2^50 of them, which nobody could hold.
  const Columns bomb{.clients = "05",
                     .infos = "00",
                     .lengths = "41 feffffffffffff01",
                     .rest = "01 8080808080808002 00 00"};
  EXPECT_EQ(Update::decode_v2(bomb.bytes()).error(), DecodeError::too_many_structs);
}

// UPD-26
TEST(UpdateV2, DeletesOutOfOrderAreSorted) {
  const Bytes v1 = bytes(0, 1, 5, 3, 10, 2, 3, 2, 4, 3);
  const auto v2 = convert_v1_to_v2(v1);
  ASSERT_TRUE(v2);
  const auto update = Update::decode_v2(*v2);
  ASSERT_TRUE(update);
  ASSERT_EQ(update->deletes.size(), 2U);
  EXPECT_EQ(update->deletes[0].clock, 3U);
  EXPECT_EQ(update->deletes[0].length, 4U);
  EXPECT_EQ(update->deletes[1].clock, 10U);
  // Neighbours may stay apart, as Yjs leaves them.
  const auto apart = convert_v1_to_v2(bytes(0, 1, 5, 2, 3, 2, 5, 1));
  ASSERT_TRUE(apart);
  EXPECT_EQ(Update::decode_v2(*apart)->deletes.size(), 2U);
}

TEST(UpdateV2, ClocksBeyondJavaScriptsReachStayWhole) {
  constexpr Clock kFar = (Clock{1} << 53) - 2;
  Block block;
  block.id = {5, kFar};
  block.length = 1;
  block.kind = ContentKind::deleted;
  block.has_origin = block.has_right_origin = true;
  block.origin = {9, kFar};
  block.right_origin = {9, kFar};
  UpdateWriterV2 writer;
  writer.begin_section(5, kFar);
  writer.block(block);
  writer.begin_deletes(0);
  const Bytes encoded = writer.take();
  const auto update = Update::decode_v2(encoded);
  ASSERT_TRUE(update);
  EXPECT_EQ(update->blocks[0].origin, (Id{9, kFar}));
  EXPECT_EQ(to_hex(encode_v2(*update)), to_hex(encoded));
}

TEST(UpdateWriterV2, StartsAnewAfterTake) {
  UpdateWriterV2 writer;
  Bytes first;
  for (int i = 0; i < 3; ++i) {
    Block block;
    block.id = {5, 0};
    block.kind = ContentKind::string;
    block.text = "é";
    block.length = 1;
    block.has_parent_sub = true;
    block.parent_kind = ParentKind::root;
    block.parent_name = "t";
    block.parent_sub = "k";
    writer.begin_section(5, 0);
    writer.block(block);
    write_deletes(writer, std::vector<DeleteRange>{{5, 3, 1}, {5, 8, 2}});
    const Bytes encoded = writer.take();
    if (i == 0) first = encoded;
    EXPECT_EQ(to_hex(encoded), to_hex(first));
  }
}

// UPD-25
TEST(UpdateMeta, SpansEachClientsStructs) {
  // Client 9: 3..5 and, after a gap, 7..8; client 5: 0..2.
  const Bytes v1 = bytes(2, 3, 9, 3, 0, 2, 10, 2, 0, 1, 1, 5, 0, 0, 2, 0);
  const auto v2 = convert_v1_to_v2(v1);
  ASSERT_TRUE(v2);
  const UpdateMeta want{StateVector({{9, 3}, {5, 0}}), StateVector({{9, 8}, {5, 2}})};
  EXPECT_EQ(parse_update_meta_v1(v1).value(), want);
  EXPECT_EQ(parse_update_meta_v2(*v2).value(), want);
  EXPECT_EQ(parse_update_meta_v1(bytes(0, 0)).value(), UpdateMeta{});
  EXPECT_FALSE(parse_update_meta_v1(bytes(0)));
  EXPECT_FALSE(parse_update_meta_v2(v1));
}

}  // namespace
}  // namespace ydoc
