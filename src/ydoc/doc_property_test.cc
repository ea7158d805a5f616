// Whatever the order, the repetitions and the gaps in which updates arrive, replicas that have
// all of them hold the same document. SEED=n replays one case.

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>

#include "base/rng.h"
#include "ydoc/store/integrity.h"
#include "ydoc/testing/author.h"
#include "ydoc/view/json_view.h"

namespace ydoc {
namespace {

using righttask::Rng;
using testing::Author;

constexpr std::string_view kTexts[] = {"a", "bc", "typed text", "ü≈", "日本", "😀", "\n"};
constexpr std::string_view kKeys[] = {"a", "b", "key"};
constexpr std::string_view kFormats[] = {"true", "null", "\"red\"", "{\"href\":\"x\"}"};
constexpr TypeRef kTypes[] = {TypeRef::array,       TypeRef::map,      TypeRef::text,
                              TypeRef::xml_element, TypeRef::xml_text, TypeRef::xml_fragment};

template <typename T, std::size_t n>
const T& pick(Rng& rng, const T (&list)[n]) {
  return list[rng.below(n)];
}

void declare(Author& author) {
  static_cast<void>(author.root("text", TypeKind::text));
  static_cast<void>(author.root("array", TypeKind::array));
  static_cast<void>(author.root("map", TypeKind::map));
}

Bytes random_edit(Rng& rng, Author& author) {
  const std::vector<TypeId> types = author.types();
  const TypeId parent = types[rng.below(static_cast<std::uint32_t>(types.size()))];
  const std::uint32_t length = author.length(parent);
  const std::uint32_t at = rng.below(length + 1);
  switch (rng.below(10)) {
    case 0:
      return author.insert_value(parent, at, rng.below(1000));
    case 1:
      return author.insert_type(parent, at, pick(rng, kTypes), "p");
    case 2:
      return author.set_value(parent, pick(rng, kKeys), rng.below(1000));
    case 3:
      return author.set_type(parent, pick(rng, kKeys), pick(rng, kTypes));
    case 4:
      return author.remove_key(parent, pick(rng, kKeys));
    case 5:
    case 6:
      return author.remove(parent, at, 1 + rng.below(4));
    case 7:
      return author.insert_format(parent, at, "bold", pick(rng, kFormats));
    default:
      return author.insert_text(parent, at, pick(rng, kTexts));
  }
}

std::vector<Bytes> random_history(Rng& rng, std::deque<Author>& authors, unsigned edits) {
  std::vector<Bytes> updates;
  for (unsigned i = 0; i < edits; ++i) {
    auto& author = authors[rng.below(static_cast<std::uint32_t>(authors.size()))];
    updates.push_back(random_edit(rng, author));
    if (rng.chance(4)) {
      auto& other = authors[rng.below(static_cast<std::uint32_t>(authors.size()))];
      other.receive(author.doc().encode_state_as_update_v1(other.doc().state_vector()));
    }
  }
  return updates;
}

void shuffle(Rng& rng, std::vector<Bytes>& updates) {
  for (std::size_t i = updates.size(); i > 1; --i) {
    std::swap(updates[i - 1], updates[rng.below(static_cast<std::uint32_t>(i))]);
  }
}

/// The document as a value: the order of keys depends on the order of arrival, in Yjs too.
Any content(const Doc& doc) {
  return parse_json(doc_json(doc), 1000).value();
}

void check_case(std::uint64_t seed) {
  SCOPED_TRACE("SEED=" + std::to_string(seed));
  Rng rng(seed);
  std::deque<Author> authors;
  const std::uint32_t count = 2 + rng.below(3);
  for (std::uint32_t i = 0; i < count; ++i) declare(authors.emplace_back(100 + i));
  std::vector<Bytes> updates = random_history(rng, authors, 10 + rng.below(50));
  const std::size_t once = updates.size();
  for (std::size_t i = 0; i < once / 3; ++i) {
    updates.push_back(updates[rng.below(static_cast<std::uint32_t>(once))]);
  }

  Any want;
  StateVector state;
  for (int replica = 0; replica < 4; ++replica) {
    Author reader(1);
    declare(reader);
    for (const Bytes& update : updates) {
      const Bytes before = reader.doc().encode_state_as_update_v1();
      const auto result = reader.doc().apply_update_v1(update);
      ASSERT_TRUE(result.has_value());
      const bool differs = before != reader.doc().encode_state_as_update_v1();
      if (!result->changed) {
        ASSERT_FALSE(differs);
      }
      ASSERT_EQ(integrity_fault(reader.doc().store()), "");
    }
    ASSERT_FALSE(reader.doc().has_pending());
    const Any now = content(reader.doc());
    if (replica == 0) {
      want = now;
      state = reader.doc().state_vector();
    }
    ASSERT_TRUE(now == want) << doc_json(reader.doc());
    ASSERT_EQ(reader.doc().state_vector(), state);

    // Loading merges what was left apart, once (as in Yjs: GC structs of different rounds).
    Author copy(1);
    copy.receive(reader.doc().encode_state_as_update_v1());
    const Bytes bytes = copy.doc().encode_state_as_update_v1();
    Author second(1);
    second.receive(bytes);
    ASSERT_EQ(second.doc().encode_state_as_update_v1(), bytes);
    shuffle(rng, updates);
  }
}

// DOC-1, DOC-2, DOC-3
TEST(DocProperty, UpdatesConvergeInAnyOrderWithDuplicates) {
  if (const char* seed = std::getenv("SEED")) {
    check_case(std::strtoull(seed, nullptr, 10));
    return;
  }
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    check_case(seed);
    if (HasFatalFailure()) return;
  }
}

// DOC-4
TEST(DocProperty, ADifferenceBringsAPeerUpToDate) {
  for (std::uint64_t seed = 1000; seed < 1100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    std::deque<Author> authors;
    for (std::uint32_t i = 0; i < 3; ++i) declare(authors.emplace_back(100 + i));
    random_history(rng, authors, 40);
    for (auto& from : authors) {
      for (auto& to : authors) {
        to.receive(from.doc().encode_state_as_update_v1(to.doc().state_vector()));
      }
    }
    for (auto& to : authors) {
      to.receive(authors.back().doc().encode_state_as_update_v1(to.doc().state_vector()));
      ASSERT_TRUE(content(to.doc()) == content(authors.back().doc())) << doc_json(to.doc());
    }
  }
}

}  // namespace
}  // namespace ydoc
