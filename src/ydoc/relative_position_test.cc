// Rules POS-… of docs/spec/snapshot.md.

#include "ydoc/relative_position.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/rng.h"
#include "ydoc/doc_engine.h"
#include "ydoc/store/integrity.h"

namespace ydoc {
namespace {

using righttask::bytes;

TEST(RelativePosition, RefusesMalformedBytes) {  // POS-3
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"kind 3", bytes(3, 1, 1, 0), DecodeError::invalid_position},
      {"kind in the middle", bytes(0x80), DecodeError::truncated},
      {"item without client", bytes(0), DecodeError::truncated},
      {"item without clock", bytes(0, 1), DecodeError::truncated},
      {"client above 2^53", bytes(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 0),
       DecodeError::integer_too_large},
      {"type without clock", bytes(2, 1), DecodeError::truncated},
      {"name longer than the input", bytes(1, 5, 't', 'e', 'x', 't'), DecodeError::truncated},
      {"name of 2^53-1 bytes", bytes(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
       DecodeError::truncated},
      {"name that is not UTF-8", bytes(1, 2, 0xc3, 0x28, 0), DecodeError::invalid_utf8},
      {"assoc cut", bytes(0, 1, 1, 0x80), DecodeError::truncated},
      {"assoc above 2^53", bytes(0, 1, 1, 0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
       DecodeError::integer_too_large},
      {"more behind it", bytes(0, 1, 1, 0, 0), DecodeError::trailing_bytes},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto decoded = RelativePosition::decode(c.input);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error(), c.want);
  }
}

TEST(RelativePosition, RefusesMalformedJson) {  // POS-4
  struct Case {
    std::string_view input;
    DecodeError want;
  };
  const Case cases[] = {
      {"", DecodeError::invalid_json},
      {"{", DecodeError::invalid_json},
      {"null", DecodeError::invalid_position},
      {"[]", DecodeError::invalid_position},
      {"{}", DecodeError::invalid_position},
      {R"({"assoc":1})", DecodeError::invalid_position},
      {R"({"tname":null,"item":null,"type":null})", DecodeError::invalid_position},
      {R"({"tname":5})", DecodeError::invalid_position},
      {R"({"tname":"\ud800"})", DecodeError::invalid_utf8},
      {R"({"item":5})", DecodeError::invalid_position},
      {R"({"item":{}})", DecodeError::invalid_position},
      {R"({"item":{"client":1}})", DecodeError::invalid_position},
      {R"({"item":{"client":1,"clock":-1}})", DecodeError::invalid_position},
      {R"({"item":{"client":1,"clock":1.5}})", DecodeError::invalid_position},
      {R"({"item":{"client":1e300,"clock":1}})", DecodeError::invalid_position},
      {R"({"item":{"client":9007199254740992,"clock":1}})", DecodeError::invalid_position},
      {R"({"item":{"client":"1","clock":1}})", DecodeError::invalid_position},
      {R"({"type":[1,1]})", DecodeError::invalid_position},
      {R"({"tname":"t","assoc":"0"})", DecodeError::invalid_position},
      {R"({"tname":"t","assoc":0.5})", DecodeError::invalid_position},
      {R"({"tname":"t","more":[[[[[[1]]]]]]})", DecodeError::json_too_deep},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.input);
    const auto parsed = RelativePosition::from_json(c.input);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error(), c.want);
  }
}

