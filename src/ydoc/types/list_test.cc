// Array, XmlFragment and XmlElement. Rules: docs/spec/document.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ydoc/store/integrity.h"
#include "ydoc/types/shared.h"

namespace ydoc {
namespace {

using ::testing::ElementsAre;

Any plain(const Value& value) {
  const Any* const any = std::get_if<Any>(&value);
  return any == nullptr ? Any{std::string("not a plain value")} : *any;
}

/// Arrays inside one another.
Any nested(unsigned depth) {
  Any value{1.0};
  for (unsigned i = 0; i < depth; ++i) value = Any{Any::Array{std::move(value)}};
  return value;
}
NewType nested_types(unsigned depth) {
  NewType type = NewType::array();
  for (unsigned i = 1; i < depth; ++i) {
    std::vector<NewValue> inside;
    inside.emplace_back(std::move(type));
    type = NewType::array(std::move(inside));
  }
  return type;
}

class ListTest : public ::testing::Test {
 protected:
  std::string refusal(const Edited& edited) {
    return edited ? "none" : std::string(to_string(edited.error()));
  }

  Doc doc_{DocOptions{.client_id = 7}};
  Array list_ = doc_.array("list");
};

// DOC-21
TEST_F(ListTest, InsertsAndRemovesBetweenUnits) {
  ASSERT_TRUE(list_.insert(0, {1, 2, 3, "four", true}));
  ASSERT_TRUE(list_.insert(2, {"between"}));
  ASSERT_TRUE(list_.insert(6, {Any{Null{}}}));
  EXPECT_EQ(list_.json(), R"([1,2,"between",3,"four",true,null])");
  ASSERT_TRUE(list_.remove(1, 3));
  ASSERT_TRUE(list_.remove(0));
  EXPECT_EQ(list_.json(), R"(["four",true,null])");
  EXPECT_EQ(list_.size(), 3u);
  EXPECT_EQ(integrity_fault(doc_.store()), "");
}

// DOC-21
TEST_F(ListTest, PlainValuesThatFollowOneAnotherAreOneItem) {
  ASSERT_TRUE(list_.insert(0, {1, "two", Any{Bytes{3}}, 4, 5, NewType::map(), 6}));
  std::vector<std::uint32_t> lengths;
  const Store& store = doc_.store();
  for (ItemRef ref = store.types[list_.id()].start; ref != kNoItem; ref = store.items[ref].right) {
    lengths.push_back(store.items[ref].length);
  }
  EXPECT_THAT(lengths, ElementsAre(2, 1, 2, 1, 1));
}

// DOC-21
TEST_F(ListTest, PushStandsBehindWhatWasDeletedAndInsertBeforeIt) {
  ASSERT_TRUE(list_.insert(0, {1, 2}));
  ASSERT_TRUE(list_.remove(1));
  const auto origin_of_last_but = [&](unsigned deleted_behind) {
    const Store& store = doc_.store();
    ItemRef ref = store.types[list_.id()].start;
    while (store.items[ref].right != kNoItem) ref = store.items[ref].right;
    for (; deleted_behind > 0; --deleted_behind) ref = store.items[ref].left;
    return store.items[ref].origin.clock;
  };
  ASSERT_TRUE(list_.push({3}));
  EXPECT_EQ(origin_of_last_but(0), 1u) << "the deleted one";
  ASSERT_TRUE(list_.remove(1));
  ASSERT_TRUE(list_.insert(1, {4}));
  EXPECT_EQ(origin_of_last_but(1), 0u);
  EXPECT_EQ(list_.json(), "[1,4]");
}

// DOC-21
TEST_F(ListTest, GivesWhatItHolds) {
  ASSERT_TRUE(list_.insert(0, {1, "two", Any{Bytes{3}}}));
  ASSERT_TRUE(list_.push({NewType::text("inside"), NewDoc{.guid = "sub"}}));
  EXPECT_EQ(plain(list_.get(0)), Any{1.0});
  EXPECT_EQ(plain(list_.get(1)), Any{std::string("two")});
  EXPECT_EQ(plain(list_.get(2)), Any{Bytes{3}});
  const auto text = as<Text>(list_.get(3));
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->text(), "inside");
  EXPECT_FALSE(as<Array>(list_.get(3)).has_value());
  EXPECT_EQ(std::get<Subdocument>(list_.get(4)).guid(), "sub");
  EXPECT_EQ(plain(list_.get(5)), Any{Undefined{}});
  EXPECT_EQ(list_.values().size(), 5u);
}

// DOC-32
TEST_F(ListTest, PushesBehindAllThatWasDeletedAtTheEnd) {
  Doc other({.client_id = 8});
  Array theirs = other.array("list");
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(list_.push({NewType::map()}));
    ASSERT_TRUE(other.apply_update_v1(doc_.encode_state_as_update_v1(other.state_vector())));
    ASSERT_TRUE(theirs.push({i, i + 0.5}));
    ASSERT_TRUE(doc_.apply_update_v1(other.encode_state_as_update_v1(doc_.state_vector())));
    ASSERT_EQ(plain(list_.get(list_.size() - 1)), Any{i + 0.5});
    ASSERT_TRUE(list_.remove(1, list_.size() - 1));
  }
  ASSERT_TRUE(list_.push({"end"}));
  const Store& store = doc_.store();
  ItemRef last = store.types[list_.id()].start;
  while (store.items[last].right != kNoItem) last = store.items[last].right;
  EXPECT_FALSE(store.items[last].deleted);
  EXPECT_EQ(list_.json(), R"([{},"end"])");
  EXPECT_EQ(integrity_fault(store), "");
}

