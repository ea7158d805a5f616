#include <gtest/gtest.h>

#include "ydoc/doc.h"
#include "ydoc/types/shared.h"

namespace ydoc {
namespace {

using righttask::bytes;

/// One character put in front of the root text "t" by this client at this clock.
Bytes typed(std::uint8_t client, std::uint8_t clock) {
  return bytes(1, 1, client, clock, 4, 1, 1, 't', 1, 'x', 0);
}
/// The same by three clients at once.
Bytes typed_by_three(std::uint8_t a, std::uint8_t b, std::uint8_t c) {
  return bytes(3, 1, a, 0, 4, 1, 1, 't', 1, 'x', 1, b, 0, 4, 1, 1, 't', 1, 'x', 1, c, 0, 4, 1, 1,
               't', 1, 'x', 0);
}
/// Deletes one unit.
Bytes deletion(std::uint8_t client, std::uint8_t clock) {
  return bytes(0, 1, client, 1, clock, 1);
}

constexpr ApplyBounds kNoGrowth{.growth = false};

TEST(DocBounds, WithoutGrowthTakesDeletionsAndWhatItHas) {  // DOC-73
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(typed(1, 0)));
  const Bytes before = doc.encode_state_as_update_v1();

  for (const Bytes& more : {typed(1, 1), typed(2, 0), typed(1, 5), typed_by_three(1, 2, 3)}) {
    const auto refused = doc.apply_update_v1(more, {}, kNoGrowth);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), ApplyFailure{ApplyError::growth});
    EXPECT_EQ(doc.encode_state_as_update_v1(), before);
  }
  EXPECT_TRUE(doc.apply_update_v1(typed(1, 0), {}, kNoGrowth)) << "it is here already";
  EXPECT_TRUE(doc.apply_update_v1(bytes(0, 0), {}, kNoGrowth));
  const auto deleted = doc.apply_update_v1(deletion(1, 0), {}, kNoGrowth);
  ASSERT_TRUE(deleted);
  EXPECT_TRUE(deleted->changed);
  EXPECT_EQ(doc.text("t").text(), "");
}

TEST(DocBounds, CountsClientsItHasNotSeen) {  // DOC-73
  Doc doc;
  const ApplyBounds two{.new_clients_max = 2};
  const auto refused = doc.apply_update_v1(typed_by_three(1, 2, 3), {}, two);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), ApplyFailure{ApplyError::too_many_clients});
  EXPECT_TRUE(doc.state_vector().empty());

  EXPECT_EQ(doc.apply_update_v1(typed(2, 0), {}, two)->clients_added, 1U);
  EXPECT_EQ(doc.apply_update_v1(typed(2, 1), {}, two)->clients_added, 0U);
  EXPECT_EQ(doc.apply_update_v1(typed_by_three(1, 2, 3), {}, two)->clients_added, 2U);
  EXPECT_EQ(doc.apply_update_v1(typed_by_three(1, 2, 3), {}, {.new_clients_max = 0})->clients_added,
            0U);
}

TEST(DocBounds, AClientThatHasToWaitIsNotThereYet) {  // DOC-73
  Doc doc;
  EXPECT_EQ(doc.apply_update_v1(typed(7, 1), {}, {.new_clients_max = 1})->clients_added, 0U);
  EXPECT_EQ(doc.apply_update_v1(typed(7, 0), {}, {.new_clients_max = 1})->clients_added, 1U);
}

TEST(DocBounds, HoldInTheOtherEncodingToo) {  // DOC-73
  Doc source;
  ASSERT_TRUE(source.apply_update_v1(typed(1, 0)));
  const Bytes v2 = source.encode_state_as_update_v2();
  Doc doc;
  EXPECT_FALSE(doc.apply_update_v2(v2, {}, kNoGrowth));
  EXPECT_FALSE(doc.apply_update_v2(v2, {}, {.new_clients_max = 0}));
  EXPECT_TRUE(doc.apply_update_v2(v2));
}

constexpr ApplyBounds kAll{.drops_nothing = true};

TEST(DocBounds, WhatMustNotBeDroppedIsNot) {  // DOC-74
  Doc doc(DocOptions{.pending_bytes_max = 1, .pending_ranges_max = 0});
  const Bytes later = typed(1, 1);
  EXPECT_TRUE(doc.apply_update_v1(later)->pending_dropped);
  EXPECT_FALSE(doc.apply_update_v1(later, {}, kAll)->pending_dropped);
  EXPECT_TRUE(doc.apply_update_v1(deletion(2, 0))->pending_dropped);
  EXPECT_FALSE(doc.apply_update_v1(deletion(2, 0), {}, kAll)->pending_dropped);
  EXPECT_TRUE(doc.has_pending_structs() && doc.has_pending_deletes());
}