TEST(RelativePosition, IsWrittenAsYjsWritesIt) {  // POS-3, POS-4
  struct Case {
    RelativePosition position;
    Bytes encoded;
    std::string_view json;
  };
  const Case cases[] = {
      {{.item = Id{157, 5}, .root = "text", .type = {}, .assoc = -1},
       bytes(0, 0x9d, 1, 5, 0x41),
       R"({"tname":"text","item":{"client":157,"clock":5},"assoc":-1})"},
      {{.item = {}, .root = "t", .type = {}, .assoc = 0},
       bytes(1, 1, 't', 0),
       R"({"tname":"t","assoc":0})"},
      {{.item = {}, .root = {}, .type = Id{1, 2}, .assoc = 1},
       bytes(2, 1, 2, 1),
       R"({"type":{"client":1,"clock":2},"assoc":1})"},
      {{.item = {}, .root = "", .type = {}, .assoc = 0},
       bytes(1, 0, 0),
       R"({"tname":"","assoc":0})"},
      {{.item = Id{(1ull << 53) - 1, 0}, .root = "", .type = {}, .assoc = 0},
       bytes(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0),
       R"({"item":{"client":9007199254740991,"clock":0},"assoc":0})"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.json);
    EXPECT_EQ(c.position.encode(), c.encoded);
    EXPECT_EQ(c.position.json(), c.json);
    const auto decoded = RelativePosition::decode(c.encoded);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->encode(), c.encoded);
    const auto parsed = RelativePosition::from_json(c.json);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->encode(), c.encoded);
  }
  EXPECT_EQ(RelativePosition::decode(bytes(2, 1, 2))->assoc, 0) << "older writers have no assoc";
}

TEST(RelativePosition, StaysWithItsNeighbour) {  // POS-1, POS-2
  Doc doc({.client_id = 1});
  Text text = doc.text("text");
  ASSERT_TRUE(text.insert(0, "abcdef").has_value());
  const auto before_d = RelativePosition::at(text, 3);
  const auto behind_c = RelativePosition::at(text, 3, -1);
  const auto begin = RelativePosition::at(text, 0, -1);
  const auto end = RelativePosition::at(text, 6);
  ASSERT_TRUE(text.insert(3, "XY").has_value());
  ASSERT_TRUE(text.insert(0, "<").has_value());
  ASSERT_TRUE(text.insert(9, ">").has_value());
  ASSERT_EQ(text.text(), "<abcXYdef>");
  EXPECT_EQ(before_d->resolve(doc)->index, 6u);
  EXPECT_EQ(behind_c->resolve(doc)->index, 4u);
  EXPECT_EQ(begin->resolve(doc)->index, 0u);
  EXPECT_EQ(end->resolve(doc)->index, 10u);
  EXPECT_EQ(before_d->resolve(doc)->type, text);
  ASSERT_TRUE(text.remove(3, 5).has_value());
  ASSERT_EQ(text.text(), "<abf>");
  EXPECT_EQ(before_d->resolve(doc)->index, 3u);
  EXPECT_EQ(behind_c->resolve(doc)->index, 3u);
}

TEST(RelativePosition, OfWhatIsNotHereLeadsNowhere) {  // POS-2, POS-6
  Doc doc({.client_id = 1});
  Array list = doc.array("list");
  ASSERT_TRUE(list.insert(0, {1, NewType::text("in"), 2}).has_value());
  const auto inner = as<Text>(list.get(1));
  const auto inside = RelativePosition::at(*inner, 1);
  const auto inner_end = RelativePosition::at(*inner, 2);
  const auto resolve = [&](std::string_view json) {
    return RelativePosition::from_json(json)->resolve(doc);
  };
  EXPECT_FALSE(resolve(R"({"item":{"client":2,"clock":0}})").has_value()) << "unknown client";
  EXPECT_FALSE(resolve(R"({"item":{"client":1,"clock":99}})").has_value()) << "not yet here";
  EXPECT_FALSE(resolve(R"({"item":{"client":1,"clock":4294967296}})").has_value());
  EXPECT_FALSE(resolve(R"({"type":{"client":2,"clock":0}})").has_value());
  EXPECT_FALSE(resolve(R"({"type":{"client":1,"clock":0}})").has_value()) << "holds no type";
  EXPECT_FALSE(resolve(R"({"tname":"other"})").has_value());
  EXPECT_EQ(doc.root_names(), std::vector<std::string>{"list"}) << "resolving makes no roots";

  ASSERT_TRUE(list.remove(1).has_value());
  EXPECT_FALSE(inside->resolve(doc).has_value()) << "collected";
  EXPECT_FALSE(inner_end->resolve(doc).has_value());
  EXPECT_FALSE(RelativePosition::at(*inner, 0).has_value());
}

