// What an event says. Expectations that are not obvious have been looked up in yjs; the fixture
// kind `events` compares at random.

#include "ydoc/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ydoc/store/store.h"
#include "ydoc/testing/author.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string text_of(const Value& value) {
  if (const auto* any = std::get_if<Any>(&value)) {
    std::string out;
    append_json(out, *any);
    return out;
  }
  if (const auto* type = std::get_if<Shared>(&value)) return std::string(to_string(type->kind()));
  return "document " + std::get<Subdocument>(value).guid();
}

/// "=2 +'text'{"bold":true} -1 +[1,"two"]"
std::string text_of(const std::vector<Change>& delta) {
  std::string out;
  for (const Change& change : delta) {
    if (!out.empty()) out += ' ';
    if (const auto* text = std::get_if<std::string>(&change.insert)) {
      out += "+'" + *text + "'";
    } else if (const auto* values = std::get_if<std::vector<Value>>(&change.insert)) {
      out += "+[";
      for (const Value& value : *values) {
        out += (out.back() == '[' ? "" : ",") + text_of(value);
      }
      out += "]";
    } else {
      out += change.retain > 0 ? "=" + std::to_string(change.retain)
                               : "-" + std::to_string(change.remove);
    }
    if (!change.attributes.empty()) append_json(out, Any{Any::Object(change.attributes)});
  }
  return out;
}

/// "a: add, b: update 1, c: remove 2"
std::string text_of(const std::vector<KeyChange>& keys) {
  std::string out;
  for (const KeyChange& key : keys) {
    if (!out.empty()) out += ", ";
    out += key.key + ": ";
    out += key.action == KeyAction::add      ? "add"
           : key.action == KeyAction::update ? "update "
                                             : "remove ";
    if (key.action != KeyAction::add) out += text_of(key.old_value);
  }
  return out;
}

std::string text_of(const std::vector<PathStep>& path) {
  std::string out;
  for (const PathStep& step : path) {
    const auto* key = std::get_if<std::string>(&step);
    out += "/" + (key != nullptr ? *key : std::to_string(std::get<std::uint32_t>(step)));
  }
  return out;
}

/// A document and what the observers of a type are told.
class Watched {
 public:
  explicit Watched(ClientId id) : doc({.client_id = id}) {}

  void watch(const Shared& type) {
    subscriptions_.push_back(
        type.observe([this](const Event& event) { deltas.push_back(text_of(event.delta())); }));
  }
  void watch_keys(const Shared& type) {
    subscriptions_.push_back(
        type.observe([this](const Event& event) { keys.push_back(text_of(event.keys())); }));
  }
  void watch_inside(const Shared& type) {
    subscriptions_.push_back(type.observe_deep([this](const Events& events) {
      for (const Event& event : events) paths.push_back(text_of(event.path()));
    }));
  }
  void receive_from(Watched& other) {
    ASSERT_TRUE(doc.apply_update_v1(other.doc.encode_state_as_update_v1(doc.state_vector())));
  }

  Doc doc;
  std::vector<std::string> deltas;
  std::vector<std::string> keys;
  std::vector<std::string> paths;

 private:
  std::vector<Subscription> subscriptions_;
};

// DOC-46
TEST(Event, SaysWhatBecameOfAList) {
  Watched one(1);
  Array list = one.doc.array("list");
  one.watch(list);
  ASSERT_TRUE(list.push({1, "two", 3, 4}));
  ASSERT_TRUE(list.remove(1, 2));
  ASSERT_TRUE(list.insert(1, {NewType::map(), NewDoc{.guid = "g", .meta = {}}, 9}));
  one.doc.transact([&] {
    ASSERT_TRUE(list.remove(0));
    ASSERT_TRUE(list.insert(0, {"new"}));
    ASSERT_TRUE(list.push({"gone"}));
    ASSERT_TRUE(list.remove(list.size() - 1));
  });
  EXPECT_THAT(one.deltas, ElementsAre(R"(+[1,"two",3,4])", "=1 -2", "=1 +[map,document g,9]",
                                      R"(+["new"] -1)"));
}

