// What durability costs: acknowledged appends, loading, start-up. See run.sh.
//
//   store_bench DIRECTORY SECONDS

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "runtime/file_descriptor.h"
#include "runtime/loop.h"
#include "store/sqlite/sqlite_store.h"

namespace righttask::bench {
namespace {

using namespace righttask::store;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kUpdateBytes = 120;
constexpr int kInFlight = 8;  // appends of one room that wait for their answers

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

SharedBytes random_bytes(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.below(256));
  return share(std::move(bytes));
}

RoomName room(std::size_t number) {
  return RoomName::parse("room " + std::to_string(number)).value();
}

WallTime wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::unique_ptr<sqlite::SqliteStore> open(const std::string& directory) {
  auto store = sqlite::SqliteStore::open({.directory = directory, .log = ops::open_log("warn")});
  if (!store) {
    std::fprintf(stderr, "store_bench: %s\n", store.error().message.c_str());
    std::exit(1);
  }
  return std::move(*store);
}

/// A page overwritten in place and synced, over and over: the best that one writer can do.
std::vector<double> raw_syncs_ms(const std::string& directory, double seconds) {
  const std::string path = directory + "/raw";
  const runtime::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
  const std::vector<char> page(4096, 'x');
  for (int i = 0; i < 1024; ++i) {
    if (::pwrite(file.get(), page.data(), page.size(), i * 4096) < 0) std::exit(1);
  }
  ::fsync(file.get());
  std::vector<double> took;
  const auto start = Clock::now();
  for (int i = 0; ms_since(start) < seconds * 1e3; ++i) {
    const auto began = Clock::now();
    if (::pwrite(file.get(), page.data(), page.size(), i % 1024 * 4096) < 0) std::exit(1);
    if (::fdatasync(file.get()) != 0) std::exit(1);
    took.push_back(ms_since(began));
  }
  std::filesystem::remove(path);
  return took;
}

/// Each room has kInFlight appends under way; an answer brings the next.
class ClosedLoop {
 public:
  ClosedLoop(DocumentStore& store, std::size_t rooms) : store_(store), next_(rooms, 1) {}

  void run(double seconds) {
    const auto start = Clock::now();
    const StoreProbe before = store_.probe();
    for (std::size_t r = 0; r < next_.size(); ++r) {
      for (int i = 0; i < kInFlight; ++i) send(r);
    }
    while (ms_since(start) < seconds * 1e3) loop_.turn(std::chrono::milliseconds(10));
    elapsed_ms_ = ms_since(start);
    const StoreProbe after = store_.probe();
    acknowledged_ = took_.size();
    commits_ = after.commits - before.commits;
    stopping_ = true;
    while (in_flight_ > 0) loop_.turn(std::chrono::milliseconds(10));
  }

  void print() {
    const double rate = static_cast<double>(acknowledged_) / elapsed_ms_ * 1e3;
    std::printf("| %zu | %.0f | %.2f | %.2f | %.1f | %.0f |\n", next_.size(), rate,
                percentile(took_, 0.5), percentile(took_, 0.99),
                static_cast<double>(acknowledged_) / static_cast<double>(commits_),
                static_cast<double>(commits_) / elapsed_ms_ * 1e3);
  }

 private:
  void send(std::size_t r) {
    ++in_flight_;
    const auto began = Clock::now();
    store_.append({room(r), kFirstEpoch, Sequence{next_[r]++}, {{data_, "ann", wall_now()}}},
                  {[this](runtime::Task task) { loop_.post_answer(std::move(task)); },
                   [this, r, began](Result<Sequence, StoreError> result) {
                     --in_flight_;
                     if (!result) std::exit(1);
                     if (stopping_) return;
                     took_.push_back(ms_since(began));
                     send(r);
                   }});
  }

