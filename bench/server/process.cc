#include "process.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace righttask::bench {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(const fs::path& path) {
  std::fprintf(stderr, "loadgen: cannot read %s\n", path.c_str());
  std::exit(2);
}

fs::path directory_of(pid_t process) {
  return fs::path("/proc") / std::to_string(process);
}

std::chrono::nanoseconds thread_cpu(const fs::path& thread) {
  std::ifstream file(thread / "schedstat");
  std::uint64_t on_cpu = 0;
  if (!(file >> on_cpu)) give_up(thread / "schedstat");
  return std::chrono::nanoseconds(on_cpu);
}

std::vector<fs::path> find_ksoftirqd() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "comm");
    std::string name;
    if (file >> name && name.starts_with("ksoftirqd/")) found.push_back(entry.path());
  }
  return found;
}

}  // namespace

Memory memory_of(pid_t process) {
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
  if (!found) give_up(path);
  return memory;
}

std::chrono::nanoseconds cpu_of(pid_t process) {
  std::chrono::nanoseconds sum{0};
  for (const auto& thread : fs::directory_iterator(directory_of(process) / "task")) {
    sum += thread_cpu(thread.path());
  }
  return sum;
}

std::chrono::nanoseconds user_cpu_of(pid_t process) {
  const auto path = directory_of(process) / "stat";
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  // The fields after the name, which is in parentheses and may hold anything: 3 (state) to 14.
  const std::size_t name_end = line.rfind(')');
  unsigned long long ticks = 0;
  if (name_end == std::string::npos ||
      std::sscanf(line.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu",
                  &ticks) != 1) {
    give_up(path);
  }
  const auto per_second = static_cast<unsigned long long>(sysconf(_SC_CLK_TCK));
  return std::chrono::nanoseconds(ticks * 1'000'000'000 / per_second);
}

std::chrono::nanoseconds cpu_of_ksoftirqd() {
  static const std::vector<fs::path> threads = find_ksoftirqd();
  std::chrono::nanoseconds sum{0};
  for (const auto& thread : threads) sum += thread_cpu(thread);
  return sum;
}

}  // namespace righttask::bench
