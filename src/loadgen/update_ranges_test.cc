#include "loadgen/update_ranges.h"

#include <gtest/gtest.h>

#include "ydoc/codec/merge.h"
#include "ydoc/doc.h"
#include "ydoc/types/shared.h"

namespace righttask::loadgen {
namespace {

Bytes typed(ydoc::ClientId client, ydoc::Clock clock, std::string_view text) {
  Bytes out;
  write_typed(client, clock, text, out);
  return out;
}

std::vector<ClockRange> ranges_of(ByteView update) {
  std::vector<ClockRange> out = {{99, 0, 1}};  // to be overwritten
  EXPECT_TRUE(read_ranges(update, out).has_value());
  return out;
}

TEST(TypedUpdate, IsWhatYjsSendsForAnAppendedCharacter) {
  // From Yjs 13.6.33: Y.Text "t" of client 100, insert "x" at 0, then "y" at 1.
  EXPECT_EQ(typed(100, 0, "x"), bytes(1, 1, 100, 0, 4, 1, 1, 't', 1, 'x', 0));
  EXPECT_EQ(typed(100, 1, "y"), bytes(1, 1, 100, 1, 0x84, 100, 0, 1, 'y', 0));
}

TEST(TypedUpdate, IsIntegratedAsText) {
  ydoc::Doc doc;
  for (const Bytes& update : {typed(7, 0, "ab"), typed(7, 2, "cd"), typed(9, 0, "Z")}) {
    ASSERT_TRUE(doc.apply_update_v1(update).has_value());
  }
  EXPECT_EQ(doc.text("t").text(), "abcdZ");
  EXPECT_EQ(ranges_of(typed(7, 2, "cd")), (std::vector<ClockRange>{{7, 2, 4}}));
}

TEST(Ranges, OfMergedUpdatesAreThoseOfAllOfThem) {
  const std::vector<Bytes> parts = {typed(7, 0, "a"), typed(7, 1, "b"), typed(9, 4, "cde")};
  const std::vector<ByteView> views(parts.begin(), parts.end());
  const auto merged = ydoc::merge_updates_v1(views);
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(ranges_of(*merged), (std::vector<ClockRange>{{9, 4, 7}, {7, 0, 2}}));
}

TEST(Ranges, LeaveOutWhatIsMissingBetweenTwoUpdates) {
  const std::vector<Bytes> parts = {typed(7, 0, "a"), typed(7, 5, "b")};
  const std::vector<ByteView> views(parts.begin(), parts.end());
  const auto merged = ydoc::merge_updates_v1(views);
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(ranges_of(*merged), (std::vector<ClockRange>{{7, 0, 1}, {7, 5, 6}}));
}

TEST(Ranges, OfOtherContentAreDecoded) {
  // Yjs 13.6.33: Y.Map "m" of client 100, set("k", "v"), which is content of kind any.
  const Bytes map = bytes(1, 1, 100, 0, 0x28, 1, 1, 'm', 1, 'k', 1, 0x77, 1, 'v', 0);
  EXPECT_EQ(ranges_of(map), (std::vector<ClockRange>{{100, 0, 1}}));
}

TEST(Ranges, OfNothingAreNone) {
  EXPECT_EQ(ranges_of(bytes(0, 0)), std::vector<ClockRange>{});
}

TEST(Ranges, OfWhatIsNoUpdateAreRefused) {
  struct Case {
    std::string_view name;
    Bytes update;
  };
  const Case cases[] = {
      {"empty", {}},
      {"no struct where one was promised", bytes(1, 1, 100, 0)},
      {"cut inside the text", bytes(1, 1, 100, 0, 4, 1, 1, 't', 9, 'x')},
      {"content of no known kind", bytes(1, 1, 100, 0, 0x1f, 1, 1, 't', 1, 'x', 0)},
      {"more structs than bytes", bytes(1, 0xff, 0xff, 0x7f, 100, 0, 4)},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<ClockRange> out;
    EXPECT_FALSE(read_ranges(c.update, out).has_value());
  }
}

}  // namespace
}  // namespace righttask::loadgen
