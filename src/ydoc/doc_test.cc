#include "ydoc/doc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/reader.h"
#include "base/writer.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/doc_engine.h"
#include "ydoc/store/integrity.h"
#include "ydoc/testing/author.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

using righttask::Writer;
using testing::Author;
using ::testing::ElementsAre;

std::string json_of(const Doc& doc, std::string_view root) {
  std::string out;
  append_root_json(out, doc, root);
  return out;
}
std::string delta_of(const Doc& doc, std::string_view root) {
  std::string out;
  append_root_delta(out, doc, root);
  return out;
}
std::string tree_of(const Doc& doc, std::string_view root) {
  std::string out;
  append_root_tree(out, doc, root);
  return out;
}

Block text_block(Id id, std::string_view text) {
  Block block;
  block.id = id;
  block.kind = ContentKind::string;
  block.length = text.size();
  block.text = text;
  block.parent_kind = ParentKind::root;
  block.parent_name = "text";
  return block;
}

Bytes update_of(std::initializer_list<Block> blocks) {
  UpdateWriterV1 writer;
  writer.begin_section(blocks.begin()->id.client, blocks.begin()->id.clock);
  for (const Block& block : blocks) writer.block(block);
  writer.begin_deletes(0);
  return writer.take();
}

TEST(Doc, StartsEmpty) {
  const Doc doc;
  EXPECT_EQ(doc.encode_state_as_update_v1(), righttask::bytes(0, 0));
  EXPECT_EQ(doc.encode_state_vector_v1(), righttask::bytes(0));
  EXPECT_FALSE(doc.has_pending());
  EXPECT_TRUE(doc.root_names().empty());
}

TEST(Doc, AClientIdIsANumberThatJavaScriptHolds) {
  constexpr ClientId kMost = righttask::kSafeIntegerMax;
  Doc doc({.client_id = kMost});
  EXPECT_THROW(doc.set_client_id(kMost + 1), righttask::BugError);
  EXPECT_THROW(Doc({.client_id = kMost + 1}), righttask::BugError);
  EXPECT_EQ(doc.client_id(), kMost);
}

// DOC-1
TEST(Doc, TypedTextIsOneStruct) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  for (std::uint32_t i = 0; i < 100; ++i) author.insert_text(text, i, "x");
  EXPECT_EQ(json_of(author.doc(), "text"), "\"" + std::string(100, 'x') + "\"");
  EXPECT_EQ(author.doc().store().clients[0].structs.size(), 1u);
  EXPECT_EQ(integrity_fault(author.doc().store()), "");
}

// DOC-2
TEST(Doc, AKnownUpdateChangesNothing) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  const Bytes insert = author.insert_text(text, 0, "abc");
  const Bytes remove = author.remove(text, 1, 1);
  Doc doc;
  EXPECT_TRUE(doc.apply_update_v1(insert)->changed);
  EXPECT_FALSE(doc.apply_update_v1(insert)->changed);
  EXPECT_TRUE(doc.apply_update_v1(remove)->changed);
  EXPECT_FALSE(doc.apply_update_v1(remove)->changed);
  EXPECT_FALSE(doc.apply_update_v1(righttask::bytes(0, 0))->changed);
}

// DOC-3
TEST(Doc, StructsWaitForWhatTheyBuildOn) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  const Bytes first = author.insert_text(text, 0, "abc");
  const Bytes second = author.insert_text(text, 3, "def");
  Doc doc;
  const auto early = doc.apply_update_v1(second);
  ASSERT_TRUE(early.has_value());
  EXPECT_TRUE(early->changed);
  EXPECT_TRUE(early->structs_pending);
  EXPECT_THAT(doc.missing(), ElementsAre(MissingClock{7, 2}));
  EXPECT_TRUE(doc.state_vector().empty());
  EXPECT_GT(doc.pending_bytes(), 0u);

  EXPECT_FALSE(doc.apply_update_v1(second)->changed) << "nothing new is pending";
  const auto complete = doc.apply_update_v1(first);
  EXPECT_TRUE(complete->changed);
  EXPECT_FALSE(complete->structs_pending);
  EXPECT_EQ(complete->structs_added, 2u);
  EXPECT_TRUE(doc.missing().empty());
  EXPECT_EQ(doc.encode_state_as_update_v1(), author.doc().encode_state_as_update_v1());
}

