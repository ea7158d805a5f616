// Loads a running server and prints one line of JSON with what it measured. See run.sh.
//
//   loadgen memory PORT PID PER_ROOM COUNT...
//   loadgen fanout PORT PID MEMBERS SENDERS RATE_HZ SECONDS
//   loadgen durable PORT PID ROOMS IN_FLIGHT SECONDS
//   loadgen write PORT PID ROOMS UPDATES_EACH
//   loadgen join PORT PID

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "process.h"
#include "swarm.h"

namespace righttask::bench {
namespace {

constexpr std::uint64_t kFirstClient = 1'000'000;  // Yjs client id of sender 0
constexpr std::uint32_t kStranger = 1'000'000;  // from here on not ours: a flood's (bench/limits)

void append_var_uint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

std::uint64_t take_var_uint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !in.empty() && shift < 63; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) break;
  }
  return value;
}

/// A typed character: the V1 update by which `client` appends "x" to what it has written in the
/// text "t". Source: Yjs 13.6, Item.write and writeClientsStructs.
///
/// update := 1:sections 1:structs client clock info [origin | parent] content 0:deletions
std::string typed_character(std::uint64_t client, std::uint64_t clock) {
  constexpr std::uint8_t kString = 4;
  constexpr std::uint8_t kHasOrigin = 0x80;
  std::string update{'\1', '\1'};
  append_var_uint(update, client);
  append_var_uint(update, clock);
  if (clock == 0) {
    update += static_cast<char>(kString);
    update += "\1\1t";  // the parent is a root, by name
  } else {
    update += static_cast<char>(kString | kHasOrigin);
    append_var_uint(update, client);
    append_var_uint(update, clock - 1);
  }
  update += "\1x";
  update += '\0';
  return update;
}

struct Author {
  std::uint32_t sender;
  std::uint64_t clock;
};

Author author_of(std::string_view update) {
  update.remove_prefix(std::min<std::size_t>(2, update.size()));
  const std::uint64_t client = take_var_uint(update);
  return {static_cast<std::uint32_t>(client - kFirstClient), take_var_uint(update)};
}

int measure_memory(std::uint16_t port, pid_t server, std::uint32_t per_room,
                   const std::vector<std::uint32_t>& counts) {
  Swarm swarm(port);
  std::string steps;
  for (const std::uint32_t count : counts) {
    swarm.grow(count, per_room);
    swarm.settle();
    const Memory memory = memory_of(server);
    char step[128];
    std::snprintf(step, sizeof step, "%s{\"connections\":%u,\"private\":%llu,\"dirty\":%llu}",
                  steps.empty() ? "" : ",", count,
                  static_cast<unsigned long long>(memory.private_bytes),
                  static_cast<unsigned long long>(memory.dirty_bytes));
    steps += step;
  }
  std::printf("{\"steps\":[%s]}\n", steps.c_str());
  return 0;
}

struct Load {
  std::uint32_t members;
  std::uint32_t senders;
  std::uint32_t rate_hz;  // of each sender
  std::uint32_t seconds;
};

/// One room. Senders take turns at even distances, so that nothing but chance lets the server
/// merge two updates into one send.
class Fanout {
 public:
  Fanout(std::uint16_t port, const Load& load) : swarm_(port), load_(load), clocks_(load.senders) {
    sent_at_.resize(load.senders);
    swarm_.grow(load.members, load.members);
    swarm_.on_update(
        [this](std::uint32_t member, std::string_view update) { take(member, update); });
    received_.resize(load.members);
  }

