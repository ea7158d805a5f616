// Text. Rules: docs/spec/document.md. What is expected of marks is what Yjs 13.6.33 makes; the
// bytes are compared by the fixtures of kind ops and by tests/interop/ydoc_differential.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ydoc/store/integrity.h"
#include "ydoc/types/shared.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

const TextFormat kBold = {{"bold", Any{true}}};
const TextFormat kNotBold = {{"bold", Any{Null{}}}};

TextFormat link(std::string_view to) {
  return {{"link", Any{Any::Object{{"href", Any{std::string(to)}}}}}};
}

/// Arrays inside one another.
Any nested(unsigned depth) {
  Any value{1.0};
  for (unsigned i = 0; i < depth; ++i) value = Any{Any::Array{std::move(value)}};
  return value;
}

class TextTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string delta() const {
    std::string out;
    append_root_delta(out, doc_, "text");
    return out;
  }
  /// The list as Yjs would print it: characters, [key=value] marks, * objects, deleted ones left
  /// out.
  [[nodiscard]] std::string marks() const {
    const Store& store = doc_.store();
    std::string out;
    for (ItemRef ref = store.types[text_.id()].start; ref != kNoItem;
         ref = store.items[ref].right) {
      const Item& item = store.items[ref];
      if (item.deleted) continue;
      if (item.kind == ContentKind::string) {
        out += item.bytes();
      } else if (item.kind == ContentKind::format) {
        out += '[';
        out += store.names[item.format_key()];
        out += '=';
        out += store.names[item.format_value()];
        out += ']';
      } else {
        out += '*';
      }
    }
    return out;
  }

  Doc doc_{DocOptions{.client_id = 7}};
  Text text_ = doc_.text("text");
};

// DOC-21
TEST_F(TextTest, InsertsAndRemoves) {
  ASSERT_TRUE(text_.insert(0, "held"));
  ASSERT_TRUE(text_.insert(2, "llo wor"));
  EXPECT_EQ(text_.text(), "hello world");
  ASSERT_TRUE(text_.remove(5, 6));
  ASSERT_TRUE(text_.remove(0, 1));
  EXPECT_EQ(text_.text(), "ello");
  EXPECT_EQ(text_.size(), 4u);
  EXPECT_EQ(text_.json(), "\"ello\"");
  EXPECT_EQ(integrity_fault(doc_.store()), "");
}

// DOC-23
TEST_F(TextTest, CountsUtf16UnitsAndCutsPairs) {
  ASSERT_TRUE(text_.insert(0, "ü😀日"));
  EXPECT_EQ(text_.size(), 4u);
  ASSERT_TRUE(text_.insert(3, "x"));
  EXPECT_EQ(text_.text(), "ü😀x日");
  ASSERT_TRUE(text_.insert(2, "y"));
  EXPECT_EQ(text_.text(), "ü\xef\xbf\xbdy\xef\xbf\xbdx日");
  EXPECT_EQ(text_.size(), 6u);
}

// DOC-23
TEST_F(TextTest, BeyondTheEndIsBehindTheLastMarks) {
  ASSERT_TRUE(text_.insert(0, "ab", kBold));
  EXPECT_EQ(marks(), "[bold=true]ab[bold=null]");
  ASSERT_TRUE(text_.insert(2, "c"));
  EXPECT_EQ(marks(), "[bold=true]abc[bold=null]") << "at the end: as what stands before";
  ASSERT_TRUE(text_.insert(99, "d"));
  EXPECT_EQ(marks(), "[bold=true]abc[bold=null]d");
  ASSERT_TRUE(text_.format(4, 5, kBold));
  EXPECT_EQ(marks(), "[bold=true]abc[bold=null]d") << "nothing follows";
  ASSERT_TRUE(text_.remove(50, 5));
  ASSERT_TRUE(text_.remove(3, 0xffffffff));
  EXPECT_EQ(text_.text(), "abc");
}

// DOC-24
TEST_F(TextTest, InsertedTextTakesOnTheFormattingBeforeIt) {
  ASSERT_TRUE(text_.insert(0, "abcd"));
  ASSERT_TRUE(text_.format(1, 2, kBold));
  EXPECT_EQ(marks(), "a[bold=true]bc[bold=null]d");
  ASSERT_TRUE(text_.insert(1, "-"));
  ASSERT_TRUE(text_.insert(4, "+"));
  EXPECT_EQ(marks(), "a-[bold=true]bc+[bold=null]d");
}