// DOC-46
TEST(Event, SaysWhatBecameOfAText) {
  Watched one(1);
  Text text = one.doc.text("text");
  one.watch(text);
  ASSERT_TRUE(text.insert(0, "plain"));
  ASSERT_TRUE(text.insert(2, "bold", {{"bold", Any{true}}}));
  ASSERT_TRUE(text.format(0, 4, {{"bold", Any{true}}, {"size", Any{2.0}}}));
  ASSERT_TRUE(text.format(0, 9, {{"bold", Any{Null{}}}}));
  ASSERT_TRUE(text.remove(8, 1));
  ASSERT_TRUE(text.insert_embed(1, Any{Any::Object{{"image", Any{std::string("i")}}}},
                                {{"width", Any{7.0}}}));
  ASSERT_TRUE(text.insert_embed(1, NewType::map()));
  EXPECT_THAT(one.deltas,
              ElementsAre("+'plain'", R"(=2 +'bold'{"bold":true})",
                          R"(=4{"bold":true,"size":2} =2{"bold":true})", R"(=9{"bold":null})",
                          "=8 -1", R"(=1 +[{"image":"i"}]{"width":7})", "=1 +[map]"));
}

// DOC-46: typing extends the run that is there, of which only the new units are new.
TEST(Event, TellsOldUnitsOfARunFromNewOnes) {
  Watched one(1);
  Watched two(2);
  two.watch(two.doc.text("t"));
  ASSERT_TRUE(one.doc.text("t").insert(0, "a😀b"));
  two.receive_from(one);
  ASSERT_TRUE(one.doc.text("t").insert(4, "ü≈"));
  two.receive_from(one);
  EXPECT_EQ(two.doc.store().clients[0].structs.size(), 1u);
  EXPECT_THAT(two.deltas, ElementsAre("+'a😀b'", "=4 +'ü≈'"));

  Watched three(3);
  two.watch(two.doc.array("l"));
  ASSERT_TRUE(three.doc.array("l").push({1, "two"}));
  two.receive_from(three);
  ASSERT_TRUE(three.doc.array("l").push({3}));
  two.deltas.clear();
  two.receive_from(three);
  EXPECT_EQ(two.doc.store().clients[1].structs.size(), 1u);
  EXPECT_THAT(two.deltas, ElementsAre("=2 +[3]"));
}

// DOC-46
TEST(Event, TellsOldUnitsFromNewOnesThatAreGoneTogether) {
  Watched one(1);
  Text text = one.doc.text("t");
  one.watch(text);
  ASSERT_TRUE(text.insert(0, "abc"));
  one.doc.transact([&] {
    ASSERT_TRUE(text.insert(3, "def"));
    ASSERT_TRUE(text.remove(2, 2));
  });
  EXPECT_THAT(one.deltas, ElementsAre("+'abc'", "=2 -1 +'ef'"));
  Array list = one.doc.array("l");
  one.watch(list);
  one.deltas.clear();
  ASSERT_TRUE(list.push({1, 2, 3}));
  one.doc.transact([&] {
    ASSERT_TRUE(list.push({4, 5}));
    ASSERT_TRUE(list.remove(1, 3));
  });
  EXPECT_THAT(one.deltas, ElementsAre("+[1,2,3]", "=1 -2 +[5]"));
}