// DOC-22
TEST_F(ListTest, RefusesAndStaysAsItWas) {
  ASSERT_TRUE(list_.insert(0, {1, 2}));
  const XmlFragment xml = doc_.xml_fragment("xml");
  NewType odd = NewType::map();
  odd.children.emplace_back(1);
  NewType bad_name = NewType::xml_element("\xff");
  unsigned told = 0;
  const auto subscription = doc_.on_update_v1([&](const UpdateEvent&) { ++told; });
  const Bytes before = doc_.encode_state_as_update_v1();

  struct Case {
    std::string_view name;
    std::function<Edited()> edit;
    std::string_view want;
  };
  const Case cases[] = {
      {"beyond the end", [&] { return list_.insert(3, {1}); }, "out_of_range"},
      {"beyond the end, nothing", [&] { return list_.insert(3, {}); }, "out_of_range"},
      {"removal from beyond the end", [&] { return list_.remove(3, 0); }, "out_of_range"},
      {"removal to beyond the end", [&] { return list_.remove(1, 2); }, "out_of_range"},
      {"removal of 2^32-1", [&] { return list_.remove(1, 0xffffffff); }, "out_of_range"},
      {"text", [&] { return list_.insert(0, {"\xff"}); }, "invalid_utf8"},
      {"text behind good ones", [&] { return list_.push({1, "a", "\xc0\x80"}); }, "invalid_utf8"},
      {"text deep inside",
       [&] { return list_.push({Any{Any::Array{Any{Any::Object{{"k", Any{"\x80"}}}}}}}); },
       "invalid_utf8"},
      {"key inside", [&] { return list_.push({NewType::map({{"\xff", 1}})}); }, "invalid_utf8"},
      {"node name", [&] { return list_.push({bad_name}); }, "invalid_utf8"},
      {"guid", [&] { return list_.push({NewDoc{.guid = "\xff"}}); }, "invalid_utf8"},
      {"meta of a subdocument",
       [&] { return list_.push({NewDoc{.guid = "g", .meta = Any{"\xff"}}}); }, "invalid_utf8"},
      {"a nest of plain values", [&] { return list_.push({nested(101)}); }, "too_deep"},
      {"a nest in meta", [&] { return list_.push({NewDoc{.guid = "g", .meta = nested(100)}}); },
       "too_deep"},
      {"a nest of types", [&] { return list_.push({nested_types(501)}); }, "too_deep"},
      {"a map with a list", [&] { return list_.push({odd}); }, "wrong_content"},
      {"a plain value among nodes", [&] { return XmlFragment(xml).insert(0, {1}); },
       "wrong_content"},
      {"an array among nodes", [&] { return XmlFragment(xml).insert(0, {NewType::array()}); },
       "wrong_content"},
      {"a text among nodes",
       [&] { return XmlFragment(xml).insert(0, {NewType::xml_fragment({NewType::text("a")})}); },
       "wrong_content"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(refusal(c.edit()), c.want);
    EXPECT_EQ(doc_.encode_state_as_update_v1(), before);
  }
  EXPECT_EQ(told, 0u);
}

// DOC-22
TEST_F(ListTest, TakesInNestsThatOthersTakeInToo) {
  ASSERT_TRUE(list_.push({nested(100), NewDoc{.guid = "g", .meta = nested(99)}}));
  ASSERT_TRUE(list_.push({nested_types(500)}));
  Doc other;
  EXPECT_TRUE(other.apply_update_v1(doc_.encode_state_as_update_v1()));
  EXPECT_EQ(other.array("list").json(), list_.json());
}

// DOC-22, DOC-42
TEST_F(ListTest, TheOpeningOfItsTransactionMayTakeThePlaceAway) {
  Array inner = [&] {
    EXPECT_TRUE(list_.push({NewType::array()}));
    return *as<Array>(list_.get(0));
  }();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(inner.push({NewType::map()}));
  EXPECT_EQ(std::get<Shared>(inner.get(150)).kind(), TypeKind::map);
  const Subscription clears = doc_.on_before_transaction([&](const TransactionEvent&) {
    const std::uint32_t size = inner.size();
    EXPECT_TRUE(size == 0 || inner.remove(0, size));
  });
  EXPECT_EQ(refusal(inner.insert(150, {1})), "out_of_range");
  EXPECT_EQ(refusal(inner.insert(0, {1, 2})), "none");
  EXPECT_EQ(refusal(inner.remove(1)), "out_of_range");
  const Subscription deletes = doc_.on_before_transaction(
      [&](const TransactionEvent&) { EXPECT_TRUE(list_.size() == 0 || list_.remove(0)); });
  EXPECT_EQ(refusal(inner.push({3})), "gone");
  EXPECT_EQ(list_.json(), "[]");
  EXPECT_EQ(integrity_fault(doc_.store()), "");
}

// DOC-22
TEST(List, NeedsAClientIdToInsertButNotToRemove) {
  Doc writer(DocOptions{.client_id = 7});
  ASSERT_TRUE(writer.array("list").insert(0, {1, 2}));
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(writer.encode_state_as_update_v1()).has_value());
  Array list = doc.array("list");
  EXPECT_EQ(list.insert(0, {0}).error(), EditError::no_client_id);
  EXPECT_EQ(list.push({0}).error(), EditError::no_client_id);
  EXPECT_TRUE(list.remove(0));
  EXPECT_EQ(list.json(), "[2]");
  doc.set_client_id(9);
  EXPECT_TRUE(list.insert(0, {1}));
  EXPECT_EQ(list.json(), "[1,2]");
}

