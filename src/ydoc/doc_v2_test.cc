#include <gtest/gtest.h>

#include "ydoc/codec/convert.h"
#include "ydoc/codec/merge.h"
#include "ydoc/codec/update_writer_v2.h"
#include "ydoc/doc.h"
#include "ydoc/store/integrity.h"
#include "ydoc/testing/hex.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

using righttask::bytes;
using testing::from_hex;
using testing::to_hex;

Bytes v2_of(const Bytes& v1) {
  const auto v2 = convert_v1_to_v2(v1);
  return v2 ? *v2 : Bytes();
}

std::string delta_of(Doc& doc, std::string_view root) {
  doc.declare_root(root, TypeKind::text);
  std::string out;
  append_root_delta(out, doc, root);
  return out;
}

TEST(DocV2, TakesInWhatItGivesOut) {
  // Text with formats, an embed in the middle; as Yjs 13.6.33 encodes it.
  const Bytes v2 = from_hex(
      "000300030102450806000206460a02030401000b060084018600c600c500c61e1774626f6c6461f09f988062626f"
      "6c64626f6c64626f6c6401040103440101010000010700787e7e7601017875027d017e7800");
  Doc doc;
  const auto result = doc.apply_update_v2(v2);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->changed);
  EXPECT_EQ(to_hex(doc.encode_state_as_update_v2()), to_hex(v2));
  EXPECT_EQ(to_hex(v2_of(doc.encode_state_as_update_v1())), to_hex(v2));
  EXPECT_EQ(delta_of(doc, "t"),
            R"([{"insert":"a","attributes":{"bold":true}},{"insert":{"x":[1,null]}},)"
            R"({"insert":"😀b","attributes":{"bold":true}}])");
  Doc fresh;
  EXPECT_EQ(to_hex(fresh.encode_state_as_update_v2()), "00000000000001000000000000");
}

// DOC-5
TEST(DocV2, ARefusedUpdateLeavesNoTrace) {
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v2(v2_of(bytes(1, 1, 5, 0, 4, 1, 1, 't', 2, 'a', 'b', 0))));
  const Bytes before = doc.encode_state_as_update_v2();
  const Bytes v1 = bytes(1, 1, 5, 2, 0x84, 5, 1, 1, 'c', 0);
  const Bytes v2 = v2_of(v1);
  EXPECT_FALSE(doc.apply_update_v2(v1));
  EXPECT_FALSE(doc.apply_update_v1(v2));
  EXPECT_FALSE(doc.apply_update_v2(ByteView(v2).first(v2.size() - 1)));
  EXPECT_EQ(doc.encode_state_as_update_v2(), before);
  EXPECT_TRUE(doc.apply_update_v2(v2));
}

/// An embed of bytes in the root "t" by client 5, behind the unit before `clock`.
Bytes embed_of_bytes(Clock clock) {
  Block block;
  block.id = {5, clock};
  block.length = 1;
  block.kind = ContentKind::embed;
  block.text = std::string_view("\0\x74\x01\x07", 4);
  if (clock == 0) {
    block.parent_kind = ParentKind::root;
    block.parent_name = "t";
  } else {
    block.has_origin = true;
    block.origin = {5, clock - 1};
  }
  UpdateWriterV2 writer;
  writer.begin_section(5, clock);
  writer.block(block);
  writer.begin_deletes(0);
  return writer.take();
}

// UPD-24
TEST(DocV2, ValuesThatJsonCannotSayStayWhole) {
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v2(embed_of_bytes(0)));
  EXPECT_EQ(doc.encode_state_as_update_v2(), embed_of_bytes(0));
  EXPECT_EQ(delta_of(doc, "t"), R"([{"insert":{"0":7}}])");

  // Also while they wait for what they build on.
  Doc late;
  ASSERT_TRUE(late.apply_update_v2(embed_of_bytes(1)));
  EXPECT_TRUE(late.has_pending_structs());
  EXPECT_EQ(late.encode_state_as_update_v2(), embed_of_bytes(1));
  ASSERT_TRUE(late.apply_update_v2(embed_of_bytes(0)));
  EXPECT_FALSE(late.has_pending_structs());
  const std::vector<Bytes> both = {embed_of_bytes(0), embed_of_bytes(1)};
  const std::vector<ByteView> views(both.begin(), both.end());
  EXPECT_EQ(to_hex(late.encode_state_as_update_v2()),
            to_hex(merge_updates_v2(views).value_or(Bytes{})));
}

TEST(DocV2, WhatIsPendingIsPartOfTheState) {
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v2(v2_of(bytes(1, 1, 5, 0, 4, 1, 1, 't', 2, 'a', 'b', 0))));
  // Structs behind a gap, and deletions of what is not here.
  ASSERT_TRUE(doc.apply_update_v2(v2_of(bytes(1, 1, 5, 3, 0x84, 5, 2, 1, 'd', 1, 6, 1, 0, 2))));
  const Bytes v1 =
      bytes(1, 3, 5, 0, 4, 1, 1, 't', 2, 'a', 'b', 10, 1, 0x84, 5, 2, 1, 'd', 1, 6, 1, 0, 2);
  EXPECT_EQ(to_hex(doc.encode_state_as_update_v1()), to_hex(v1));
  EXPECT_EQ(to_hex(doc.encode_state_as_update_v2()), to_hex(v2_of(v1)));
  const StateVector have({{5, 2}});
  const Bytes rest = bytes(1, 1, 5, 3, 0x84, 5, 2, 1, 'd', 1, 6, 1, 0, 2);
  EXPECT_EQ(to_hex(doc.encode_state_as_update_v1(have)), to_hex(rest));
  EXPECT_EQ(to_hex(doc.encode_state_as_update_v2(have)), to_hex(v2_of(rest)));
}

/// `structs` deleted units behind unit `clock - 1` of client 5, each on its own: in V2 the same few
/// bytes for any number.
Bytes dense_beyond_gap(Clock clock, std::size_t structs) {
  UpdateWriterV2 writer;
  writer.begin_section(5, clock);
  Block block;
  block.length = 1;
  block.kind = ContentKind::deleted;
  block.has_origin = true;
  for (std::size_t i = 0; i < structs; ++i) {
    block.id = {5, clock + i};
    block.origin = {5, clock + i - 1};
    writer.block(block);
  }
  writer.begin_deletes(0);
  return writer.take();
}

// DOC-6. Else sixty bytes a time would make a document hold millions.
TEST(DocV2, PendingStructsCountThoughTheyTakeNoBytes) {
  Doc doc(DocOptions{.pending_bytes_max = 20'000});
  const Bytes first = dense_beyond_gap(1, 5000);
  ASSERT_LT(first.size(), 60U);
  const auto taken = doc.apply_update_v2(first);
  ASSERT_TRUE(taken && !taken->pending_dropped);
  EXPECT_GE(doc.pending_bytes(), 10'000U);
  const auto again = doc.apply_update_v2(first);
  ASSERT_TRUE(again && !again->pending_dropped && !again->changed);
  const auto more = doc.apply_update_v2(dense_beyond_gap(5001, 6000));
  ASSERT_TRUE(more);
  EXPECT_TRUE(more->pending_dropped);
  // The gap is filled: all of it finds its place.
  ASSERT_TRUE(doc.apply_update_v2(v2_of(bytes(1, 1, 5, 0, 4, 1, 1, 't', 1, 'a', 0))));
  EXPECT_FALSE(doc.has_pending());
  EXPECT_EQ(doc.state_vector().of(5), 5001U);
  EXPECT_EQ(integrity_fault(doc.store()), "");
}

}  // namespace
}  // namespace ydoc