  DocumentStore& store_;
  runtime::Loop loop_;
  SharedBytes data_ = random_bytes(kUpdateBytes, 1);
  std::vector<std::uint64_t> next_;
  std::vector<double> took_;
  double elapsed_ms_ = 0;
  std::size_t acknowledged_ = 0;
  std::uint64_t commits_ = 0;
  int in_flight_ = 0;
  bool stopping_ = false;
};

template <typename T>
T wait_for(runtime::Loop& loop, const std::function<void(Reply<T>)>& ask) {
  std::optional<Result<T, StoreError>> answer;
  ask({[&loop](runtime::Task task) { loop.post_answer(std::move(task)); },
       [&](Result<T, StoreError> result) { answer = std::move(result); }});
  while (!answer) loop.turn(std::chrono::milliseconds(100));
  if (!*answer) std::exit(1);
  return std::move(**answer);
}

void fill(DocumentStore& store, runtime::Loop& loop, std::size_t rooms, std::size_t updates) {
  std::size_t waiting = 0;
  const SharedBytes data = random_bytes(kUpdateBytes, 2);
  for (std::size_t r = 0; r < rooms; ++r) {
    AppendRequest request{room(r), kFirstEpoch, Sequence{1}, {}};
    for (std::size_t i = 0; i < updates; ++i) request.updates.push_back({data, "ann", wall_now()});
    ++waiting;
    store.append(std::move(request),
                 {[&loop](runtime::Task task) { loop.post_answer(std::move(task)); },
                  [&](Result<Sequence, StoreError> result) {
                    if (!result) std::exit(1);
                    --waiting;
                  }});
  }
  while (waiting > 0) loop.turn(std::chrono::milliseconds(100));
}

void measure_load(const std::string& directory) {
  constexpr std::size_t kUpdates = 10'000;
  runtime::Loop loop;
  const auto store = open(directory);
  fill(*store, loop, 1, kUpdates);
  std::vector<double> wall, cpu;
  for (int i = 0; i < 20; ++i) {
    const auto start = Clock::now();
    const double before = cpu_ms();
    const auto loaded = wait_for<LoadedRoom>(
        loop, [&](Reply<LoadedRoom> reply) { store->load(room(0), std::move(reply)); });
    if (loaded.updates.size() != kUpdates) std::exit(1);
    wall.push_back(ms_since(start));
    cpu.push_back(cpu_ms() - before);
  }
  std::printf("\n| loading | ms | ms of CPU |\n| --- | ---: | ---: |\n");
  std::printf("| a room of %zu updates of %zu bytes, median of 20 | %.1f | %.1f |\n", kUpdates,
              kUpdateBytes, percentile(wall, 0.5), percentile(cpu, 0.5));
}

void measure_start(const std::string& directory) {
  constexpr std::size_t kRooms = 10'000;
  runtime::Loop loop;
  {
    const auto store = open(directory);
    fill(*store, loop, kRooms, 10);
  }
  const auto bytes = std::filesystem::file_size(directory + "/rooms.db");
  const auto first_join = [&](const char* what) {
    const auto start = Clock::now();
    const auto store = open(directory);
    const double opened = ms_since(start);
    (void)wait_for<LoadedRoom>(
        loop, [&](Reply<LoadedRoom> reply) { store->load(room(kRooms / 2), std::move(reply)); });
    std::printf("| %s | %.1f | %.1f |\n", what, opened, ms_since(start));
  };
  std::printf("\n| start with %zu rooms, %.0f MB on disk | opened, ms | first room loaded, ms |\n",
              kRooms, static_cast<double>(bytes) / 1e6);
  std::printf("| --- | ---: | ---: |\n");
  first_join("closed before");
  // A process that was killed leaves a log: here, a copy of one that was not closed.
  const std::string killed = directory + "-killed";
  std::filesystem::create_directory(killed);
  {
    const auto store = open(directory);
    runtime::Loop own;
    for (std::uint64_t i = 11; i < 400; ++i) {
      (void)wait_for<Sequence>(own, [&](Reply<Sequence> reply) {
        store->append({room(i),
                       kFirstEpoch,
                       Sequence{11},
                       {{random_bytes(kUpdateBytes, i), "ann", wall_now()}}},
                      std::move(reply));
      });
    }
    for (const char* file : {"/rooms.db", "/rooms.db-wal"}) {
      std::filesystem::copy_file(directory + file, killed + file);
    }
  }
  const auto start = Clock::now();
  const auto store = open(killed);
  const double opened = ms_since(start);
  (void)wait_for<LoadedRoom>(
      loop, [&](Reply<LoadedRoom> reply) { store->load(room(kRooms / 2), std::move(reply)); });
  std::printf("| killed before: log written back, structure checked | %.1f | %.1f |\n", opened,
              ms_since(start));
}

int run(const std::string& parent, double seconds) {
  const std::string base = parent + "/store-bench-" + std::to_string(::getpid());
  std::filesystem::create_directories(base);
  std::printf("| raw disk, 4 KiB written in place | syncs/s | p50, ms | p99, ms |\n");
  std::printf("| --- | ---: | ---: | ---: |\n");
  auto raw = raw_syncs_ms(base, seconds);
  const double rate = static_cast<double>(raw.size()) / seconds;
  std::printf("| `fdatasync` | %.0f | %.2f | %.2f |\n", rate, percentile(raw, 0.5),
              percentile(raw, 0.99));

  std::printf(
      "\n| rooms, %d in flight each | acknowledged/s | p50, ms | p99, ms | a sync | syncs/s |\n",
      kInFlight);
  std::printf("| ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::size_t rooms : {1u, 10u, 100u}) {
    const auto store = open(base + "/rooms-" + std::to_string(rooms));
    ClosedLoop closed(*store, rooms);
    closed.run(seconds);
    closed.print();
    std::fflush(stdout);
  }
  measure_load(base + "/load");
  measure_start(base + "/start");
  std::filesystem::remove_all(base);
  return 0;
}

}  // namespace
}  // namespace righttask::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: store_bench DIRECTORY SECONDS\n");
    return 2;
  }
  return righttask::bench::run(argv[1], std::atof(argv[2]));
}
