// Rules SNAP-… of docs/spec/snapshot.md.

#include "ydoc/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ydoc/doc_engine.h"
#include "ydoc/types/shared.h"

namespace ydoc {
namespace {

using righttask::bytes;
using testing::ElementsAre;
using testing::IsEmpty;

Doc keeping(ClientId client) {
  return Doc({.client_id = client, .gc = false});
}

std::vector<double> numbers(const std::vector<Value>& values) {
  std::vector<double> found;
  found.reserve(values.size());
  for (const Value& value : values) found.push_back(*std::get<Any>(value).as<double>());
  return found;
}

std::string text_of(const TextRun& run) {
  std::string out = std::get<std::string>(run.content);
  for (const AnyMember& member : run.attributes) {
    out += " " + member.key + "=";
    append_json(out, member.value);
  }
  return out;
}

TEST(Snapshot, RefusesMalformedBytes) {  // SNAP-2
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"no state vector", bytes(0), DecodeError::truncated},
      {"a client without ranges' number", bytes(1, 5), DecodeError::count_exceeds_input},
      {"clients that are not there", bytes(0xff, 0xff, 0x03, 0), DecodeError::count_exceeds_input},
      {"ranges that are not there", bytes(1, 5, 0xff, 0xff, 0x03),
       DecodeError::count_exceeds_input},
      {"a range cut", bytes(1, 5, 1, 0), DecodeError::count_exceeds_input},
      {"a number above 2^53", bytes(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 0, 1, 0),
       DecodeError::integer_too_large},
      {"a clock without client", bytes(0, 1), DecodeError::count_exceeds_input},
      {"more behind it", bytes(0, 0, 0), DecodeError::trailing_bytes},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto v1 = Snapshot::decode_v1(c.input);
    ASSERT_FALSE(v1);
    EXPECT_EQ(v1.error(), c.want);
    EXPECT_FALSE(Snapshot::decode_v2(c.input));
  }
}

TEST(Snapshot, IsWrittenAsYjsWritesIt) {  // SNAP-1, SNAP-2
  Doc doc = keeping(1);
  ASSERT_TRUE(doc.text("t").insert(0, "abcdef"));
  ASSERT_TRUE(doc.text("t").remove(1, 2));
  ASSERT_TRUE(doc.text("t").remove(2, 1));
  const Snapshot snapshot = Snapshot::of(doc);
  EXPECT_EQ(snapshot.encode_v1(), bytes(1, 1, 2, 1, 2, 4, 1, 1, 1, 6));
  EXPECT_EQ(snapshot.encode_v2(), bytes(1, 1, 2, 1, 1, 1, 0, 1, 1, 6));
  EXPECT_EQ(Snapshot::decode_v1(snapshot.encode_v1()), snapshot);
  EXPECT_EQ(Snapshot::decode_v2(snapshot.encode_v2()), snapshot);
}

TEST(Snapshot, OfTheSameContentIsTheSame) {  // SNAP-1
  const Snapshot apart({{1, 4, 2}, {2, 0, 1}, {1, 2, 2}, {1, 9, 0}}, StateVector({{1, 6}, {2, 1}}));
  const Snapshot joined({{2, 0, 1}, {1, 2, 4}}, StateVector({{2, 1}, {1, 6}}));
  EXPECT_EQ(apart, joined);
  EXPECT_EQ(Snapshot::of(keeping(1)), Snapshot());
}

TEST(Snapshot, RestoresTheDocument) {  // SNAP-3
  Doc doc = keeping(1);
  ASSERT_TRUE(doc.text("t").insert(0, "first"));
  ASSERT_TRUE(doc.map("m").set("k", 1));
  const Snapshot then = Snapshot::of(doc);
  const Bytes state = doc.encode_state_as_update_v1();
  ASSERT_TRUE(doc.text("t").remove(0, 3));
  ASSERT_TRUE(doc.text("t").insert(2, " and later"));
  ASSERT_TRUE(doc.map("m").set("k", 2));
  const Bytes later = doc.encode_state_as_update_v1();

  Doc restored;
  ASSERT_TRUE(then.restore(doc, restored));
  EXPECT_EQ(restored.text("t").text(), "first");
  EXPECT_EQ(restored.map("m").json(), R"({"k":1})");
  EXPECT_EQ(restored.encode_state_as_update_v1(), state);
  EXPECT_EQ(doc.encode_state_as_update_v1(), later);
}

