#include "ops/process_stats.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace righttask::ops {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Unix time of a moment that the kernel gives in ticks since the machine came up.
double unix_time_of(double ticks) {
  timespec wall{}, up{};
  clock_gettime(CLOCK_REALTIME, &wall);
  clock_gettime(CLOCK_BOOTTIME, &up);
  return static_cast<double>(wall.tv_sec - up.tv_sec) +
         static_cast<double>(wall.tv_nsec - up.tv_nsec) / 1e9 +
         ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Field 22 of /proc/self/stat (proc(5)). The program's name, in brackets, may hold anything.
double start_ticks() {
  std::ifstream file("/proc/self/stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  double ticks = 0;
  std::istringstream(field) >> ticks;
  return ticks;
}

std::uint64_t count_open_files() {
  std::error_code unreadable;
  const std::filesystem::directory_iterator files("/proc/self/fd", unreadable);
  if (unreadable) return 0;
  const auto counted = std::distance(begin(files), end(files));
  return static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(counted - 1, 0));  // not the folder's
}

}  // namespace

ProcessStats read_process_stats() {
  ProcessStats stats;
  std::uint64_t virtual_pages = 0, resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    stats.virtual_bytes = virtual_pages * page;
    stats.resident_bytes = resident_pages * page;
  }
  stats.open_files = count_open_files();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.open_files_max = limit.rlim_cur;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    stats.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  if (const double ticks = start_ticks(); ticks > 0) stats.started_at_seconds = unix_time_of(ticks);
  return stats;
}

}  // namespace righttask::ops
