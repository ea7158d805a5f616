// Random local edits of several replicas that exchange updates in any order: indices agree with
// their lists, stores stay whole, views of one content are the same, and replicas that have
// everything hold the same. SEED=n replays one case.

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>

#include "ydoc/store/integrity.h"
#include "ydoc/testing/random_edits.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

struct Replica {
  explicit Replica(const DocOptions& options) : doc(options) {
    subscription = doc.on_update_v1([this](const UpdateEvent& event) {
      told.emplace_back(event.update.begin(), event.update.end());
    });
  }
  Doc doc;
  std::vector<Bytes> told;
  Subscription subscription;
  Text text = doc.text("text");
  Array array = doc.array("array");
  Map map = doc.map("map");
  XmlFragment xml = doc.xml_fragment("xml");
};

Edited edit_text(Rng& rng, Text text) {
  // Sometimes beyond the end.
  const std::uint32_t at = rng.below(text.size() + 2);
  const std::uint32_t length = rng.below(6);
  switch (rng.below(8)) {
    case 0:
      return text.format(at, length, random_format(rng));
    case 1:
      return text.insert(at, pick(rng, kTexts), random_format(rng));
    case 2:
      return text.insert_embed(at, random_type(rng), random_format(rng));
    case 3:
    case 4:
      return text.remove(at, length);
    default:
      return text.insert(at, pick(rng, kTexts));
  }
}

Edited edit_any(Rng& rng, const Shared& root) {
  Shared type = root;
  while (!rng.chance(3)) {
    const auto next = inside(rng, type);
    if (!next) break;
    type = *next;
  }
  if (const auto text = as<Text>(type)) return edit_text(rng, *text);
  if (const auto array = as<Array>(type)) return edit_array(rng, *array);
  if (const auto map = as<Map>(type)) return edit_map(rng, *map);
  return edit_xml(rng, *as<XmlFragment>(type));
}

Edited random_edit(Rng& rng, Replica& replica, std::uint32_t focus) {
  switch (rng.chance(2) ? focus : rng.below(4)) {
    case 0:
      return edit_text(rng, replica.text);
    case 1:
      return edit_any(rng, replica.array);
    case 2:
      return edit_any(rng, replica.map);
    default:
      return edit_any(rng, replica.xml);
  }
}

/// A get at any index gives what a walk gives.
void check_reads(const Replica& replica) {
  const std::vector<Value> values = replica.array.values();
  ASSERT_EQ(values.size(), replica.array.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE(replica.array.get(i) == values[i]) << i;
  }
}

void deliver_all(std::deque<Replica>& replicas) {
  // Cleaning up may tell more.
  for (bool again = true; again;) {
    again = false;
    for (Replica& from : replicas) {
      for (const Bytes& update : std::exchange(from.told, {})) {
        again = true;
        for (Replica& to : replicas) {
          ASSERT_TRUE(to.doc.apply_update_v1(update).has_value());
        }
      }
    }
  }
}

void check_case(std::uint64_t seed) {
  SCOPED_TRACE("SEED=" + std::to_string(seed));
  Rng rng(seed);
  std::deque<Replica> replicas;
  const std::uint32_t count = 1 + rng.below(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    replicas.emplace_back(DocOptions{.client_id = 100 + i, .gc = !rng.chance(5)});
  }
  const std::uint32_t focus = rng.below(4);
  for (std::uint32_t steps = 20 + rng.below(rng.chance(5) ? 500 : 80); steps > 0; --steps) {
    Replica& replica = replicas[rng.below(count)];
    if (rng.chance(4)) {
      replica.doc.transact([&] {
        for (int i = 0; i < 5; ++i) ASSERT_TRUE(random_edit(rng, replica, focus));
      });
    } else {
      ASSERT_TRUE(random_edit(rng, replica, focus));
    }
    ASSERT_EQ(integrity_fault(replica.doc.store()), "");
    if (rng.chance(4)) {
      Replica& other = replicas[rng.below(count)];
      if (other.told.empty()) continue;
      // Any of what it told lately: what builds on others has to wait.
      const Bytes update = other.told[rng.below(static_cast<std::uint32_t>(other.told.size()))];
      ASSERT_TRUE(replica.doc.apply_update_v1(update).has_value());
      ASSERT_EQ(integrity_fault(replica.doc.store()), "");
    }
  }
  ASSERT_NO_FATAL_FAILURE(deliver_all(replicas));
  for (Replica& replica : replicas) {
    ASSERT_EQ(integrity_fault(replica.doc.store()), "");
    ASSERT_NO_FATAL_FAILURE(check_reads(replica));
    ASSERT_FALSE(replica.doc.has_pending());
    ASSERT_EQ(replica.doc.state_vector(), replicas[0].doc.state_vector());
    ASSERT_TRUE(parse_json(doc_json(replica.doc), 1000).value() ==
                parse_json(doc_json(replicas[0].doc), 1000).value());
  }
}

// DOC-3, DOC-21, DOC-32
TEST(EditProperty, ReplicasAgreeAndIndicesAreRight) {
  if (const char* seed = std::getenv("SEED")) {
    check_case(std::strtoull(seed, nullptr, 10));
    return;
  }
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    check_case(seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace ydoc