// DOC-24
TEST_F(TextTest, TextWithAFormatHasExactlyThat) {
  ASSERT_TRUE(text_.insert(0, "ab", kBold));
  ASSERT_TRUE(text_.insert(1, "x", {}));
  EXPECT_EQ(marks(), "[bold=true]a[bold=null]x[bold=true]b[bold=null]");
  ASSERT_TRUE(text_.insert(0, "y", {{"bold", Any{true}}, {"color", Any{"red"}}}));
  EXPECT_EQ(delta(), R"([{"insert":"y","attributes":{"bold":true,"color":"red"}},)"
                     R"({"insert":"a","attributes":{"bold":true}},{"insert":"x"},)"
                     R"({"insert":"b","attributes":{"bold":true}}])");
}

// DOC-24
TEST_F(TextTest, FormattingReplacesMarksThatItMakesRedundant) {
  ASSERT_TRUE(text_.insert(0, "abcdef"));
  ASSERT_TRUE(text_.format(1, 1, kBold));
  ASSERT_TRUE(text_.format(3, 1, kBold));
  ASSERT_TRUE(text_.format(0, 6, kBold));
  EXPECT_EQ(marks(), "[bold=true]abcdef[bold=null]");
  ASSERT_TRUE(text_.format(2, 2, kNotBold));
  EXPECT_EQ(marks(), "[bold=true]ab[bold=null]cd[bold=true]ef[bold=null]");
  ASSERT_TRUE(text_.format(0, 6, kNotBold));
  EXPECT_EQ(marks(), "abcdef");
}

// DOC-24
TEST_F(TextTest, RemovingTextRemovesMarksAroundNothing) {
  ASSERT_TRUE(text_.insert(0, "abc"));
  ASSERT_TRUE(text_.format(1, 1, kBold));
  ASSERT_TRUE(text_.remove(1, 1));
  EXPECT_EQ(marks(), "ac");
}

// DOC-24
TEST_F(TextTest, FormattingBeyondTheEndAddsLines) {
  ASSERT_TRUE(text_.insert(0, "a"));
  ASSERT_TRUE(text_.format(0, 3, kBold));
  EXPECT_EQ(marks(), "[bold=true]a\n\n[bold=null]");
  EXPECT_EQ(text_.size(), 3u);
}

// DOC-24
TEST_F(TextTest, MarksThatStandInForOneAnotherAreOneObject) {
  const TextFormat deep = {{"k", Any{Any::Object{{"in", Any{Any::Object{}}}}}}};
  ASSERT_TRUE(text_.insert(0, "ab", deep));
  ASSERT_TRUE(text_.insert(1, "-", {}));
  EXPECT_EQ(marks(), R"([k={"in":{}}]a[k=null]-[k={"in":{}}]b[k=null])");
  // The second is what the first was, so that nothing needs marks once they meet. Two objects
  // that only look the same are two, where they hold others.
  ASSERT_TRUE(text_.remove(1, 1));
  EXPECT_EQ(marks(), R"([k={"in":{}}]ab[k=null])");
  ASSERT_TRUE(text_.insert(1, "-", deep));
  EXPECT_EQ(marks(), R"([k={"in":{}}]a[k={"in":{}}]-[k={"in":{}}]b[k=null])");
}

// DOC-24
TEST_F(TextTest, FlatObjectsThatLookTheSameAreTheSame) {
  ASSERT_TRUE(text_.insert(0, "ab", link("x")));
  ASSERT_TRUE(text_.insert(1, "-", link("x")));
  EXPECT_EQ(marks(), R"([link={"href":"x"}]a-b[link=null])");
  ASSERT_TRUE(text_.insert(1, "+", link("y")));
  EXPECT_EQ(marks(), R"([link={"href":"x"}]a[link={"href":"y"}]+[link={"href":"x"}]-b[link=null])");
}

// DOC-24
TEST_F(TextTest, AttributesTakenAwayComeInTheOrderOfProperties) {
  ASSERT_TRUE(text_.insert(0, "ab", {{"z", Any{true}}, {"10", Any{true}}, {"9", Any{true}}}));
  EXPECT_EQ(marks(), "[9=true][10=true][z=true]ab[9=null][10=null][z=null]");
  ASSERT_TRUE(text_.insert(1, "-", kBold));
  EXPECT_EQ(marks(),
            "[9=true][10=true][z=true]a[9=null][10=null][bold=true][z=null]-"
            "[9=true][10=true][bold=null][z=true]b[9=null][10=null][z=null]");
}