// DOC-3. Pending structs are encoded bytes, which are not held against limits a second time.
TEST(Doc, WhatWaitsMayNestAsDeepAsWhatComesIn) {
  constexpr unsigned kDepth = 150;
  Doc doc({.decode = {.any_depth_max = kDepth, .json_depth_max = kDepth}});
  Bytes any = righttask::bytes(1, 1, 5, 1, 0x88, 5, 0, 1);
  for (unsigned i = 1; i < kDepth; ++i) righttask::append(any, righttask::bytes(117, 1));
  righttask::append(any, righttask::bytes(117, 0, 0));
  Bytes embed = righttask::bytes(1, 1, 5, 2, 0x85, 5, 1, 0xac, 2);  // 300 characters
  embed.insert(embed.end(), kDepth, '[');
  embed.insert(embed.end(), kDepth, ']');
  embed.push_back(0);
  for (const Bytes& update : {any, embed}) {
    const auto waits = doc.apply_update_v1(update);
    ASSERT_TRUE(waits);
    EXPECT_TRUE(waits->structs_pending);
  }
  const auto first = doc.apply_update_v1(righttask::bytes(1, 1, 5, 0, 8, 1, 1, 't', 1, 126, 0));
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->structs_pending);
  EXPECT_EQ(doc.state_vector().of(5), 3U);
}

// DOC-3
TEST(Doc, WhatIsPendingIsPartOfTheState) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  const Bytes first = author.insert_text(text, 0, "abc");
  const Bytes second = author.insert_text(text, 3, "def");
  const Bytes remove = author.remove(text, 0, 4);
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(second).has_value());
  ASSERT_TRUE(doc.apply_update_v1(remove).has_value());
  EXPECT_TRUE(doc.has_pending_deletes());
  Doc copy;
  ASSERT_TRUE(copy.apply_update_v1(doc.encode_state_as_update_v1()).has_value());
  EXPECT_TRUE(copy.has_pending_structs());
  EXPECT_TRUE(copy.has_pending_deletes());
  ASSERT_TRUE(copy.apply_update_v1(first).has_value());
  EXPECT_FALSE(copy.has_pending());
  EXPECT_EQ(copy.encode_state_as_update_v1(), author.doc().encode_state_as_update_v1());
}

// DOC-6
TEST(Doc, PendingContentBeyondTheLimitIsDropped) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  const Bytes first = author.insert_text(text, 0, "a");
  const Bytes second = author.insert_text(text, 1, std::string(200, 'x'));
  Doc doc(DocOptions{.pending_bytes_max = 100});
  const auto result = doc.apply_update_v1(second);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->pending_dropped);
  EXPECT_FALSE(result->changed);
  EXPECT_FALSE(doc.has_pending());
  ASSERT_TRUE(doc.apply_update_v1(first).has_value());
  ASSERT_TRUE(
      doc.apply_update_v1(author.doc().encode_state_as_update_v1(doc.state_vector())).has_value());
  EXPECT_EQ(doc.encode_state_as_update_v1(), author.doc().encode_state_as_update_v1());
}

// DOC-6
TEST(Doc, PendingDeletionsBeyondTheLimitAreDropped) {
  Doc doc(DocOptions{.pending_ranges_max = 2});
  UpdateWriterV1 writer;
  writer.begin_deletes(1);
  writer.delete_client(7, 3);
  for (const Clock clock : {0u, 2u, 4u}) writer.delete_range(clock, 1);
  const auto result = doc.apply_update_v1(writer.take());
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->pending_dropped);
  EXPECT_FALSE(result->changed);
  EXPECT_FALSE(doc.has_pending_deletes());
  // Beside others that wait, too.
  writer.begin_deletes(1);
  writer.delete_client(7, 1);
  writer.delete_range(1, 1);
  EXPECT_TRUE(doc.apply_update_v1(writer.take())->changed);
  writer.begin_deletes(1);
  writer.delete_client(8, 2);
  for (const Clock clock : {0u, 2u}) writer.delete_range(clock, 1);
  const auto more = doc.apply_update_v1(writer.take());
  ASSERT_TRUE(more.has_value());
  EXPECT_TRUE(more->pending_dropped);
  EXPECT_FALSE(more->changed);
  EXPECT_TRUE(doc.has_pending_deletes());
}