  int run(pid_t server) {
    type(load_.senders * load_.rate_hz);  // a second that does not count
    const std::uint64_t before_updates = swarm_.updates_received();
    latencies_.clear();

    const auto server_before = cpu_of(server);
    const auto user_before = user_cpu_of(server);
    const auto kernel_before = cpu_of_ksoftirqd();
    const auto own_before = cpu_of(getpid());
    const auto start = Clock::now();
    type(std::uint64_t{load_.senders} * load_.rate_hz * load_.seconds);
    const auto elapsed = Clock::now() - start;
    const auto server_cpu = cpu_of(server) - server_before;
    const auto user_cpu = user_cpu_of(server) - user_before;
    const auto kernel_cpu = cpu_of_ksoftirqd() - kernel_before;
    const auto own_cpu = cpu_of(getpid()) - own_before;

    if (!delivered_exactly()) return 1;
    const std::uint64_t deliveries = swarm_.updates_received() - before_updates;
    std::ranges::sort(latencies_);
    const auto percentile = [&](double p) {
      const auto rank = static_cast<std::size_t>(p * static_cast<double>(latencies_.size() - 1));
      return static_cast<double>(latencies_[rank].count()) / 1000.0;
    };
    std::printf(
        "{\"deliveries\":%llu,\"seconds\":%.3f,\"server_ns\":%lld,\"user_ns\":%lld,\"ksoftirqd_"
        "ns\":%lld,"
        "\"generator_ns\":%lld,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n",
        static_cast<unsigned long long>(deliveries), std::chrono::duration<double>(elapsed).count(),
        static_cast<long long>(server_cpu.count()), static_cast<long long>(user_cpu.count()),
        static_cast<long long>(kernel_cpu.count()), static_cast<long long>(own_cpu.count()),
        percentile(0.5), percentile(0.99), percentile(1.0));
    return 0;
  }

 private:
  /// Sends this many updates at the load's pace, and returns once all have arrived.
  void type(std::uint64_t count) {
    const auto gap =
        std::chrono::nanoseconds(std::chrono::seconds(1)) / (load_.senders * load_.rate_hz);
    auto due = Clock::now();
    for (std::uint64_t i = 0; i < count; ++i, due += gap) {
      swarm_.run_until(due);
      const auto sender = static_cast<std::uint32_t>(i % load_.senders);
      const std::string update = typed_character(kFirstClient + sender, clocks_[sender]++);
      sent_at_[sender].push_back(Clock::now());
      swarm_.push_update(sender, update);
    }
    swarm_.settle();
    swarm_.settle();  // the first heartbeat of a member may overtake another's push
    typed_ += count;
    swarm_.await_answers(typed_);
  }

  void take(std::uint32_t member, std::string_view update) {
    const Author author = author_of(update);
    if (author.sender >= kStranger) return;
    if (author.sender >= load_.senders || author.clock >= clocks_[author.sender]) {
      std::fprintf(stderr, "loadgen: an update nobody sent\n");
      std::exit(1);
    }
    ++received_[member];
    latencies_.push_back(Clock::now() - sent_at_[author.sender][author.clock]);
  }

  /// Every member has had every update but its own, and every push has been answered.
  [[nodiscard]] bool delivered_exactly() const {
    std::uint64_t sent = 0;
    for (const std::uint64_t clock : clocks_) sent += clock;
    bool exact = swarm_.pushes_answered() == sent;
    for (std::uint32_t i = 0; i < load_.members; ++i) {
      const std::uint64_t own = i < load_.senders ? clocks_[i] : 0;
      exact = exact && received_[i] == sent - own;
    }
    if (!exact) std::fprintf(stderr, "loadgen: deliveries are missing or too many\n");
    return exact;
  }

  Swarm swarm_;
  Load load_;
  std::vector<std::uint64_t> clocks_;  // next, by sender
  std::uint64_t typed_ = 0;
  std::vector<std::vector<Clock::time_point>> sent_at_;
  std::vector<std::uint64_t> received_;  // by member
  std::vector<std::chrono::nanoseconds> latencies_;
};

/// One writer in each room, who always waits for so many acknowledgements.
class ClosedLoop {
 public:
  ClosedLoop(std::uint16_t port, std::uint32_t rooms) : swarm_(port), clocks_(rooms), sent_(rooms) {
    swarm_.grow(rooms, 1);
  }

  int run(pid_t server, std::uint32_t in_flight, std::chrono::nanoseconds time) {
    swarm_.on_answer([this](std::uint32_t member) {
      latencies_.push_back(Clock::now() - sent_[member].front());
      sent_[member].pop_front();
      if (going_on_) push(member);
    });
    going_on_ = true;
    for (std::uint32_t i = 0; i < in_flight; ++i) {
      for (std::uint32_t member = 0; member < clocks_.size(); ++member) push(member);
    }
    swarm_.run_until(Clock::now() + std::chrono::milliseconds(500));  // does not count
    latencies_.clear();
    const auto cpu = cpu_of(server);
    const auto start = Clock::now();
    swarm_.run_until(start + time);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const auto server_ns = (cpu_of(server) - cpu).count();
    const std::size_t acknowledged = latencies_.size();
    going_on_ = false;
    swarm_.await_answers(pushed_);
    latencies_.resize(acknowledged);
    std::ranges::sort(latencies_);
    const auto percentile = [&](double p) {
      const auto rank = static_cast<std::size_t>(p * static_cast<double>(acknowledged - 1));
      return static_cast<double>(latencies_[rank].count()) / 1000.0;
    };
    std::printf(
        "{\"acks\":%zu,\"seconds\":%.3f,\"server_ns\":%lld,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
        acknowledged, seconds, static_cast<long long>(server_ns), percentile(0.5),
        percentile(0.99));
    return 0;
  }

