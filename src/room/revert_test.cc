#include "room/revert.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "ydoc/testing/random_edits.h"
#include "ydoc/view/json_view.h"

// Random documents that go on after a version was taken, and are brought back to it. SEED=n replays
// one case.

namespace righttask {
namespace {

using namespace ydoc;

struct Replica {
  explicit Replica(ClientId id) : doc({.client_id = id}) {}
  explicit Replica(ClientId id, const Bytes& state) : Replica(id) { receive(state); }
  void receive(const Bytes& update) { ASSERT_TRUE(doc.apply_update_v1(update).has_value()); }
  [[nodiscard]] Bytes state() const { return doc.encode_state_as_update_v1(); }

  Doc doc;
  Text text = doc.text("text");
  Array array = doc.array("array");
  Map map = doc.map("map");
  XmlFragment xml = doc.xml_fragment("xml");
};

Edited edit_text(Rng& rng, Text text) {
  const std::uint32_t at = rng.below(text.size() + 1);
  const std::uint32_t length = rng.below(6);
  switch (rng.below(8)) {
    case 0:
    case 1:
      return text.format(at, std::min(length, text.size() - at), random_format(rng));
    case 2:
      return text.insert(at, pick(rng, kTexts), random_format(rng));
    case 3:
      return text.insert_embed(at, Any{Any::Object{{"image", Any{"x"}}}}, random_format(rng));
    case 4:
    case 5:
      return text.remove(at, length);
    default:
      return text.insert(at, pick(rng, kTexts));
  }
}

void edit_any(Rng& rng, Replica& replica) {
  const Shared roots[] = {replica.text, replica.array, replica.map, replica.xml};
  Shared type = pick(rng, roots);
  while (!rng.chance(3)) {
    const auto next = inside(rng, type);
    if (!next) break;
    type = *next;
  }
  Edited edited;
  if (const auto text = as<Text>(type)) {
    edited = edit_text(rng, *text);
  } else if (const auto array = as<Array>(type)) {
    edited = edit_array(rng, *array);
  } else if (const auto map = as<Map>(type)) {
    edited = edit_map(rng, *map);
  } else {
    if (rng.chance(4)) {
      if (auto element = as<XmlElement>(type)) {
        edited = rng.chance(3) ? element->remove_attribute("id")
                               : element->set_attribute("id", static_cast<double>(rng.below(9)));
      }
    } else {
      edited = edit_xml(rng, *as<XmlFragment>(type));
    }
  }
  ASSERT_TRUE(edited.has_value()) << to_string(edited.error());
}

/// Two people who edit and hear of each other now and then.
void work(Rng& rng, Replica& ann, Replica& bob, int edits) {
  for (int i = 0; i < edits; ++i) {
    edit_any(rng, rng.chance(2) ? ann : bob);
    if (rng.chance(6)) ann.receive(bob.state());
    if (rng.chance(6)) bob.receive(ann.state());
  }
  ann.receive(bob.state());
  bob.receive(ann.state());
}

/// All it says; of maps without the order of their keys.
std::vector<Any> content(const Replica& replica) {
  std::vector<Any> out;
  for (const std::string_view name : {"text", "array", "map", "xml"}) {
    std::string json;
    append_root_tree(json, replica.doc, name);
    out.push_back(*parse_json(json, 1000));
  }
  return out;
}

std::uint64_t first_seed() {
  const char* const seed = std::getenv("SEED");
  return seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
}
std::uint64_t last_seed(std::uint64_t otherwise) {
  return std::getenv("SEED") == nullptr ? otherwise : first_seed();
}

TEST(Revert, GivesBackWhatTheDocumentOnceSaid) {  // VER-6
  for (std::uint64_t seed = first_seed(); seed <= last_seed(400); ++seed) {
    SCOPED_TRACE("SEED=" + std::to_string(seed));
    Rng rng(seed);
    Replica ann(1), bob(2);
    work(rng, ann, bob, static_cast<int>(rng.below(60)));
    const Bytes version = ann.state();
    const std::vector<Any> was = content(ann);
    work(rng, ann, bob, static_cast<int>(rng.below(60)));

    const auto edit = revert(ann.state(), version, 77);
    ASSERT_TRUE(edit.has_value()) << to_string(edit.error());
    const std::vector<Any> is = content(ann);
    EXPECT_EQ(edit->empty(), is == was);
    if (edit->empty()) continue;
    ann.receive(*edit);
    EXPECT_TRUE(content(ann) == was);
    // And there again, as somebody does who regrets it.
    const auto regret = revert(ann.state(), bob.state(), 78);
    ASSERT_TRUE(regret.has_value()) << to_string(regret.error());
    ann.receive(*regret);
    EXPECT_TRUE(content(ann) == is);
  }
}

TEST(Revert, MeetsEditsMadeAtTheSameTimeAsAnyEditDoes) {  // VER-7
  for (std::uint64_t seed = first_seed(); seed <= last_seed(200); ++seed) {
    SCOPED_TRACE("SEED=" + std::to_string(seed));
    Rng rng(seed);
    Replica ann(1), bob(2), server(3);
    work(rng, ann, bob, 30);
    const Bytes version = ann.state();
    work(rng, ann, bob, 30);
    server.receive(ann.state());
    const auto edit = revert(server.state(), version, 77);
    ASSERT_TRUE(edit.has_value()) << to_string(edit.error());
    // Nobody has heard of it yet.
    for (int i = 0; i < 10; ++i) {
      edit_any(rng, ann);
      edit_any(rng, bob);
    }
    const Bytes of_ann = ann.state();
    const Bytes of_bob = bob.state();
    if (!edit->empty()) {
      ann.receive(*edit);
      bob.receive(*edit);
      server.receive(*edit);
    }
    ann.receive(of_bob);
    bob.receive(of_ann);
    server.receive(of_bob);
    server.receive(of_ann);
    // What each has cleaned up of formatting reaches the others (ROOM-7).
    for (Replica* one : {&ann, &bob, &server}) {
      for (const Replica* other : {&ann, &bob, &server}) one->receive(other->state());
    }
    EXPECT_TRUE(content(ann) == content(bob));
    EXPECT_TRUE(content(ann) == content(server));
  }
}

TEST(Revert, TakesAwayRootsThatCameLater) {
  Replica ann(1);
  ASSERT_TRUE(ann.map.set("a", 1).has_value());
  const Bytes version = ann.state();
  ASSERT_TRUE(ann.doc.map("later").set("b", NewType::text("x")).has_value());
  ASSERT_TRUE(ann.doc.array("list").insert(0, {1, 2}).has_value());
  const auto edit = revert(ann.state(), version, 77);
  ASSERT_TRUE(edit.has_value());
  ann.receive(*edit);
  EXPECT_EQ(ann.doc.map("later").size(), 0U);
  EXPECT_EQ(ann.doc.array("list").size(), 0U);
  EXPECT_EQ(ann.map.json(), "{\"a\":1}");
}

TEST(Revert, RefusesWhatIsNoState) {
  const Bytes none{0, 0};
  EXPECT_EQ(revert(none, Bytes{1, 9}, 7).error(), RevertError::undecodable);
  EXPECT_EQ(revert(Bytes{1, 9}, none, 7).error(), RevertError::undecodable);
  EXPECT_EQ(revert(none, none, 7), Bytes{});
}

}  // namespace
}  // namespace righttask