// DOC-3, DOC-6
TEST(Doc, MuchThatIsPendingIsGatheredAndThenFits) {
  constexpr unsigned kUpdates = 3000;
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  const Bytes first = author.insert_text(text, 0, "start");
  Doc doc;
  for (unsigned i = 0; i < kUpdates; ++i) {
    const Bytes update = author.insert_text(text, 0, "a text of some forty bytes, in front of all");
    ASSERT_TRUE(doc.apply_update_v1(update).has_value());
  }
  EXPECT_THAT(doc.missing(), ElementsAre(MissingClock{7, 4}));
  EXPECT_GT(doc.pending_bytes(), 100'000u);
  ASSERT_TRUE(doc.apply_update_v1(first).has_value());
  EXPECT_FALSE(doc.has_pending());
  EXPECT_EQ(doc.state_vector(), author.doc().state_vector());
  doc.declare_root("text", TypeKind::text);
  EXPECT_EQ(json_of(doc, "text"), json_of(author.doc(), "text"));
}

// DOC-6
TEST(Doc, AnUpdateOfNothingButConflictsIsCutShort) {
  Doc cautious(DocOptions{.conflict_steps_max = 1000});
  // From the lowest client on, so that each has to pass all the others.
  for (unsigned i = 1; i <= 200; ++i) {
    const auto one = cautious.apply_update_v1(update_of({text_block({i, 0}, "x")}));
    ASSERT_TRUE(one.has_value());
    EXPECT_FALSE(one->pending_dropped);
    EXPECT_EQ(one->conflict_steps, i - 1);
  }
  UpdateWriterV1 upwards;
  for (unsigned i = 2000; i > 1000; --i) {
    Block block = text_block({i, 0}, "x");
    upwards.begin_section(i, 0);
    upwards.block(block);
  }
  upwards.begin_deletes(0);
  const auto cut = cautious.apply_update_v1(upwards.take());
  ASSERT_TRUE(cut.has_value());
  EXPECT_TRUE(cut->pending_dropped);
  EXPECT_TRUE(cut->changed);
  EXPECT_LT(cut->structs_added, 20u);
  EXPECT_EQ(integrity_fault(cautious.store()), "");
}

// DOC-6
TEST(Doc, WhatWaitsStaysWhenAnUpdateIsCutShort) {
  Doc cautious(DocOptions{.conflict_steps_max = 100});
  ASSERT_TRUE(cautious.apply_update_v1(update_of({text_block({9000, 1}, "y")})).has_value());
  for (unsigned i = 1; i <= 60; ++i) {
    ASSERT_TRUE(cautious.apply_update_v1(update_of({text_block({i, 0}, "x")})).has_value());
  }
  UpdateWriterV1 writer;
  writer.begin_section(9000, 0);
  writer.block(text_block({9000, 0}, "y"));
  for (unsigned i = 1020; i > 1000; --i) {
    writer.begin_section(i, 0);
    writer.block(text_block({i, 0}, "x"));
  }
  writer.begin_deletes(0);
  const auto cut = cautious.apply_update_v1(writer.take());
  ASSERT_TRUE(cut.has_value());
  EXPECT_TRUE(cut->pending_dropped);
  EXPECT_TRUE(cut->structs_pending);
  ASSERT_TRUE(cautious.apply_update_v1(righttask::bytes(0, 0)).has_value());
  EXPECT_FALSE(cautious.has_pending());
  EXPECT_EQ(cautious.state_vector().of(9000), 2u);
}

// DOC-6
TEST(Doc, MuchThatIsPendingCostsNothingUntilItCanGoOn) {
  constexpr unsigned kWaiting = 100'000;
  constexpr unsigned kNeeded = 20'000;
  UpdateWriterV1 writer;
  writer.begin_section(9, 0);
  for (unsigned i = 0; i < kWaiting; ++i) {
    Block block = text_block({9, i}, "w");
    block.has_origin = true;
    block.origin = i == 0 ? Id{7, kNeeded - 1} : Id{9, i - 1};
    writer.block(block);
  }
  writer.begin_deletes(0);
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(writer.take()).has_value());
  EXPECT_THAT(doc.missing(), ElementsAre(MissingClock{7, 0}));
  for (unsigned i = 0; i < kNeeded; ++i) {
    ASSERT_TRUE(doc.has_pending());
    ASSERT_TRUE(doc.apply_update_v1(update_of({text_block({7, i}, "x")})).has_value());
    if (i + 1 == kNeeded / 2) {
      EXPECT_THAT(doc.missing(), ElementsAre(MissingClock{7, i + 1}));
    }
  }
  EXPECT_FALSE(doc.has_pending());
  EXPECT_EQ(doc.state_vector().of(9), kWaiting);
}