// DOC-22
TEST_F(ListTest, ADeletedTypeIsGone) {
  ASSERT_TRUE(list_.insert(0, {NewType::array({1, 2}), NewType::xml_element("p")}));
  Array inner = *as<Array>(list_.get(0));
  XmlElement element = *as<XmlElement>(list_.get(1));
  ASSERT_TRUE(list_.remove(0, 2));
  EXPECT_FALSE(inner.alive());
  EXPECT_EQ(inner.size(), 0u);
  EXPECT_TRUE(inner.values().empty());
  EXPECT_EQ(inner.json(), "null");
  EXPECT_EQ(inner.kind(), TypeKind::unknown);
  EXPECT_EQ(inner.insert(0, {1}).error(), EditError::gone);
  EXPECT_EQ(inner.push({1}).error(), EditError::gone);
  EXPECT_EQ(inner.remove(0).error(), EditError::gone);
  EXPECT_EQ(element.insert(0, {NewType::xml_text("a")}).error(), EditError::gone);
  EXPECT_EQ(element.set_attribute("a", 1).error(), EditError::gone);
  EXPECT_EQ(element.remove_attribute("a").error(), EditError::gone);
  EXPECT_EQ(element.node_name(), "");

  // Its place in the table is taken by another type, which the old handle does not name.
  ASSERT_TRUE(list_.insert(0, {NewType::array({3}), NewType::array({4})}));
  EXPECT_FALSE(inner.alive());
  EXPECT_EQ(inner.insert(0, {1}).error(), EditError::gone);
  EXPECT_EQ(list_.json(), "[[3],[4]]");
}

