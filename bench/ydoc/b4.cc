// How fast and how small documents are: the editing trace B4 and small task lists.
//
//   bench_ydoc_b4 FINAL.v1.bin [RECORDED.updates]
//
// FINAL is a document as one V1 update, RECORDED what bench/ydoc/record.mjs writes. Prints median,
// fastest and slowest of the repetitions; memory is what the allocator hands out.

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/writer.h"
#include "ydoc/doc.h"

namespace {

using righttask::Bytes;
using righttask::ByteView;
using ydoc::Doc;

Bytes read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s cannot be read\n", path);
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

void report(const char* what, int repetitions, const std::function<void()>& run) {
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    times.push_back(took.count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%-44s %9.3f ms  (%.3f .. %.3f)\n", what, times[times.size() / 2], times.front(),
              times.back());
}

std::size_t allocated_bytes() {
  return mallinfo2().uordblks + mallinfo2().hblkhd;
}

/// Bytes per document of `count` documents made by `make`.
void report_memory(const char* what, int count, const std::function<Doc()>& make) {
  const std::size_t before = allocated_bytes();
  std::vector<Doc> docs;
  docs.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) docs.push_back(make());
  const std::size_t used = allocated_bytes() - before;
  std::printf("%-44s %9.1f kB each\n", what, static_cast<double>(used) / 1e3 / count);
}

std::vector<Bytes> split_updates(const Bytes& file) {
  std::vector<Bytes> updates;
  for (std::size_t at = 0; at + 4 <= file.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, file.data() + at, 4);
    at += 4;
    updates.emplace_back(file.begin() + static_cast<std::ptrdiff_t>(at),
                         file.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
  }
  return updates;
}

/// A document of `tasks` tasks, each a map of eight fields in the root map "tasks", as V1 update.
Bytes task_list(unsigned tasks) {
  constexpr std::uint8_t kItem = 0x20;  // has a key
  constexpr std::uint64_t kClient = 3149532311;
  constexpr const char* kFields[] = {"title",     "description", "priority",  "hours",
                                     "completed", "order",       "createdBy", "createdAt"};
  righttask::Writer w;
  w.var_uint(1);
  w.var_uint(tasks * (1 + std::size(kFields)));
  w.var_uint(kClient);
  w.var_uint(0);
  for (unsigned t = 0; t < tasks; ++t) {
    const std::string id = "6f1c2b9e-0000-4000-8000-0000000" + std::to_string(10000 + t);
    const unsigned clock = t * (1 + static_cast<unsigned>(std::size(kFields)));
    w.byte(kItem | 7);
    w.byte(1);
    w.var_string("tasks");
    w.var_string(id);
    w.byte(1);  // a map
    for (const char* field : kFields) {
      w.byte(kItem | 8);
      w.byte(0);
      w.var_uint(kClient);
      w.var_uint(clock);
      w.var_string(field);
      w.byte(1);
      w.byte(119);  // a string
      w.var_string("value of " + std::string(field));
    }
  }
  w.byte(0);
  return w.take();
}

Doc load(const Bytes& update) {
  Doc doc;
  CHECK(doc.apply_update_v1(update).has_value());
  return doc;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_ydoc_b4 FINAL.v1.bin [RECORDED.updates]\n");
    return 2;
  }
  const Bytes final = read_file(argv[1]);
  ydoc::Update update;
  report("decode B4", 201, [&] { CHECK(update.read_v1(final).has_value()); });
  report("load B4 (decode, apply, free)", 201, [&] { load(final); });
  {
    const Doc doc = load(final);
    std::size_t bytes = 0;
    report("encode B4", 201, [&] { bytes += doc.encode_state_as_update_v1().size(); });
    CHECK(doc.encode_state_as_update_v1() == final);
  }
  report_memory("100 loaded B4 documents", 100, [&] { return load(final); });

  const Bytes tasks = task_list(50);
  report("load 1,000 task lists of 50", 11, [&] {
    for (int i = 0; i < 1000; ++i) load(tasks);
  });
  report_memory("10,000 task lists of 50", 10000, [&] { return load(tasks); });

  if (argc > 2) {
    const std::vector<Bytes> recorded = split_updates(read_file(argv[2]));
    std::printf("%zu recorded updates\n", recorded.size());
    report("apply the recorded updates one by one", 7, [&] {
      Doc doc;
      for (const Bytes& small : recorded) CHECK(doc.apply_update_v1(small).has_value());
      CHECK(doc.encode_state_as_update_v1() == final);
    });
  }
  return 0;
}