// DOC-5
TEST(Doc, RefusesWithoutATrace) {
  const Block self = [] {
    Block block = text_block({9, 1}, "x");
    block.has_origin = true;
    block.origin = {9, 1};
    return block;
  }();
  const Block future = [] {
    Block block = text_block({9, 0}, "x");
    block.has_right_origin = true;
    block.right_origin = {9, 5};
    return block;
  }();
  const Block own_child = [] {
    Block block = text_block({9, 0}, "x");
    block.parent_kind = ParentKind::item;
    block.parent_id = {9, 0};
    return block;
  }();
  const Block late = text_block({9, 0xffffffff}, "x");
  struct Case {
    std::string_view name;
    Bytes update;
    ApplyFailure want;
  };
  const Case cases[] = {
      {"empty", {}, {ApplyError::undecodable, DecodeError::truncated}},
      {"its own origin",
       update_of({text_block({9, 0}, "y"), self}),
       {ApplyError::reference_forward}},
      {"a later right origin", update_of({future}), {ApplyError::reference_forward}},
      {"its own parent", update_of({own_child}), {ApplyError::reference_forward}},
      {"beyond the last clock", update_of({late}), {ApplyError::clock_too_large}},
  };
  Author author(7);
  author.insert_text(author.root("text", TypeKind::text), 0, "kept");
  const Bytes before = author.doc().encode_state_as_update_v1();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto result = author.doc().apply_update_v1(c.update);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().error, c.want.error);
    EXPECT_EQ(result.error().decode, c.want.decode);
    EXPECT_EQ(author.doc().encode_state_as_update_v1(), before);
  }
}

/// What a document keeps for the next update, in structs.
std::size_t scratch_of(Doc& doc) {
  const Update& scratch = doc.engine().scratch;
  return scratch.blocks.capacity() + scratch.sections.capacity() + scratch.deletes.capacity();
}

// DOC-16
TEST(Doc, StructsThatWaitForOneAnotherAreKept) {
  Block nine = text_block({9, 0}, "nine");
  nine.parent_kind = ParentKind::inherited;
  nine.has_origin = true;
  nine.origin = {7, 3};
  Block seven = text_block({7, 0}, "seven");
  seven.parent_kind = ParentKind::inherited;
  seven.has_origin = true;
  seven.origin = {9, 3};
  UpdateWriterV1 writer;
  for (const Block& block : {nine, seven}) {
    writer.begin_section(block.id.client, 0);
    writer.block(block);
  }
  writer.begin_deletes(0);
  const Bytes circle = writer.take();
  Doc doc;
  const auto applied = doc.apply_update_v1(circle);
  ASSERT_TRUE(applied);
  EXPECT_TRUE(applied->structs_pending);
  EXPECT_EQ(applied->structs_added, 0u);
  EXPECT_EQ(doc.encode_state_as_update_v1(), circle);
}

// DOC-17
TEST(Doc, AStructThatGoesOnElsewhereIsARangeOfClocks) {
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(update_of({text_block({7, 0}, "abc")})));
  Block elsewhere = text_block({7, 0}, "abcdef");
  elsewhere.parent_name = "other";
  const auto applied = doc.apply_update_v1(update_of({elsewhere}));
  ASSERT_TRUE(applied);
  EXPECT_EQ(doc.state_vector().of(7), 6u);
  EXPECT_EQ(json_of(doc, "text"), "\"abc\"");
  const Bytes state = doc.encode_state_as_update_v1();
  const auto update = Update::decode_v1(state);
  ASSERT_TRUE(update);
  ASSERT_EQ(update->blocks.size(), 2u);
  EXPECT_EQ(update->blocks[1].kind, ContentKind::gc);
  EXPECT_EQ(update->blocks[1].id, (Id{7, 3}));
  EXPECT_EQ(integrity_fault(doc.store()), "");
}