// DOC-47: Yjs deletes the mark that it finds to be redundant, one that was there before; here only
// the answer is the same.
// Values that JSON cannot say reach a document in encoding V2, and from its own edits.
TEST(Event, FormattingMayBeWhatJsonCannotSay) {
  Doc doc({.client_id = 7});
  Text text = doc.text("text");
  std::vector<TextFormat> told;
  const Subscription subscription = text.observe([&](const Event& event) {
    for (const Change& change : event.delta()) told.push_back(change.attributes);
  });
  const TextFormat bytes = {{"k", Any{Bytes{1, 2}}}};
  const TextFormat number = {{"k", Any{BigInt{7}}}};
  ASSERT_TRUE(text.insert(0, "a", bytes));
  ASSERT_TRUE(text.format(0, 1, number));
  EXPECT_THAT(told, ElementsAre(bytes, number));
}

TEST(Event, AskingForADeltaDoesNotEdit) {
  Watched quiet(1);
  Watched asked(1);
  for (Watched* const side : {&quiet, &asked}) {
    Text text = side->doc.text("t");
    ASSERT_TRUE(text.insert(0, "0123456789"));
    if (side == &asked) side->watch(text);
    Doc other({.client_id = 2});
    ASSERT_TRUE(other.apply_update_v1(side->doc.encode_state_as_update_v1()));
    ASSERT_TRUE(text.format(1, 5, {{"bold", Any{true}}}));
    ASSERT_TRUE(other.text("t").format(3, 5, {{"bold", Any{true}}}));
    int told = 0;
    const auto updates = side->doc.on_update_v1([&](const UpdateEvent&) { ++told; });
    ASSERT_TRUE(side->doc.apply_update_v1(other.encode_state_as_update_v1()));
    EXPECT_EQ(told, 1) << "what came";
  }
  EXPECT_THAT(asked.deltas, ElementsAre(R"(=1 =5{"bold":true})", ""));
  EXPECT_EQ(quiet.doc.encode_state_as_update_v1(), asked.doc.encode_state_as_update_v1());
}

// DOC-46: a mark that changes nothing does not part what is inserted around it.
TEST(Event, RedundantMarksDoNotPartInsertedText) {
  testing::Author author(1);
  const TypeId text = author.root("t", TypeKind::unknown);  // so that nothing is cleaned up here
  author.insert_text(text, 0, "cd");
  author.insert_format(text, 0, "bold", "true");
  author.insert_text(text, 0, "ab");
  author.insert_format(text, 0, "bold", "true");
  Watched two(2);
  two.watch(two.doc.text("t"));
  ASSERT_TRUE(two.doc.apply_update_v1(author.doc().encode_state_as_update_v1()));
  EXPECT_THAT(two.deltas, ElementsAre(R"(+'abcd'{"bold":true})"));
}

// DOC-48
TEST(Event, SaysWhatBecameOfKeys) {
  Watched one(1);
  Map map = one.doc.map("m");
  one.watch_keys(map);
  std::vector<std::string> touched;
  const auto more = map.observe([&](const Event& event) {
    touched = event.keys_changed();
    EXPECT_FALSE(event.child_list_changed());
    EXPECT_THAT(event.delta(), IsEmpty());
  });
  ASSERT_TRUE(map.set("a", 1));
  ASSERT_TRUE(map.set("a", NewType::text("held")));
  ASSERT_TRUE(map.remove("a"));
  one.doc.transact([&] {
    ASSERT_TRUE(map.set("z", "new"));
    ASSERT_TRUE(map.set("brief", 1));
    ASSERT_TRUE(map.remove("brief"));
    ASSERT_TRUE(map.set("a", 1));
    ASSERT_TRUE(map.set("a", 2));
  });
  EXPECT_THAT(touched, ElementsAre("z", "brief", "a"));
  one.doc.transact([&] {
    ASSERT_TRUE(map.set("a", 3));
    ASSERT_TRUE(map.set("a", 4));
    ASSERT_TRUE(map.set("z", 5));
    ASSERT_TRUE(map.remove("z"));
  });
  EXPECT_THAT(one.keys, ElementsAre("a: add", "a: update 1", "a: remove text", "z: add, a: add",
                                    "a: update 2, z: remove \"new\""));
}