TEST(DocBounds, WhatMustNotBeDroppedMayCollide) {  // DOC-74
  for (const bool drops_nothing : {true, false}) {
    Doc doc(DocOptions{.conflict_steps_max = 0});
    for (std::uint8_t i = 1; i <= 3; ++i) ASSERT_TRUE(doc.apply_update_v1(typed(i, 0)));
    const auto result =
        doc.apply_update_v1(typed_by_three(6, 5, 4), {}, {.drops_nothing = drops_nothing});
    EXPECT_NE(result->pending_dropped, drops_nothing);
    EXPECT_EQ(doc.text("t").size(), drops_nothing ? 6U : 4U);
  }
}

TEST(DocBounds, WhatWaitsAlreadyIsNotDroppedWhenItHasToWaitOn) {  // DOC-74
  Doc doc(DocOptions{.pending_bytes_max = 1});
  ASSERT_TRUE(doc.apply_update_v1(typed(1, 1), {}, kAll));
  ASSERT_TRUE(doc.apply_update_v1(typed(2, 1), {}, kAll));
  const auto first = doc.apply_update_v1(typed(1, 0));
  EXPECT_FALSE(first->pending_dropped);
  ASSERT_TRUE(doc.apply_update_v1(typed(2, 0)));
  EXPECT_EQ(doc.text("t").text(), "xxxx");
}

TEST(DocBounds, WhatWaitsAlreadyIsTriedOnWhenItCollidesTooMuch) {  // DOC-74
  Doc doc(DocOptions{.conflict_steps_max = 2});
  for (std::uint8_t i = 9; i >= 4; --i) {  // each behind the same character, which is not here
    ASSERT_TRUE(doc.apply_update_v1(bytes(1, 1, i, 0, 0x84, 1, 0, 1, 'x', 0)));
  }
  const auto first = doc.apply_update_v1(typed(1, 0));
  EXPECT_FALSE(first->pending_dropped) << "it is in";
  EXPECT_TRUE(first->structs_pending);
  EXPECT_LT(doc.text("t").size(), 7U);
  const std::size_t length = doc.text("t").size();
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(doc.apply_update_v1(typed(1, 0))->conflict_steps, 0U) << "it rests";
  }
  ASSERT_TRUE(doc.apply_update_v1(typed(1, 0)));
  EXPECT_GT(doc.text("t").size(), length);
  for (int i = 0; i < 130; ++i) ASSERT_TRUE(doc.apply_update_v1(typed(1, 0)));
  EXPECT_EQ(doc.text("t").size(), 7U);
  EXPECT_FALSE(doc.has_pending());
}

/// What another document has after it was given this one's state.
std::string reloaded(const Doc& doc) {
  Doc copy;
  EXPECT_TRUE(copy.apply_update_v1(doc.encode_state_as_update_v1()));
  Doc other;
  EXPECT_TRUE(other.apply_update_v2(doc.encode_state_as_update_v2()));
  EXPECT_EQ(copy.text("t").text(), other.text("t").text());
  return copy.text("t").text();
}

// A struct that is here already, told anew as one of a parent that is not.
TEST(DocBounds, WhatIsHereWaitsForNothing) {  // DOC-75
  Doc doc;
  ASSERT_TRUE(doc.apply_update_v1(typed(1, 0)));
  const auto again = doc.apply_update_v1(bytes(1, 1, 1, 0, 4, 0, 7, 0, 1, 'y', 0));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  EXPECT_FALSE(doc.has_pending());
  EXPECT_EQ(reloaded(doc), "x");
}

// Somebody takes the clocks of another, for a struct that waits for ever.
TEST(DocBounds, WhatWaitsTakesNobodysPlaceInTheState) {  // DOC-75
  Doc doc;
  // A client above theirs makes a merge begin with it.
  const Bytes waits = bytes(2, 1, 2, 5, 4, 1, 1, 't', 1, 'w', 1, 1, 0, 0x84, 7, 0, 2, 'y', 'y', 0);
  ASSERT_TRUE(doc.apply_update_v1(waits));
  ASSERT_TRUE(doc.has_pending());
  ASSERT_TRUE(doc.apply_update_v1(typed(1, 0)));
  ASSERT_TRUE(doc.apply_update_v1(typed(1, 1)));
  EXPECT_EQ(doc.text("t").text(), "xx");
  EXPECT_EQ(reloaded(doc), "xx");
}

}  // namespace
}  // namespace ydoc
