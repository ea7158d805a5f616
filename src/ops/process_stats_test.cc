#include "ops/process_stats.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <numeric>
#include <vector>

namespace righttask::ops {
namespace {

TEST(ProcessStats, FollowWhatTheProcessTakes) {
  const ProcessStats before = read_process_stats();
  const std::ifstream another("/proc/self/stat");
  std::vector<int> taken(16u << 20);
  std::iota(taken.begin(), taken.end(), 1);
  const ProcessStats after = read_process_stats();
  EXPECT_EQ(after.open_files, before.open_files + 1);
  EXPECT_GE(after.open_files_max, after.open_files);
  EXPECT_GE(after.resident_bytes, before.resident_bytes + (48u << 20)) << taken.back();
  EXPECT_GE(after.virtual_bytes, after.resident_bytes);
  EXPECT_GE(after.cpu_seconds, before.cpu_seconds);
  EXPECT_GT(after.cpu_seconds, 0);
}

TEST(ProcessStats, TheProcessBeganInThePast) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const ProcessStats stats = read_process_stats();
  EXPECT_LE(stats.started_at_seconds, now + 1);
  EXPECT_GT(stats.started_at_seconds, now - 86'400);
  EXPECT_NEAR(stats.started_at_seconds, read_process_stats().started_at_seconds, 1);
}

}  // namespace
}  // namespace righttask::ops