// DOC-5
TEST(Doc, KeepsNoMemoryOfALargeUpdate) {
  righttask::Writer structs;
  structs.raw(righttask::bytes(1, 0xe8, 7, 5, 0));  // 1,000 structs of client 5
  for (int i = 0; i < 1000; ++i) structs.raw(righttask::bytes(0, 1));
  righttask::Writer sections;
  sections.raw(righttask::bytes(0xe8, 7, 1, 6, 0, 0, 1));  // 1,000 sections, all but one empty
  for (int i = 1; i < 1000; ++i) sections.raw(righttask::bytes(0, 6, 0));
  for (const Writer* update : {&structs, &sections}) {
    Doc doc;
    Bytes bytes(update->view().begin(), update->view().end());
    EXPECT_FALSE(doc.apply_update_v1(bytes));  // its delete set is missing
    EXPECT_LT(scratch_of(doc), 100U);
    bytes.push_back(0);
    EXPECT_TRUE(doc.apply_update_v1(bytes));
    EXPECT_LT(scratch_of(doc), 100U);
  }
}

// DOC-7
TEST(Doc, ConcurrentInsertionsAreOrderedByClient) {
  Doc doc;
  for (const ClientId client : {30u, 10u, 20u}) {
    ASSERT_TRUE(doc.apply_update_v1(update_of({text_block({client, 0}, std::to_string(client))}))
                    .has_value());
  }
  doc.declare_root("text", TypeKind::text);
  EXPECT_EQ(json_of(doc, "text"), "\"102030\"");
}

// DOC-8
TEST(Doc, TheHighestClientWinsAKey) {
  Author low(1);
  Author high(2);
  const Bytes from_low = low.set_value(low.root("map", TypeKind::map), "k", 1);
  const Bytes from_high = high.set_value(high.root("map", TypeKind::map), "k", 2);
  low.receive(from_high);
  high.receive(from_low);
  EXPECT_EQ(json_of(low.doc(), "map"), "{\"k\":2}");
  EXPECT_EQ(json_of(high.doc(), "map"), "{\"k\":2}");
  EXPECT_EQ(low.doc().encode_state_as_update_v1(), high.doc().encode_state_as_update_v1());
}

// DOC-9
TEST(Doc, DeletedTypesLeaveOnlyCollectedRanges) {
  Author author(7);
  const TypeId array = author.root("array", TypeKind::array);
  author.insert_type(array, 0, TypeRef::map);
  const TypeId map = author.types()[1];
  author.set_value(map, "a", 1);
  author.set_type(map, "b", TypeRef::text);
  author.insert_text(author.types()[2], 0, "inside");
  author.remove(array, 0, 1);
  EXPECT_EQ(json_of(author.doc(), "array"), "[]");
  const Store& store = author.doc().store();
  EXPECT_EQ(store.items.live(), 1u);
  EXPECT_EQ(store.clients[0].structs.size(), 2u);
  EXPECT_EQ(integrity_fault(store), "");
}

// DOC-10
TEST(Doc, WithoutCollectionDeletedContentStays) {
  Author author(7, DocOptions{.gc = false});
  const TypeId text = author.root("text", TypeKind::text);
  author.insert_text(text, 0, "secret");
  author.remove(text, 0, 6);
  EXPECT_EQ(json_of(author.doc(), "text"), "\"\"");
  const Bytes state = author.doc().encode_state_as_update_v1();
  EXPECT_NE(righttask::as_text(state).find("secret"), std::string_view::npos);
}

// DOC-11
TEST(Doc, ACutInsideACharacterLeavesReplacements) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  author.insert_text(text, 0, "a😀b");
  author.insert_text(text, 2, "x");
  EXPECT_EQ(json_of(author.doc(), "text"),
            "\"a\xef\xbf\xbdx\xef\xbf\xbd"
            "b\"");
  EXPECT_EQ(integrity_fault(author.doc().store()), "");
}