// DOC-25
TEST_F(ListTest, ATypeIsMadeBeforeWhatItHolds) {
  ASSERT_TRUE(list_.insert(
      0, {NewType::map({{"b", NewType::array({1, NewType::text("t")})}, {"a", true}}),
          NewType::xml_element("p", {NewType::xml_text("in"), NewType::xml_element("br")},
                               {{"class", "c"}})}));
  EXPECT_EQ(list_.json(), R"([{"b":[1,"t"],"a":true},"<p class=\"c\">in<br></br></p>"])");

  // By clock: the type, its list, its keys.
  std::vector<ContentKind> kinds;
  const Store& store = doc_.store();
  const StructList& structs = store.clients[0].structs;
  for (auto at = structs.first();; at = structs.next(at)) {
    kinds.push_back(store.items[structs.at(at).ref].kind);
    if (structs.is_last(at)) break;
  }
  using enum ContentKind;
  EXPECT_THAT(kinds,
              ElementsAre(type, type, any, type, string, any, type, type, string, type, any));
  EXPECT_EQ(integrity_fault(doc_.store()), "");
}

// DOC-21
TEST(XmlList, HoldsNodesAndAttributes) {
  Doc doc(DocOptions{.client_id = 7});
  XmlFragment xml = doc.xml_fragment("xml");
  NewType hook;
  hook.kind = TypeKind::xml_hook;
  hook.name = "hook";
  hook.entries = {{"h", 1}};
  ASSERT_TRUE(xml.insert(0, {NewType::xml_element("ul"), NewType::xml_text("tail"), hook}));
  XmlElement list = *as<XmlElement>(xml.get(0));
  EXPECT_EQ(list.node_name(), "ul");
  ASSERT_TRUE(list.insert(0, {NewType::xml_element("li", {NewType::xml_text("a")})}));
  ASSERT_TRUE(list.insert(1, {NewType::xml_element("li", {NewType::xml_text("b")})}));
  ASSERT_TRUE(list.set_attribute("class", "old"));
  ASSERT_TRUE(list.set_attribute("class", "x"));
  ASSERT_TRUE(list.set_attribute("id", "y"));
  EXPECT_THAT(list.attribute_names(), ElementsAre("class", "id"));
  EXPECT_EQ(plain(list.attribute("class")), Any{std::string("x")});
  ASSERT_TRUE(list.remove_attribute("id"));
  EXPECT_EQ(plain(list.attribute("id")), Any{Undefined{}});
  EXPECT_EQ(list.json(), R"("<ul class=\"x\"><li>a</li><li>b</li></ul>")");
  ASSERT_TRUE(list.remove(0));
  EXPECT_EQ(list.children().size(), 1u);
  EXPECT_TRUE(as<XmlHook>(xml.get(2)).has_value());
  EXPECT_EQ(as<XmlHook>(xml.get(2))->node_name(), "hook");
  EXPECT_FALSE(as<XmlElement>(xml.get(1)).has_value());
  EXPECT_EQ(integrity_fault(doc.store()), "");
}

// DOC-26
TEST_F(ListTest, NothingToDoIsNoTransaction) {
  ASSERT_TRUE(list_.insert(0, {1}));
  unsigned told = 0;
  const auto subscription = doc_.on_update_v1([&](const UpdateEvent&) { ++told; });
  EXPECT_TRUE(list_.insert(1, {}));
  EXPECT_TRUE(list_.push({}));
  EXPECT_TRUE(list_.remove(1, 0));
  EXPECT_EQ(told, 0u);
}

}  // namespace
}  // namespace ydoc
