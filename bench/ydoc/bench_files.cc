#include "bench_files.h"

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace bench {
namespace {

double now_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

std::uint32_t word(ByteView bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

}  // namespace

Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "ydoc_bench: cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::vector<Bytes> read_updates(const std::string& path) {
  const Bytes bytes = read_bytes(path);
  const ByteView view = bytes;
  std::vector<Bytes> updates;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = word(view, at);
    const ByteView update = view.subspan(at + 4, size);
    updates.emplace_back(update.begin(), update.end());
    at += 4 + size;
  }
  return updates;
}

std::string hash(ByteView bytes) {
  std::uint32_t value = 0x811c9dc5;
  for (const auto byte : bytes) value = (value ^ byte) * 0x01000193;
  char text[9];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

std::string canonical(const ydoc::Any& value) {
  std::string out;
  if (const auto* array = value.as<ydoc::Any::Array>()) {
    for (const auto& element : *array) out += (out.empty() ? "" : ",") + canonical(element);
    return "[" + out + "]";
  }
  if (const auto* object = value.as<ydoc::Any::Object>()) {
    auto members = *object;
    std::ranges::sort(members, [](const auto& left, const auto& right) {
      const auto& [left_key, left_value] = left;
      const auto& [right_key, right_value] = right;
      return left_key < right_key;
    });
    for (const auto& [key, member] : members) {
      if (!out.empty()) out += ',';
      ydoc::append_json(out, ydoc::Any{key});
      out += ':' + canonical(member);
    }
    return "{" + out + "}";
  }
  ydoc::append_json(out, value);
  return out;
}

double cpu_ns() {
  return now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double wall_ns() {
  return now_ns(CLOCK_MONOTONIC);
}

std::size_t private_bytes() {
  malloc_trim(0);
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::size_t kilobytes = 0;
  for (std::string line; std::getline(rollup, line);) {
    if (!line.starts_with("Private_") || line.starts_with("Private_Hugetlb")) continue;
    kilobytes += std::strtoull(line.c_str() + line.find(':') + 1, nullptr, 10);
  }
  return kilobytes * 1024;
}

}  // namespace bench
