// Map, and the attributes of texts. Rules: docs/spec/document.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ydoc/store/integrity.h"
#include "ydoc/types/shared.h"

namespace ydoc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MapTest : public ::testing::Test {
 protected:
  [[nodiscard]] Any get(std::string_view key) const {
    const Value value = map_.get(key);
    const Any* const any = std::get_if<Any>(&value);
    return any == nullptr ? Any{std::string("not a plain value")} : *any;
  }

  Doc doc_{DocOptions{.client_id = 7}};
  Map map_ = doc_.map("map");
};

// DOC-21
TEST_F(MapTest, SetsGetsAndRemoves) {
  EXPECT_FALSE(map_.has("a"));
  EXPECT_EQ(get("a"), Any{Undefined{}});
  ASSERT_TRUE(map_.set("b", 1));
  ASSERT_TRUE(map_.set("a", "old"));
  ASSERT_TRUE(map_.set("a", "new"));
  ASSERT_TRUE(map_.set("bytes", Any{Bytes{1, 2}}));
  EXPECT_EQ(get("a"), Any{std::string("new")});
  EXPECT_EQ(get("bytes"), (Any{Bytes{1, 2}}));
  EXPECT_EQ(map_.size(), 3u);
  EXPECT_THAT(map_.keys(), ElementsAre("b", "a", "bytes"));

  ASSERT_TRUE(map_.remove("b"));
  EXPECT_FALSE(map_.has("b"));
  ASSERT_TRUE(map_.set("b", 2));
  EXPECT_THAT(map_.keys(), ElementsAre("b", "a", "bytes")) << "as first set";
  ASSERT_TRUE(map_.clear());
  EXPECT_THAT(map_.keys(), IsEmpty());
  EXPECT_EQ(map_.json(), "{}");
  EXPECT_EQ(integrity_fault(doc_.store()), "");
}

// DOC-21
TEST_F(MapTest, UndefinedAndNullAreValues) {
  ASSERT_TRUE(map_.set("u", Any{Undefined{}}));
  ASSERT_TRUE(map_.set("n", Any{Null{}}));
  EXPECT_TRUE(map_.has("u"));
  EXPECT_EQ(get("u"), Any{Undefined{}});
  EXPECT_EQ(get("n"), Any{Null{}});
  EXPECT_EQ(map_.size(), 2u);
}

// DOC-21
TEST_F(MapTest, AnEmptyKeyIsAKey) {
  ASSERT_TRUE(map_.set("", 1));
  EXPECT_TRUE(map_.has(""));
  EXPECT_THAT(map_.keys(), ElementsAre(""));
  Doc copy;
  ASSERT_TRUE(copy.apply_update_v1(doc_.encode_state_as_update_v1()).has_value());
  EXPECT_EQ(copy.map("map").json(), R"({"":1})");
}

// DOC-8
TEST(MapConcurrency, TheHighestClientsValueStaysEverywhere) {
  Doc low(DocOptions{.client_id = 1});
  Doc high(DocOptions{.client_id = 2});
  ASSERT_TRUE(low.map("map").set("k", "low"));
  ASSERT_TRUE(high.map("map").set("k", NewType::text("high")));
  const Bytes from_low = low.encode_state_as_update_v1();
  ASSERT_TRUE(low.apply_update_v1(high.encode_state_as_update_v1()).has_value());
  ASSERT_TRUE(high.apply_update_v1(from_low).has_value());
  EXPECT_EQ(low.map("map").json(), R"({"k":"high"})");
  EXPECT_EQ(high.map("map").json(), R"({"k":"high"})");
  EXPECT_EQ(low.encode_state_as_update_v1(), high.encode_state_as_update_v1());
}