TEST(RelativePosition, InADeletedTypeThatIsKeptIsItsBeginning) {  // POS-2
  Doc doc({.client_id = 1, .gc = false});
  Array list = doc.array("list");
  ASSERT_TRUE(list.insert(0, {NewType::text("in")}).has_value());
  const auto inner = as<Text>(list.get(0));
  const auto inside = RelativePosition::at(*inner, 1);
  ASSERT_TRUE(list.remove(0).has_value());
  const auto place = inside->resolve(doc);
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(place->index, 0u);
  EXPECT_TRUE(place->type.exists());
  EXPECT_FALSE(place->type.alive());
  // As Yjs: behind the last item, although that has been deleted.
  EXPECT_EQ(RelativePosition::at(*inner, 2, -1)->item, (Id{1, 2}));
  EXPECT_EQ(RelativePosition::at(*inner, 2)->item, std::nullopt);
}

TEST(RelativePosition, BeyondTheEndIsTheEnd) {
  Doc doc({.client_id = 1});
  Text text = doc.text("text");
  EXPECT_EQ(RelativePosition::at(text, 7, -1)->item, std::nullopt) << "an empty list has no unit";
  ASSERT_TRUE(text.insert(0, "ab", {{"b", Any{true}}}).has_value());  // mark, 2 units, mark
  EXPECT_EQ(RelativePosition::at(text, 7)->item, std::nullopt);
  EXPECT_EQ(RelativePosition::at(text, 7, -1)->item, (Id{1, 3})) << "the closing mark";
  EXPECT_EQ(RelativePosition::at(text, 7, -1)->resolve(doc)->index, 2u);
}

/// Recorded from Yjs: of the values 0 to 5 an undo brings back 1 to 3, which an edit then cuts.
TEST(RelativePosition, FollowsWhatWasBroughtBack) {  // POS-5
  Doc doc({.client_id = 1, .gc = false});
  Array list = doc.array("list");
  ASSERT_TRUE(list.insert(0, {0, 1, 2, 3, 4, 5}).has_value());
  struct Want {
    std::uint32_t index;
    std::int64_t assoc;
    std::uint32_t followed;
    std::uint32_t ignored;
  };
  const Want wants[] = {{0, 0, 0, 0},  {0, -1, 0, 0}, {1, 0, 1, 5},  {1, -1, 1, 1}, {2, 0, 2, 5},
                        {2, -1, 2, 5}, {3, 0, 4, 5},  {3, -1, 3, 5}, {4, 0, 5, 5},  {4, -1, 5, 5},
                        {5, 0, 6, 6},  {5, -1, 6, 6}, {6, 0, 7, 7},  {6, -1, 7, 7}};
  std::vector<RelativePosition> positions;
  for (const Want& w : wants) positions.push_back(*RelativePosition::at(list, w.index, w.assoc));
  ASSERT_TRUE(list.remove(1, 3).has_value());
  ASSERT_TRUE(list.insert(1, {1, 2, 3}).has_value());  // clocks 6 to 8, where an undo puts them
  Store& store = doc.engine().store;
  store.set_redone(store.find({0, 1}), {0, 6});
  ASSERT_TRUE(list.insert(3, {"X"}).has_value());
  ASSERT_EQ(list.json(), R"([0,1,2,"X",3,4,5])");
  for (std::size_t i = 0; i < positions.size(); ++i) {
    SCOPED_TRACE("index " + std::to_string(wants[i].index) + " assoc " +
                 std::to_string(wants[i].assoc));
    EXPECT_EQ(positions[i].resolve(doc)->index, wants[i].followed);
    EXPECT_EQ(positions[i].resolve(doc, Redone::ignore)->index, wants[i].ignored);
  }
}