  /// So many updates into every room, all acknowledged.
  void write(std::uint64_t each) {
    for (std::uint64_t i = 0; i < each; ++i) {
      for (std::uint32_t member = 0; member < clocks_.size(); ++member) push(member);
      if (pushed_ - swarm_.pushes_answered() > 1000) swarm_.await_answers(pushed_);
    }
    swarm_.await_answers(pushed_);
  }

 private:
  void push(std::uint32_t member) {
    ++pushed_;
    sent_[member].push_back(Clock::now());
    swarm_.push_update(member, typed_character(kFirstClient + member, clocks_[member]++));
  }

  Swarm swarm_;
  std::vector<std::uint64_t> clocks_;
  std::vector<std::deque<Clock::time_point>> sent_;
  std::vector<std::chrono::nanoseconds> latencies_;
  std::uint64_t pushed_ = 0;
  bool going_on_ = false;
};

/// What joining a room costs the server.
int measure_join(std::uint16_t port, pid_t server) {
  const auto cpu = cpu_of(server);
  const auto start = Clock::now();
  Swarm swarm(port);
  swarm.grow(1, 1);
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  std::printf("{\"ms\":%.3f,\"server_ns\":%lld}\n", ms,
              static_cast<long long>((cpu_of(server) - cpu).count()));
  return 0;
}

bool numbers(int argc, char** argv, std::vector<std::uint32_t>& out) {
  for (int i = 2; i < argc; ++i) {
    const char* end = argv[i] + std::strlen(argv[i]);
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(argv[i], end, value);
    if (error != std::errc() || stop != end) return false;
    out.push_back(value);
  }
  return true;
}

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  std::vector<std::uint32_t> args;
  if (numbers(argc, argv, args)) {
    if (mode == "memory" && args.size() >= 4 && args[2] > 0) {
      return measure_memory(static_cast<std::uint16_t>(args[0]), static_cast<pid_t>(args[1]),
                            args[2], {args.begin() + 3, args.end()});
    }
    if (mode == "fanout" && args.size() == 6 && args[3] > 0 && args[3] <= args[2] && args[4] > 0) {
      const Load load{args[2], args[3], args[4], args[5]};
      return Fanout(static_cast<std::uint16_t>(args[0]), load).run(static_cast<pid_t>(args[1]));
    }
  }
  if (mode == "durable" && args.size() == 5 && args[2] > 0 && args[3] > 0) {
    return ClosedLoop(static_cast<std::uint16_t>(args[0]), args[2])
        .run(static_cast<pid_t>(args[1]), args[3], std::chrono::seconds(args[4]));
  }
  if (mode == "write" && args.size() == 4 && args[2] > 0) {
    ClosedLoop(static_cast<std::uint16_t>(args[0]), args[2]).write(args[3]);
    std::puts("{}");
    return 0;
  }
  if (mode == "join" && args.size() == 2) {
    return measure_join(static_cast<std::uint16_t>(args[0]), static_cast<pid_t>(args[1]));
  }
  std::fprintf(stderr,
               "usage: loadgen memory PORT PID PER_ROOM COUNT...\n"
               "       loadgen fanout PORT PID MEMBERS SENDERS RATE_HZ SECONDS\n"
               "       loadgen durable PORT PID ROOMS IN_FLIGHT SECONDS\n"
               "       loadgen write PORT PID ROOMS UPDATES_EACH\n"
               "       loadgen join PORT PID\n");
  return 2;
}

}  // namespace
}  // namespace righttask::bench

int main(int argc, char** argv) {
  return righttask::bench::main(argc, argv);
}