// DOC-21
TEST_F(MapTest, AReplacedTypeIsGone) {
  ASSERT_TRUE(map_.set("k", NewType::map({{"inner", 1}})));
  Map inner = *as<Map>(map_.get("k"));
  ASSERT_TRUE(inner.set("inner", 2));
  EXPECT_EQ(map_.json(), R"({"k":{"inner":2}})");
  ASSERT_TRUE(map_.set("k", 0));
  EXPECT_FALSE(inner.alive());
  EXPECT_FALSE(inner.has("inner"));
  EXPECT_THAT(inner.keys(), IsEmpty());
  EXPECT_EQ(inner.set("inner", 3).error(), EditError::gone);
  EXPECT_EQ(inner.remove("inner").error(), EditError::gone);
  EXPECT_EQ(inner.clear().error(), EditError::gone);
}

// DOC-22
TEST_F(MapTest, RefusesAndStaysAsItWas) {
  ASSERT_TRUE(map_.set("k", 1));
  const Bytes before = doc_.encode_state_as_update_v1();
  EXPECT_EQ(map_.set("\xff", 1).error(), EditError::invalid_utf8);
  EXPECT_EQ(map_.set("k", "\xed\xa0").error(), EditError::invalid_utf8);
  NewType unknown;
  unknown.kind = TypeKind::unknown;
  EXPECT_EQ(map_.set("k", unknown).error(), EditError::wrong_content);
  NewType text = NewType::text("a");
  text.children.emplace_back(1);
  EXPECT_EQ(map_.set("k", text).error(), EditError::wrong_content);
  EXPECT_EQ(doc_.encode_state_as_update_v1(), before);

  Doc reader;
  ASSERT_TRUE(reader.apply_update_v1(before).has_value());
  Map read = reader.map("map");
  EXPECT_EQ(read.set("k", 2).error(), EditError::no_client_id);
  EXPECT_TRUE(read.remove("k"));
}

// DOC-22: a lone surrogate in a plain string is what JavaScript may hold; the wire has U+FFFD.
TEST_F(MapTest, LoneSurrogatesInPlainStringsAreReplaced) {
  ASSERT_TRUE(map_.set("k", "a\xed\xa0\x80z"));
  EXPECT_EQ(get("k"), Any{std::string("a\xef\xbf\xbdz")});
}

// DOC-26
TEST_F(MapTest, RemovingWhatIsNotThereIsNoTransaction) {
  ASSERT_TRUE(map_.set("gone", 1));
  ASSERT_TRUE(map_.remove("gone"));
  unsigned told = 0;
  const auto subscription = doc_.on_update_v1([&](const UpdateEvent&) { ++told; });
  EXPECT_TRUE(map_.remove("gone"));
  EXPECT_TRUE(map_.remove("never"));
  EXPECT_TRUE(map_.clear());
  EXPECT_EQ(told, 0u);
  ASSERT_TRUE(map_.set("a", 1));
  ASSERT_TRUE(map_.set("b", 1));
  EXPECT_TRUE(map_.clear());
  EXPECT_EQ(told, 3u) << "clearing is one transaction";
}

// DOC-21
TEST(SubdocumentValue, KeepsTheOptionsThatYjsKeeps) {
  Doc doc(DocOptions{.client_id = 7});
  Map map = doc.map("map");
  ASSERT_TRUE(map.set("plain", NewDoc{.guid = "a"}));
  ASSERT_TRUE(map.set("null", NewDoc{.guid = "b", .meta = Any{Null{}}}));
  ASSERT_TRUE(
      map.set("all", NewDoc{.guid = "c", .gc = false, .auto_load = true, .meta = Any{5.0}}));
  EXPECT_EQ(std::get<Subdocument>(map.get("plain")).options(), Any{Any::Object{}});
  EXPECT_EQ(std::get<Subdocument>(map.get("null")).options(), Any{Any::Object{}});
  const Subdocument all = std::get<Subdocument>(map.get("all"));
  EXPECT_EQ(all.guid(), "c");
  EXPECT_EQ(all.options(),
            (Any{Any::Object{{"gc", Any{false}}, {"autoLoad", Any{true}}, {"meta", Any{5.0}}}}));
}

}  // namespace
}  // namespace ydoc
