#include <algorithm>

#include "base/check.h"
#include "ydoc/codec/convert.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/merge.h"

namespace {

using ydoc::Bytes;
using ydoc::ByteView;
using Ranges = std::vector<ydoc::DeleteRange>;

bool same(const Ranges& a, const Ranges& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.client == y.client && x.clock == y.clock && x.length == y.length;
  });
}

/// The units that an update holds, and those it deletes.
struct Effect {
  Ranges units;
  Ranges deletes;

  void add(ByteView bytes) {
    const auto update = ydoc::Update::decode_v1(bytes);
    CHECK(update);
    for (const auto& block : update->blocks) {
      if (block.kind == ydoc::ContentKind::skip) continue;
      units.push_back({block.id.client, block.id.clock, block.length});
    }
    deletes.insert(deletes.end(), update->deletes.begin(), update->deletes.end());
    ydoc::sort_and_merge(units);
    ydoc::sort_and_merge(deletes);
  }
  bool operator==(const Effect& other) const {
    return same(units, other.units) && same(deletes, other.deletes);
  }
};

Effect effect_of(const std::vector<ByteView>& updates) {
  Effect effect;
  for (const auto update : updates) effect.add(update);
  return effect;
}

void check_diff(ByteView update, std::uint8_t cut) {
  std::vector<ydoc::StateVector::Entry> entries;
  Effect want = effect_of({update});
  for (const auto& range : want.units) {
    entries.push_back({range.client, range.clock + range.length * cut / 255});
  }
  const ydoc::StateVector have{entries};
  const auto diff = ydoc::diff_update_v1(update, have);
  CHECK(diff);
  Ranges beyond;
  for (const auto& range : want.units) {
    const auto end = range.clock + range.length;
    const auto from = std::max(range.clock, have.of(range.client));
    if (from < end) beyond.push_back({range.client, from, end - from});
  }
  want.units = std::move(beyond);
  CHECK(effect_of({*diff}) == want);
}

constexpr auto kTrusted = ydoc::DecodeLimits::trusted();

/// Where the two encodings may differ is not in V1 that has been V2: in deletions out of order,
/// numbers that JSON cannot say, and the key bit of a struct that has been cut.
ydoc::Decoded<Bytes> settled(ByteView v2) {
  return ydoc::convert_v2_to_v1(v2, kTrusted);
}
ydoc::Decoded<Bytes> settled_v1(ByteView v1) {
  const auto v2 = ydoc::convert_v1_to_v2(v1, kTrusted);
  CHECK(v2);
  return settled(*v2);
}

/// V2 of the same updates says the same of them.
void check_v2(const std::vector<ByteView>& updates, ByteView merged, std::uint8_t cut) {
  std::vector<Bytes> in_v2;
  for (const auto update : updates) {
    auto converted = ydoc::convert_v1_to_v2(update);
    CHECK(converted);
    in_v2.push_back(std::move(*converted));
  }
  const std::vector<ByteView> views(in_v2.begin(), in_v2.end());
  const auto merged_v2 = ydoc::merge_updates_v2(views, kTrusted);
  CHECK(merged_v2 && settled(*merged_v2) == settled_v1(merged));
  for (std::size_t i = 0; i < updates.size(); ++i) {
    const auto state = ydoc::state_vector_from_update_v1(updates[i]);
    CHECK(state && ydoc::state_vector_from_update_v2(views[i], kTrusted) == state);
    const auto meta = ydoc::parse_update_meta_v1(updates[i]);
    CHECK(meta && ydoc::parse_update_meta_v2(views[i], kTrusted) == meta);
    std::vector<ydoc::StateVector::Entry> some(meta->to.entries().begin(),
                                               meta->to.entries().end());
    for (auto& entry : some) entry.clock = entry.clock * cut / 255;
    const ydoc::StateVector have(std::move(some));
    const auto diff = ydoc::diff_update_v1(updates[i], have);
    CHECK(diff);
    const auto diff_v2 = ydoc::diff_update_v2(views[i], have, kTrusted);
    CHECK(diff_v2 && settled(*diff_v2) == settled_v1(*diff));
  }
}

}  // namespace

// Merging holds the units and deletes of all inputs, in whatever order, once; a diff holds those
// beyond the state vector. In V2 it comes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const ByteView rest(data + 2, size - 2);
  const std::size_t split = std::min<std::size_t>(data[0], rest.size());
  const std::vector<ByteView> updates = {rest.first(split), rest.subspan(split)};
  for (const auto update : updates) {
    const auto decoded = ydoc::Update::decode_v1(update);
    if (!decoded) return 0;
    for (const auto& block : decoded->blocks) {
      if (block.length > (1u << 30)) return 0;  // keeps the check's products in range
    }
  }
  const auto merged = ydoc::merge_updates_v1(updates);
  CHECK(merged);
  const Effect want = effect_of(updates);
  CHECK(effect_of({*merged}) == want);
  const auto swapped = ydoc::merge_updates_v1(std::vector{updates[1], updates[0]});
  CHECK(swapped && effect_of({*swapped}) == want);
  for (const auto update : updates) {
    const auto again = ydoc::merge_updates_v1(std::vector<ByteView>{*merged, update});
    CHECK(again && effect_of({*again}) == want);
    CHECK(ydoc::state_vector_from_update_v1(update));
  }
  check_diff(*merged, data[1]);
  check_diff(updates[0], data[1]);
  check_v2(updates, *merged, data[1]);
  return 0;
}