// DOC-12
TEST(Doc, RedundantFormatMarksAreCleanedUp) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  const Bytes base = author.insert_text(text, 0, "abc");
  Author other(8);
  const TypeId same = other.root("text", TypeKind::text);
  other.receive(base);
  Doc server;
  server.declare_root("text", TypeKind::text);
  ASSERT_TRUE(server.apply_update_v1(base).has_value());
  // Both make all of it bold at the same time; of the two marks one is enough.
  const auto on = server.apply_update_v1(author.insert_format(text, 0, "bold", "true"));
  ASSERT_TRUE(on.has_value());
  EXPECT_TRUE(on->cleanup_v1.empty());
  const auto off = server.apply_update_v1(other.insert_format(same, 0, "bold", "true"));
  ASSERT_TRUE(off.has_value());
  EXPECT_FALSE(off->cleanup_v1.empty());
  EXPECT_FALSE(server.apply_update_v1(off->cleanup_v1)->changed);
  EXPECT_EQ(integrity_fault(server.store()), "");
}

// DOC-13
TEST(Doc, AnUndeclaredRootHasAGuessedKind) {
  Author author(7);
  author.insert_text(author.root("t", TypeKind::text), 0, "x");
  author.insert_value(author.root("a", TypeKind::array), 0, 1);
  author.set_value(author.root("m", TypeKind::map), "k", 1);
  author.insert_type(author.root("x", TypeKind::xml_fragment), 0, TypeRef::xml_element, "p");
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(author.doc().encode_state_as_update_v1()).has_value());
  EXPECT_THAT(doc.root_names(), ElementsAre("t", "a", "m", "x"));
  EXPECT_EQ(doc.root_kind("t"), TypeKind::unknown);
  EXPECT_EQ(doc.root_kind_guess("t"), TypeKind::text);
  EXPECT_EQ(doc.root_kind_guess("a"), TypeKind::array);
  EXPECT_EQ(doc.root_kind_guess("m"), TypeKind::map);
  EXPECT_EQ(doc.root_kind_guess("x"), TypeKind::xml_fragment);
  EXPECT_EQ(doc.root_kind_guess("absent"), TypeKind::unknown);
  EXPECT_EQ(doc_json(doc), R"({"t":"x","a":[1],"m":{"k":1},"x":"<p></p>"})");
  EXPECT_TRUE(doc.declare_root("t", TypeKind::text));
  EXPECT_FALSE(doc.declare_root("t", TypeKind::map));
}

// DOC-20
TEST(Doc, ShowsFormattedTextAndTrees) {
  Author author(7);
  const TypeId text = author.root("text", TypeKind::text);
  author.insert_text(text, 0, "ab");
  author.insert_format(text, 1, "bold", "true");
  EXPECT_EQ(delta_of(author.doc(), "text"),
            R"([{"insert":"a"},{"insert":"b","attributes":{"bold":true}}])");
  const TypeId array = author.root("array", TypeKind::array);
  author.insert_type(array, 0, TypeRef::map);
  author.set_value(author.types().back(), "k", 5);
  EXPECT_EQ(json_of(author.doc(), "array"), R"([{"k":5}])");
  EXPECT_EQ(tree_of(author.doc(), "array"),
            R"({"$":"type","t":"array","v":[{"$":"type","t":"map","v":{"k":5}}]})");
  EXPECT_TRUE(root_holds_types(author.doc(), "array"));
  EXPECT_EQ(json_of(author.doc(), "absent"), "null");
}

// DOC-14
TEST(Doc, DeepNestingNeedsNoStack) {
  constexpr unsigned kDepth = 200'000;
  std::vector<Block> blocks(kDepth);
  UpdateWriterV1 writer;
  writer.begin_section(7, 0);
  for (unsigned i = 0; i < kDepth; ++i) {
    Block& block = blocks[i];
    block.id = {7, i};
    block.kind = ContentKind::type;
    block.length = 1;
    if (i == 0) {
      block.parent_kind = ParentKind::root;
      block.parent_name = "array";
    } else {
      block.parent_kind = ParentKind::item;
      block.parent_id = {7, i - 1};
    }
    writer.block(block);
  }
  writer.begin_deletes(0);
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(writer.take()).has_value());
  EXPECT_FALSE(doc_json(doc).empty());
  writer.begin_deletes(1);
  writer.delete_client(7, 1);
  writer.delete_range(0, 1);
  ASSERT_TRUE(doc.apply_update_v1(writer.take()).has_value());
  EXPECT_EQ(doc.store().items.live(), 1u);
  EXPECT_EQ(doc_json(doc), R"({"array":[]})");
}

