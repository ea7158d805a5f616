#include "loadgen/process_usage.h"

#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

namespace righttask::loadgen {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

fs::path directory_of(pid_t process) {
  return fs::path("/proc") / std::to_string(process);
}

std::string unreadable(const fs::path& path) {
  return "cannot read " + path.string();
}

/// Zero for a thread that has just ended.
nanoseconds thread_cpu(const fs::path& thread) {
  std::ifstream file(thread / "schedstat");
  std::int64_t on_cpu = 0;
  return file >> on_cpu ? nanoseconds(on_cpu) : nanoseconds(0);
}

std::vector<fs::path> find_ksoftirqd() {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    std::ifstream file(entry.path() / "comm");
    std::string name;
    if (file >> name && name.starts_with("ksoftirqd/")) found.push_back(entry.path());
  }
  return found;
}

nanoseconds ksoftirqd_cpu() {
  static const std::vector<fs::path> threads = find_ksoftirqd();
  nanoseconds sum{0};
  for (const auto& thread : threads) sum += thread_cpu(thread);
  return sum;
}

/// Field 14 of stat. The name, in parentheses, may hold anything.
Result<nanoseconds, std::string> user_cpu(pid_t process) {
  const auto path = directory_of(process) / "stat";
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  unsigned long long ticks = 0;
  if (name_end == std::string::npos ||
      std::sscanf(line.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu",
                  &ticks) != 1) {
    return fail(unreadable(path));
  }
  const auto per_second = static_cast<unsigned long long>(sysconf(_SC_CLK_TCK));
  return nanoseconds(ticks * 1'000'000'000 / per_second);
}

}  // namespace

Result<Memory, std::string> memory_of(pid_t process) {
  const auto path = directory_of(process) / "smaps_rollup";
  std::ifstream file(path);
  Memory memory;
  std::string line;
  bool found = false;
  while (std::getline(file, line)) {
    unsigned long long kib = 0;
    if (std::sscanf(line.c_str(), "Private_Clean: %llu kB", &kib) == 1) {
      memory.private_bytes += kib * 1024;
    } else if (std::sscanf(line.c_str(), "Private_Dirty: %llu kB", &kib) == 1) {
      memory.private_bytes += kib * 1024;
      memory.dirty_bytes += kib * 1024;
      found = true;
    }
  }
  if (!found) return fail(unreadable(path));
  return memory;
}

Result<CpuTime, std::string> cpu_of(pid_t process) {
  const auto tasks = directory_of(process) / "task";
  CpuTime cpu;
  std::error_code error;
  for (const auto& thread : fs::directory_iterator(tasks, error)) {
    cpu.total += thread_cpu(thread.path());
  }
  if (error) return fail(unreadable(tasks));
  const auto user = user_cpu(process);
  if (!user) return fail(user.error());
  cpu.user = *user;
  cpu.ksoftirqd = ksoftirqd_cpu();
  return cpu;
}

nanoseconds own_cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace righttask::loadgen