/// A list long enough to be indexed, under random edits: each position resolves to where its
/// neighbour is, as counted from the start.
void check_long_list(std::uint64_t seed, bool gc) {
  SCOPED_TRACE("SEED=" + std::to_string(seed));
  righttask::Rng rng(seed);
  Doc doc({.client_id = 1, .gc = gc});
  Array list = doc.array("list");
  struct Held {
    RelativePosition position;
    double neighbour;  // the value it belongs to
  };
  std::vector<Held> held;
  double next = 0;
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t size = list.size();
    if (size > 20 && rng.chance(3)) {
      const std::uint32_t from = rng.below(size - 5);
      ASSERT_TRUE(list.remove(from, 1 + rng.below(5)).has_value());
    } else {
      std::vector<NewValue> values;
      for (std::uint32_t i = 1 + rng.below(4); i > 0; --i) values.emplace_back(next++);
      ASSERT_TRUE(list.insert(rng.below(size + 1), values).has_value());
    }
    const std::uint32_t at = rng.below(list.size());
    const std::int64_t assoc = rng.chance(2) ? 0 : -1;
    const auto neighbour = std::get<Any>(list.get(at));
    held.push_back(
        {*RelativePosition::at(list, at + (assoc < 0 ? 1 : 0), assoc), *neighbour.as<double>()});
    ASSERT_EQ(integrity_fault(doc.store()), "");
    ASSERT_EQ(doc.store().positions.fault(doc.store()), "");
  }
  std::vector<double> values;
  for (const Value& value : list.values()) values.push_back(*std::get<Any>(value).as<double>());
  for (const Held& h : held) {
    const auto place = h.position.resolve(doc);
    ASSERT_TRUE(place.has_value());
    const auto found = std::find(values.begin(), values.end(), h.neighbour);
    if (found == values.end()) continue;  // its neighbour has been deleted
    const auto index = static_cast<std::uint32_t>(found - values.begin());
    ASSERT_EQ(place->index, index + (h.position.assoc < 0 ? 1 : 0));
  }
  ASSERT_TRUE(doc.store().types[list.id()].indexed) << "too short to prove anything";
  const auto last = RelativePosition::at(list, list.size() + 5, -1);
  EXPECT_EQ(last->resolve(doc)->index, list.size());
}

TEST(RelativePosition, AgreesWithCountingInLongLists) {
  if (const char* seed = std::getenv("SEED")) {
    check_long_list(std::strtoull(seed, nullptr, 10), false);
    check_long_list(std::strtoull(seed, nullptr, 10), true);
    return;
  }
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    check_long_list(seed, seed % 2 == 0);
    if (HasFatalFailure()) return;
  }
}

/// The document came as updates, so that nothing has indexed the list yet.
TEST(RelativePosition, FindsItsWayInAListNeverIndexed) {
  Doc author({.client_id = 1});
  Text text = author.text("text");
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(text.insert(0, "ab").has_value());
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(author.encode_state_as_update_v1()).has_value());
  ASSERT_FALSE(doc.store().types[doc.text("text").id()].indexed);
  EXPECT_EQ(RelativePosition::at(text, 601)->resolve(doc)->index, 601u);
  EXPECT_EQ(RelativePosition::at(text, 20)->resolve(doc)->index, 20u);
  Doc other;
  ASSERT_TRUE(other.apply_update_v1(author.encode_state_as_update_v1()).has_value());
  EXPECT_EQ(*RelativePosition::at(other.text("text"), 2000, -1),
            *RelativePosition::at(text, 1000, -1));
  EXPECT_EQ(other.store().positions.fault(other.store()), "");
}

}  // namespace
}  // namespace ydoc