// DOC-21
TEST_F(TextTest, HoldsObjects) {
  ASSERT_TRUE(text_.insert(0, "ab"));
  ASSERT_TRUE(text_.insert_embed(1, Any{Any::Object{{"image", Any{"i"}}}}, kBold));
  ASSERT_TRUE(text_.insert_embed(3, NewType::array({1, 2})));
  EXPECT_EQ(text_.size(), 4u);
  EXPECT_EQ(text_.text(), "ab");
  EXPECT_EQ(delta(), R"([{"insert":"a"},{"insert":{"image":"i"},"attributes":{"bold":true}},)"
                     R"({"insert":"b"},{"insert":{"$":"type","t":"array","v":[1,2]}}])");
  const std::vector<TextRun> runs = text_.delta();
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(std::get<std::string>(runs[0].content), "a");
  EXPECT_EQ(runs[1].attributes, kBold);
  const auto inner = as<Array>(std::get<Value>(runs[3].content));
  ASSERT_TRUE(inner.has_value());
  EXPECT_EQ(inner->json(), "[1,2]");
  ASSERT_TRUE(text_.remove(1, 1));
  EXPECT_EQ(marks(), "ab*");
}

// DOC-21
TEST_F(TextTest, AppliesDeltas) {
  ASSERT_TRUE(text_.apply_delta({{.insert = std::string("hello ")},
                                 {.insert = std::string("world"), .attributes = kBold},
                                 {.insert = NewValue(Any{Any::Object{}})}}));
  EXPECT_EQ(marks(), "hello [bold=true]world[bold=null]*");
  ASSERT_TRUE(text_.apply_delta({{.retain = 6},
                                 {.retain = 2, .attributes = kNotBold},
                                 {.remove = 3},
                                 {.insert = std::string(""), .attributes = kBold},
                                 {.insert = std::string("!")}}));
  EXPECT_EQ(marks(), "hello wo[bold=true][bold=null]!*") << "redundant marks, as Yjs leaves them";
  EXPECT_EQ(delta(), R"([{"insert":"hello wo"},{"insert":"!"},{"insert":{}}])");
}

// DOC-21
TEST_F(TextTest, HasAttributesOfItsOwn) {
  ASSERT_TRUE(text_.set_attribute("dir", "rtl"));
  ASSERT_TRUE(text_.set_attribute("inner", NewType::map({{"k", 1}})));
  const Value dir = text_.attribute("dir");
  EXPECT_EQ(std::get<Any>(dir), Any{std::string("rtl")});
  EXPECT_EQ(as<Map>(text_.attribute("inner"))->json(), R"({"k":1})");
  ASSERT_TRUE(text_.remove_attribute("dir"));
  EXPECT_EQ(std::get<Any>(text_.attribute("dir")), Any{Undefined{}});
  EXPECT_EQ(text_.size(), 0u);
}

// DOC-25
TEST_F(TextTest, ATextIsFilledDeltaByDelta) {
  NewType text = NewType::text("plain ");
  text.delta.push_back({.insert = std::string("bold"), .attributes = kBold});
  text.entries = {{"dir", "ltr"}};
  Map map = doc_.map("map");
  ASSERT_TRUE(map.set("k", text));
  const Text inner = *as<Text>(map.get("k"));
  EXPECT_EQ(inner.text(), "plain bold");
  EXPECT_EQ(inner.delta().at(1).attributes, kBold);
  EXPECT_EQ(std::get<Any>(inner.attribute("dir")), Any{std::string("ltr")});
}

// DOC-22
TEST_F(TextTest, RefusesAndStaysAsItWas) {
  ASSERT_TRUE(text_.insert(0, "abc"));
  const NewType sub = NewType::map({{"\xff", 1}});
  unsigned told = 0;
  const auto subscription = doc_.on_update_v1([&](const UpdateEvent&) { ++told; });
  const Bytes before = doc_.encode_state_as_update_v1();
  const TextFormat bad = {{"k", Any{"\xff"}}};

  struct Case {
    std::string_view name;
    std::function<Edited()> edit;
    EditError want;
  };
  using enum EditError;
  const Case cases[] = {
      {"text", [&] { return text_.insert(0, "\xc3"); }, invalid_utf8},
      {"a surrogate", [&] { return text_.insert(0, "\xed\xa0\x80"); }, invalid_utf8},
      {"formatted text", [&] { return text_.insert(0, "\xff", kBold); }, invalid_utf8},
      {"format", [&] { return text_.insert(0, "a", bad); }, invalid_utf8},
      {"format alone", [&] { return text_.format(0, 1, bad); }, invalid_utf8},
      {"format of an object", [&] { return text_.insert_embed(0, 1, bad); }, invalid_utf8},
      {"object", [&] { return text_.insert_embed(0, sub); }, invalid_utf8},
      {"a subdocument", [&] { return text_.insert_embed(0, NewDoc{.guid = "g"}); }, wrong_content},
      {"the third step of a delta",
       [&] {
         return text_.apply_delta({{.insert = std::string("good")},
                                   {.retain = 2, .attributes = kBold},
                                   {.insert = std::string("\xff")}});
       },
       invalid_utf8},
      {"a subdocument in a delta",
       [&] { return text_.apply_delta({{.insert = NewValue(NewDoc{.guid = "g"})}}); },
       wrong_content},
      {"attribute", [&] { return text_.set_attribute("\xff", 1); }, invalid_utf8},
      {"line feeds without end", [&] { return text_.format(1, 0xffffffff, kBold); }, too_large},
      {"the same by a delta",
       [&] { return text_.apply_delta({{.retain = 0xffffffff}, {.retain = 0xffffffff}}); },
       too_large},
      {"a nest in a format", [&] { return text_.format(0, 1, {{"k", nested(101)}}); }, too_deep},
      {"a nest in an object", [&] { return text_.insert_embed(0, nested(101)); }, too_deep},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Edited edited = c.edit();
    ASSERT_FALSE(edited);
    EXPECT_EQ(edited.error(), c.want);
    EXPECT_EQ(doc_.encode_state_as_update_v1(), before);
  }
  EXPECT_EQ(told, 0u);
}