// DOC-15
TEST(Doc, ManyCutsInOneLongTextStayCheap) {
  constexpr std::uint32_t kUnits = 400'000;
  Author author(7);
  author.insert_text(author.root("text", TypeKind::text), 0, std::string(kUnits, 'x'));
  UpdateWriterV1 writer;
  writer.begin_deletes(1);
  writer.delete_client(7, kUnits / 2);
  for (std::uint32_t clock = 0; clock < kUnits; clock += 2) writer.delete_range(clock, 1);
  author.receive(writer.take());
  EXPECT_EQ(author.doc().store().types[0].length, kUnits / 2);
  EXPECT_EQ(integrity_fault(author.doc().store()), "");
}

// DOC-15
TEST(Doc, ManyCutsNearTheEndOfManyValuesStayCheap) {
  constexpr std::uint32_t kValues = 1'000'000;
  constexpr std::uint32_t kCuts = 200'000;
  const Bytes undefined(kValues, 0x7f);
  Block values;
  values.id = {7, 0};
  values.kind = ContentKind::any;
  values.length = kValues;
  values.data = undefined;
  values.parent_kind = ParentKind::root;
  values.parent_name = "array";
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(update_of({values})).has_value());
  UpdateWriterV1 writer;
  writer.begin_deletes(1);
  writer.delete_client(7, kCuts);
  for (std::uint32_t i = 1; i <= kCuts; ++i) writer.delete_range(kValues - 2 * i, 1);
  ASSERT_TRUE(doc.apply_update_v1(writer.take()).has_value());
  EXPECT_EQ(doc.store().types[0].length, kValues - kCuts);
  EXPECT_EQ(integrity_fault(doc.store()), "");
}

// DOC-11, DOC-15
TEST(Doc, ManyCutsInsideCharactersStayCheap) {
  constexpr std::uint32_t kCharacters = 1'000'000;
  constexpr std::uint32_t kCuts = 200'000;
  std::string text;
  for (std::uint32_t i = 0; i < kCharacters; ++i) text += "\U0001F600";
  Block block = text_block({7, 0}, text);
  block.length = 2 * kCharacters;
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(update_of({block})).has_value());
  UpdateWriterV1 writer;
  writer.begin_deletes(1);
  writer.delete_client(7, kCuts);
  for (std::uint32_t i = 0; i < kCuts; ++i) writer.delete_range(2 * i + 1, 1);
  ASSERT_TRUE(doc.apply_update_v1(writer.take()).has_value());
  EXPECT_EQ(doc.store().types[0].length, 2 * kCharacters - kCuts);
  EXPECT_EQ(integrity_fault(doc.store()), "");
}

// DOC-15
TEST(Doc, KnownStructsWithOriginsInALongTextStayCheap) {
  constexpr std::uint32_t kUnits = 2'000'000;
  constexpr std::uint32_t kKnown = 200'000;
  std::string text;
  for (std::uint32_t i = 0; i < kUnits / 2; ++i) text += "\U0001F600";
  Block block = text_block({7, 0}, text);
  block.length = kUnits;
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(update_of({block})).has_value());
  Block known;
  known.id = {8, 0};
  known.kind = ContentKind::gc;
  known.length = kKnown;
  ASSERT_TRUE(doc.apply_update_v1(update_of({known})).has_value());
  UpdateWriterV1 writer;
  writer.begin_section(8, 0);
  for (std::uint32_t i = 0; i < kKnown; ++i) {
    Block again;
    again.id = {8, i};
    again.kind = ContentKind::deleted;
    again.length = 1;
    again.has_origin = true;
    again.origin = {7, kUnits / 2 + 1 + 2 * (i % 1000)};  // between two characters
    writer.block(again);
  }
  writer.begin_deletes(0);
  const auto result = doc.apply_update_v1(writer.take());
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->changed);
  EXPECT_EQ(doc.store().items.live(), 1u);
}

TEST(Doc, MovesWithItsContent) {
  Author author(7);
  author.insert_text(author.root("text", TypeKind::text), 0, "abc");
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(author.doc().encode_state_as_update_v1()).has_value());
  Doc moved = std::move(doc);
  EXPECT_EQ(moved.encode_state_as_update_v1(), author.doc().encode_state_as_update_v1());
  EXPECT_GT(moved.memory_bytes(), 0u);
}

}  // namespace
}  // namespace ydoc