// DOC-48: who loses against a value set at the same time is told of nothing.
TEST(Event, AValueThatDoesNotPrevailIsNoChange) {
  Watched low(1);
  Watched high(2);
  ASSERT_TRUE(low.doc.map("m").set("k", "low"));
  ASSERT_TRUE(high.doc.map("m").set("k", "high"));
  low.watch_keys(low.doc.map("m"));
  high.watch_keys(high.doc.map("m"));
  high.receive_from(low);
  low.receive_from(high);
  EXPECT_THAT(high.keys, ElementsAre(""));
  EXPECT_THAT(low.keys, ElementsAre("k: update \"low\""));
}

// DOC-49
TEST(Event, PathsLeadFromTheObservedType) {
  Watched one(1);
  Map root = one.doc.map("m");
  ASSERT_TRUE(root.set("list", NewType::array({0, 1, NewType::text("t")})));
  const Shared list = std::get<Shared>(root.get("list"));
  Text text = *as<Text>(as<Array>(list)->get(2));
  one.watch_inside(root);
  one.watch_inside(list);
  one.watch_inside(text);
  ASSERT_TRUE(text.insert(0, "x"));
  EXPECT_THAT(one.paths, ElementsAre("", "/2", "/list/2"));

  one.paths.clear();
  one.doc.transact([&] {
    ASSERT_TRUE(text.insert(0, "x"));
    ASSERT_TRUE(as<Array>(list)->remove(0, 1));
    ASSERT_TRUE(root.set("other", 1));
  });
  EXPECT_THAT(one.paths, ElementsAre("", "", "/1", "", "/list", "/list/1"))
      << "as it is now; the nearest first";
}

// DOC-49
TEST(Event, PathsIntoLongLists) {
  Watched one(1);
  Array list = one.doc.array("l");
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(list.insert(0, {NewType::map()}));
    ASSERT_TRUE(list.insert(1, {"plain", "plain"}));
  }
  one.watch_inside(list);
  for (const std::uint32_t index : {0u, 300u, 597u}) {
    ASSERT_TRUE(as<Map>(list.get(index))->set("k", 1));
  }
  EXPECT_THAT(one.paths, ElementsAre("/0", "/300", "/597"));
}

// DOC-41
TEST(Event, AnAnswerStaysAsItWasGiven) {
  Watched one(1);
  Text text = one.doc.text("t");
  std::vector<std::string> seen;
  const auto first = text.observe([&](const Event& event) {
    if (event.origin() != Origin{std::string("user")}) return;
    EXPECT_EQ(text_of(event.delta()), "+'a'");
    ASSERT_TRUE(text.insert(1, "b"));
  });
  const auto second =
      text.observe([&](const Event& event) { seen.push_back(text_of(event.delta())); });
  one.doc.transact([&] { ASSERT_TRUE(text.insert(0, "a")); }, std::string("user"));
  EXPECT_THAT(seen, ElementsAre("+'a'", "=1 +'b'"));
}

// DOC-50: a transaction that waits for its turn stays what it was, though its items have merged
// with those of the one before.
TEST(Event, AQueuedTransactionSaysWhatItDid) {
  Doc doc({.client_id = 1, .gc = false});
  Text text = doc.text("t");
  ASSERT_TRUE(text.insert(0, "0123456789"));
  std::vector<std::string> seen;
  bool first = true;
  const auto observing = text.observe([&](const Event& event) {
    seen.push_back(text_of(event.delta()));
    if (!std::exchange(first, false)) return;
    ASSERT_TRUE(text.insert(text.size(), "b"));
    ASSERT_TRUE(text.remove(2, 2));
  });
  doc.transact([&] {
    ASSERT_TRUE(text.insert(10, "a"));
    ASSERT_TRUE(text.remove(0, 2));
  });
  EXPECT_THAT(seen, ElementsAre("-2 =8 +'a'", "=7 +'b'", "=2 -2"));
}

}  // namespace
}  // namespace ydoc