// DOC-22
TEST(Text, NeedsAClientIdUnlessItOnlyRemoves) {
  Doc writer(DocOptions{.client_id = 7});
  ASSERT_TRUE(writer.text("text").insert(0, "abc"));
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(writer.encode_state_as_update_v1()).has_value());
  Text text = doc.text("text");
  EXPECT_EQ(text.insert(0, "x").error(), EditError::no_client_id);
  EXPECT_EQ(text.insert(0, "x", kBold).error(), EditError::no_client_id);
  EXPECT_EQ(text.insert_embed(0, 1).error(), EditError::no_client_id);
  EXPECT_EQ(text.format(0, 1, kBold).error(), EditError::no_client_id);
  EXPECT_EQ(text.apply_delta({}).error(), EditError::no_client_id);
  EXPECT_EQ(text.set_attribute("a", 1).error(), EditError::no_client_id);
  EXPECT_TRUE(text.remove(0, 1));
  EXPECT_EQ(text.text(), "bc");
}

// DOC-22
TEST_F(TextTest, ADeletedTextIsGone) {
  Array list = doc_.array("list");
  ASSERT_TRUE(list.push({NewType::text("abc")}));
  Text inner = *as<Text>(list.get(0));
  ASSERT_TRUE(list.remove(0));
  using enum EditError;
  EXPECT_EQ(inner.insert(0, "x").error(), gone);
  EXPECT_EQ(inner.insert(0, "x", kBold).error(), gone);
  EXPECT_EQ(inner.insert_embed(0, 1).error(), gone);
  EXPECT_EQ(inner.remove(0, 1).error(), gone);
  EXPECT_EQ(inner.format(0, 1, kBold).error(), gone);
  EXPECT_EQ(inner.apply_delta({}).error(), gone);
  EXPECT_EQ(inner.set_attribute("a", 1).error(), gone);
  EXPECT_EQ(inner.remove_attribute("a").error(), gone);
  EXPECT_EQ(inner.text(), "");
  EXPECT_TRUE(inner.delta().empty());
}

// DOC-26
TEST_F(TextTest, NothingToDoIsNoTransaction) {
  ASSERT_TRUE(text_.insert(0, "abc", kBold));
  unsigned told = 0;
  const auto subscription = doc_.on_update_v1([&](const UpdateEvent&) { ++told; });
  EXPECT_TRUE(text_.insert(1, ""));
  EXPECT_TRUE(text_.insert(1, "", kBold));
  EXPECT_TRUE(text_.remove(1, 0));
  EXPECT_TRUE(text_.remove(3, 5));
  EXPECT_TRUE(text_.format(1, 0, kBold));
  EXPECT_TRUE(text_.format(0, 2, kBold)) << "is so already";
  EXPECT_TRUE(text_.apply_delta({}));
  EXPECT_TRUE(text_.apply_delta({{.retain = 3}}));
  EXPECT_TRUE(text_.remove_attribute("never"));
  EXPECT_EQ(told, 0u);
}

// DOC-24
TEST_F(TextTest, FormattingFarIntoALongTextIsFound) {
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(text_.insert(text_.size(), "ab", i % 2 == 0 ? kBold : TextFormat{}));
  }
  ASSERT_TRUE(text_.insert(401, "-"));
  ASSERT_TRUE(text_.insert(404, "+"));
  const std::vector<TextRun> runs = text_.delta();
  EXPECT_EQ(std::get<std::string>(runs.at(200).content), "a-b");
  EXPECT_EQ(runs.at(200).attributes, kBold);
  EXPECT_EQ(std::get<std::string>(runs.at(201).content), "a+b");
  EXPECT_TRUE(runs.at(201).attributes.empty());
  EXPECT_EQ(doc_.store().positions.fault(doc_.store()), "");
}

}  // namespace
}  // namespace ydoc
