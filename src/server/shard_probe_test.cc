#include "server/shard_probe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "model/messages.h"

namespace righttask::server {
namespace {

std::uint64_t total(const RefusalCounts& counts, std::string_view reason) {
  const auto found = std::ranges::find(counts.entries(), reason, &RefusalCounts::Entry::reason);
  return found == counts.entries().end() ? 0 : found->total;
}

TEST(RefusalCounts, EveryReasonIsThereBeforeItHappens) {
  const RefusalCounts counts;
  for (const Refusal refusal : {Refusal::invalid_update, Refusal::room_full, Refusal::forbidden}) {
    EXPECT_EQ(
        std::ranges::count(counts.entries(), to_string(refusal), &RefusalCounts::Entry::reason), 1)
        << to_string(refusal);
  }
  EXPECT_EQ(counts.entries().back().reason, "other");
}

TEST(RefusalCounts, WhatPeersSayMakesNoLabel) {  // MET-4
  RefusalCounts counts;
  const std::size_t before = counts.entries().size();
  counts.count("read_only");
  counts.count("read_only");
  for (int i = 0; i < 100; ++i) counts.count("made up " + std::to_string(i));
  EXPECT_EQ(total(counts, "read_only"), 2U);
  EXPECT_EQ(total(counts, "other"), 100U);
  EXPECT_EQ(counts.entries().size(), before);
}

}  // namespace
}  // namespace righttask::server
