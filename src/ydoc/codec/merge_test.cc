#include "ydoc/codec/merge.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "base/writer.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/update_writer.h"

namespace ydoc {
namespace {

using righttask::bytes;

Bytes merge(const std::vector<Bytes>& updates) {
  const std::vector<ByteView> views(updates.begin(), updates.end());
  const auto merged = merge_updates_v1(views);
  return merged ? *merged : Bytes();
}

/// "a" * length in root "t", by client 5 at `clock`.
Bytes text(std::uint8_t clock, std::uint8_t length) {
  Bytes out = clock == 0 ? bytes(1, 1, 5, 0, 4, 1, 1, 't', length)
                         : bytes(1, 1, 5, clock, 0x84, 5, clock - 1, length);
  out.insert(out.end(), length, 'a');
  out.push_back(0);
  return out;
}

// UPD-10. The right side is what Yjs 13.6.33 returns.
TEST(Merge, IsWhatYjsReturns) {
  struct Case {
    std::string_view name;
    std::vector<Bytes> updates;
    Bytes want;
  };
  const Case cases[] = {
      {"nothing", {}, bytes(0, 0)},
      {"one update, however spelled", {bytes(0x80, 0, 0)}, bytes(0x80, 0, 0)},
      {"one after the other",
       {text(0, 1), text(1, 1)},
       bytes(1, 2, 5, 0, 4, 1, 1, 't', 1, 'a', 0x84, 5, 0, 1, 'a', 0)},
      {"the wrong way round",
       {text(1, 1), text(0, 1)},
       bytes(1, 2, 5, 0, 4, 1, 1, 't', 1, 'a', 0x84, 5, 0, 1, 'a', 0)},
      {"the same twice", {text(0, 2), text(0, 2)}, text(0, 2)},
      {"an overlap is cut",
       {text(0, 2), text(1, 3)},
       bytes(1, 2, 5, 0, 4, 1, 1, 't', 2, 'a', 'a', 0x84, 5, 1, 2, 'a', 'a', 0)},
      {"a gap becomes a skip",
       {text(0, 1), text(3, 1)},
       bytes(1, 3, 5, 0, 4, 1, 1, 't', 1, 'a', 10, 2, 0x84, 5, 2, 1, 'a', 0)},
      {"neighbouring gc of two updates is joined",
       {bytes(1, 1, 5, 0, 0, 2, 0), bytes(1, 1, 5, 2, 0, 3, 0)},
       bytes(1, 1, 5, 0, 0, 5, 0)},
      {"neighbouring gc of one update is not",
       {bytes(1, 2, 5, 0, 0, 2, 0, 3, 0), bytes(0, 0)},
       bytes(1, 2, 5, 0, 0, 2, 0, 3, 0)},
      {"of an item and a gc at the same clock the later update's counts",
       {bytes(1, 1, 1, 1, 0x88, 1, 0, 1, 0x7d, 1, 0), bytes(1, 1, 1, 1, 0, 2, 0)},
       bytes(1, 1, 1, 1, 0, 2, 0)},
      {"the same the other way round",
       {bytes(1, 1, 1, 1, 0, 2, 0), bytes(1, 1, 1, 1, 0x88, 1, 0, 2, 0x7d, 1, 0x7d, 2, 0)},
       bytes(1, 1, 1, 1, 0x88, 1, 0, 2, 0x7d, 1, 0x7d, 2, 0)},
      {"clients descend",
       {bytes(1, 1, 5, 0, 0, 1, 0), bytes(1, 1, 9, 0, 0, 1, 0)},
       bytes(2, 1, 9, 0, 0, 1, 1, 5, 0, 0, 1, 0)},
      {"deletes are sorted and joined",
       {bytes(0, 1, 5, 2, 4, 1, 0, 2), bytes(0, 2, 5, 1, 2, 2, 9, 1, 0, 1)},
       bytes(0, 2, 9, 1, 0, 1, 5, 1, 0, 5)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(merge(c.updates), c.want);
  }
}

// UPD-11.
TEST(Merge, LosesNothingWhenClientsAscendOrRepeat) {
  const Bytes ascending = bytes(2, 1, 5, 0, 0, 9, 1, 9, 0, 0, 2, 0);
  EXPECT_EQ(merge({ascending, bytes(0, 0)}), bytes(2, 1, 9, 0, 0, 2, 1, 5, 0, 0, 9, 0));
  const Bytes repeated = bytes(3, 1, 5, 0, 0, 1, 1, 4, 0, 0, 1, 1, 5, 3, 0, 1, 0);
  EXPECT_EQ(merge({repeated, bytes(0, 0)}), bytes(2, 3, 5, 0, 0, 1, 10, 2, 0, 1, 1, 4, 0, 0, 1, 0));
}

TEST(Merge, RefusesInvalidUpdates) {
  const Bytes good = text(0, 1);
  const Bytes bad = bytes(1, 1, 5, 0, 0, 0, 0);
  for (const auto& inputs : {std::vector<ByteView>{bad}, {good, bad}, {bad, good}}) {
    EXPECT_EQ(merge_updates_v1(inputs).error(), DecodeError::empty_struct);
  }
}

std::vector<Bytes> random_updates(righttask::Rng& rng) {
  std::vector<Bytes> updates;
  for (std::uint32_t n = 2 + rng.below(6); n > 0; --n) {
    UpdateWriterV1 writer;
    std::vector<DeleteRange> deletes;
    for (ClientId client = 4; client > 0; --client) {
      if (rng.chance(3)) continue;
      Clock clock = rng.below(6);
      writer.begin_section(client, clock);
      for (std::uint32_t structs = 1 + rng.below(4); structs > 0; --structs) {
        Block gc;
        gc.id = {client, clock};
        gc.length = 1 + rng.below(5);
        clock += gc.length;
        writer.block(gc);
      }
      deletes.push_back({client, rng.below(20), 1 + rng.below(4)});
    }
    write_deletes(writer, deletes);
    updates.push_back(writer.take());
  }
  return updates;
}

/// Which units of client `client` an update holds.
std::vector<bool> units_of(const Bytes& bytes, ClientId client) {
  std::vector<bool> held(64, false);
  const auto update = Update::decode_v1(bytes);
  for (const Block& block : update->blocks) {
    if (block.id.client != client || block.kind == ContentKind::skip) continue;
    for (Clock i = 0; i < block.length; ++i) held.at(block.id.clock + i) = true;
  }
  return held;
}

TEST(Merge, HoldsTheUnitsOfAllInAnyOrder) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    righttask::Rng rng(seed);
    auto updates = random_updates(rng);
    std::vector<std::vector<bool>> want(5, std::vector<bool>(64, false));
    for (const Bytes& update : updates) {
      for (ClientId client = 1; client <= 4; ++client) {
        const auto held = units_of(update, client);
        for (std::size_t i = 0; i < held.size(); ++i) {
          if (held[i]) want[client][i] = true;
        }
      }
    }
    const Bytes merged = merge(updates);
    for (ClientId client = 1; client <= 4; ++client) {
      EXPECT_EQ(units_of(merged, client), want[client]);
    }
    EXPECT_EQ(merge({merged, merged}), merge({merged, bytes(0, 0)}));
    std::reverse(updates.begin(), updates.end());
    const Bytes reversed = merge(updates);
    for (ClientId client = 1; client <= 4; ++client) {
      EXPECT_EQ(units_of(reversed, client), want[client]);
    }
  }
}

// UPD-12.
TEST(Diff, IsWhatYjsReturns) {
  struct Case {
    std::string_view name;
    Bytes update;
    std::vector<StateVector::Entry> have;
    Bytes want;
  };
  const Bytes gap = bytes(1, 3, 5, 0, 0, 2, 10, 2, 0, 2, 0);
  const Case cases[] = {
      {"nothing known", text(0, 3), {}, text(0, 3)},
      {"all known: the delete set stays",
       bytes(1, 1, 5, 0, 0, 2, 1, 9, 1, 0, 1),
       {{5, 2}},
       bytes(0, 1, 9, 1, 0, 1)},
      {"known in part", text(0, 3), {{5, 2}}, text(2, 1)},
      {"another client known", text(0, 3), {{6, 9}}, text(0, 3)},
      {"a leading gap is left out", gap, {{5, 2}}, bytes(1, 1, 5, 4, 0, 2, 0)},
      {"a gap known in part is left out", gap, {{5, 3}}, bytes(1, 1, 5, 4, 0, 2, 0)},
      {"a gap after what is new stays", gap, {{5, 1}}, bytes(1, 3, 5, 1, 0, 1, 10, 2, 0, 2, 0)},
      {"deletes keep their order in a client",
       bytes(0, 2, 5, 2, 4, 1, 0, 2, 9, 1, 0, 1),
       {},
       bytes(0, 2, 9, 1, 0, 1, 5, 2, 4, 1, 0, 2)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(diff_update_v1(c.update, StateVector(c.have)), c.want);
  }
}

// UPD-13.
TEST(StateVectorFromUpdate, CountsToTheFirstGap) {
  const Bytes update = bytes(3, 1, 9, 0, 0, 4,            // from 0 on
                             3, 7, 0, 0, 1, 10, 2, 0, 5,  // with a gap
                             1, 5, 3, 0, 1,               // not from 0 on
                             0);
  EXPECT_EQ(state_vector_from_update_v1(update), bytes(2, 9, 4, 7, 1));
  EXPECT_EQ(state_vector_from_update_v1(bytes(0, 0)), bytes(0));
}

/// Sections of one collected unit each, of one client, with a gap before each but the first.
Bytes sections_with_gaps(std::size_t sections) {
  righttask::Writer writer;
  writer.var_uint(sections);
  for (std::size_t i = 0; i < sections; ++i) {
    writer.raw(bytes(1, 5));
    writer.var_uint(2 * i);
    writer.raw(bytes(0, 1));
  }
  writer.byte(0);
  return writer.take();
}

// UPD-11. Put in order, the gaps between them are structs, too: more than a stranger may send.
TEST(Diff, OfUpdatesOutOfOrderHasNoLimitOfItsOwn) {
  const Bytes update = sections_with_gaps(50'000);
  ASSERT_TRUE(Update::decode_v1(update));
  const auto diff = diff_update_v1(update, StateVector({{5, 99'998}}));
  ASSERT_TRUE(diff) << to_string(diff.error());
  EXPECT_EQ(*diff, bytes(1, 1, 5, 0x9e, 0x8d, 6, 0, 1, 0));
  EXPECT_EQ(state_vector_from_update_v1(update), bytes(1, 5, 1));
}

// UPD-14.
TEST(StateVector, WritesClientsDescendingAndKeepsTheLast) {
  const auto decoded = StateVector::decode(bytes(3, 5, 1, 9, 2, 5, 7));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->encode(), bytes(2, 9, 2, 5, 7));
  EXPECT_EQ(decoded->of(5), 7U);
  EXPECT_EQ(decoded->of(6), 0U);
  EXPECT_TRUE(decoded->contains(9));
  EXPECT_FALSE(decoded->contains(1));
}

TEST(StateVector, RefusesMalformedInput) {
  struct Case {
    std::string_view name;
    Bytes input;
    DecodeError want;
  };
  const Case cases[] = {
      {"empty", {}, DecodeError::truncated},
      {"2^31 entries in five bytes", bytes(0x80, 0x80, 0x80, 0x80, 0x08),
       DecodeError::count_exceeds_input},
      {"clock missing", bytes(1, 5), DecodeError::count_exceeds_input},
      {"clock cut", bytes(1, 5, 0x80), DecodeError::truncated},
      {"more after it", bytes(0, 0), DecodeError::trailing_bytes},
      {"client above 2^53-1", bytes(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0),
       DecodeError::integer_too_large},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(StateVector::decode(c.input).error(), c.want);
  }
}

TEST(DeleteSet, SortsAndJoins) {
  std::vector<DeleteRange> ranges = {{1, 5, 2}, {2, 0, 1}, {1, 0, 3}, {1, 3, 1}, {1, 6, 9}};
  sort_and_merge(ranges);
  ASSERT_EQ(ranges.size(), 3U);
  EXPECT_EQ(ranges[0].client, 2U);
  EXPECT_EQ(ranges[1].length, 4U);
  EXPECT_EQ(ranges[2].length, 10U);
}

}  // namespace
}  // namespace ydoc