TEST(Snapshot, SaysWhyItCannotRestore) {  // SNAP-4
  Doc collecting({.client_id = 1});
  ASSERT_TRUE(collecting.text("t").insert(0, "x"));
  Doc restored;
  EXPECT_EQ(Snapshot::of(collecting).restore(collecting, restored).error(),
            RestoreError::garbage_collected);
  Doc other = keeping(2);
  EXPECT_EQ(Snapshot::of(collecting).restore(other, restored).error(),
            RestoreError::snapshot_ahead);
  EXPECT_THAT(restored.root_names(), IsEmpty());
}

TEST(Snapshot, ShowsTypesAsTheyWere) {  // SNAP-5
  Doc doc = keeping(1);
  Array array = doc.array("a");
  Map map = doc.map("m");
  ASSERT_TRUE(array.insert(0, {1, 2, 3}));
  ASSERT_TRUE(map.set("k", 1));
  ASSERT_TRUE(map.set("k", 2));
  const Snapshot then = Snapshot::of(doc);
  ASSERT_TRUE(array.remove(1));
  ASSERT_TRUE(array.insert(0, {9}));
  // Both values are deleted now, and lie in one item.
  ASSERT_TRUE(map.set("k", 3));
  ASSERT_TRUE(map.set("new", 4));

  EXPECT_THAT(numbers(array.values(then)), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers({map.get("k", then)}), ElementsAre(2));
  EXPECT_EQ(map.entries(then).size(), 1U);
  EXPECT_THAT(array.values(Snapshot()), IsEmpty());
  EXPECT_THAT(map.entries(Snapshot()), IsEmpty());
}

TEST(Snapshot, MarksWhatChangedInAText) {  // SNAP-6
  Doc doc = keeping(1);
  Text text = doc.text("t");
  ASSERT_TRUE(text.insert(0, "keep drop"));
  const Snapshot before = Snapshot::of(doc);
  ASSERT_TRUE(text.remove(4, 5));
  ASSERT_TRUE(text.insert(4, " new"));
  const Snapshot now = Snapshot::of(doc);
  ASSERT_TRUE(text.insert(0, "not yet "));

  std::vector<std::string> runs;
  for (const TextRun& run : text.delta(now, before)) runs.push_back(text_of(run));
  EXPECT_THAT(runs, ElementsAre("keep", R"( drop ychange={"type":"removed"})",
                                R"( new ychange={"type":"added"})"));
  EXPECT_EQ(std::get<std::string>(text.delta(before).at(0).content), "keep drop");
}

TEST(Snapshot, ShowsFormattingThatJsonCannotSay) {  // SNAP-6
  Doc doc = keeping(1);
  Text text = doc.text("text");
  const TextFormat format = {{"k", Any{Bytes{1, 2}}}, {"ychange", Any{BigInt{7}}}};
  ASSERT_TRUE(text.insert(0, "a", format));
  const auto runs = text.delta(Snapshot::of(doc));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].attributes, TextFormat{format[0]});
  const auto marked = text.delta(Snapshot::of(doc), Snapshot());
  ASSERT_EQ(marked.size(), 1u);
  EXPECT_EQ(marked[0].attributes[0], format[0]);
}

TEST(Snapshot, KnowsWhetherItContainsAnUpdate) {  // SNAP-7
  Doc doc = keeping(1);
  std::vector<Bytes> updates;
  const auto listening = doc.on_update_v1([&](const UpdateEvent& event) {
    updates.emplace_back(event.update.begin(), event.update.end());
  });
  ASSERT_TRUE(doc.text("t").insert(0, "abc"));
  const Snapshot inserted = Snapshot::of(doc);
  ASSERT_TRUE(doc.text("t").remove(1, 1));
  const auto contains = [&](const Snapshot& snapshot, std::size_t i) {
    return snapshot.contains(Update::decode_v1(updates.at(i)).value());
  };
  EXPECT_TRUE(contains(inserted, 0));
  EXPECT_FALSE(contains(inserted, 1));
  EXPECT_TRUE(contains(Snapshot::of(doc), 1));
}

}  // namespace
}  // namespace ydoc
