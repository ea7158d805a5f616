#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/histogram.h"
#include "loadgen/plan.h"
#include "loadgen/process_usage.h"
#include "loadgen/trace.h"

namespace righttask::loadgen {

/// What the processes used in a phase.
struct Usage {
  std::chrono::nanoseconds elapsed{0};
  std::chrono::nanoseconds generator{0};
  std::optional<CpuTime> server;

  /// Of one core.
  [[nodiscard]] double generator_share() const {
    return elapsed.count() == 0
               ? 0
               : static_cast<double>(generator.count()) / static_cast<double>(elapsed.count());
  }
  /// Process and ksoftirqd, in nanoseconds.
  [[nodiscard]] std::optional<double> server_ns() const {
    if (!server) return std::nullopt;
    return static_cast<double>((server->total + server->ksoftirqd).count());
  }
};

struct MemoryStep {
  std::uint32_t connections = 0;
  Memory memory;
};

/// Connections that were opened until all were in.
struct Joining {
  std::uint32_t connections = 0;
  std::uint32_t attempts_failed = 0;   // were tried again
  std::uint32_t others_gone = 0;       // connections lost that had been in
  std::string first_failure;           // in words
  double generator_share = 0;          // of its core, until all were in
  std::chrono::nanoseconds all_in{0};  // from the first attempt of all
  Histogram took;                      // from the first attempt of each
  Usage usage;                         // what joining set off included, as far as clients see it
};

struct Loading {
  std::chrono::nanoseconds sending{0};  // of `usage.elapsed`, while updates were sent
  std::uint64_t sent = 0;
  Deliveries deliveries;
  std::uint64_t lost = 0;
  Histogram latencies;
  std::uint64_t acknowledged = 0;
  std::uint64_t unanswered = 0;
  Histogram ack_latencies;
  double target_rate = 0;              // updates a second in all; 0 in a closed loop
  std::chrono::nanoseconds behind{0};  // the most by which the generator was late
  std::uint32_t gone = 0;              // connections lost, slow readers not counted
  std::uint32_t deaf_gone = 0;         // slow readers that the server has closed
  std::uint32_t refused = 0;           // updates and clients
  std::string first_fault;             // in words
  std::optional<Memory> memory_peak;   // read while there were slow readers
  Usage usage;
};

struct Report {
  std::vector<MemoryStep> memory;
  Joining joining;
  std::optional<Joining> storm;
  std::optional<Loading> load;

  /// A generator busier than this cannot be trusted: what it measures is itself.
  static constexpr double kGeneratorShareMax = 0.85;

  /// Whether the generator was the bottleneck, or could not keep its own pace; the run then does
  /// not count.
  [[nodiscard]] bool overloaded() const;

  /// What went wrong on the server's side, in sentences: deliveries lost or repeated, connections
  /// lost, updates refused.
  [[nodiscard]] std::vector<std::string> faults() const;
};

[[nodiscard]] std::string to_json(const Plan& plan, const Report& report);
[[nodiscard]] std::string to_table(const Plan& plan, const Report& report);

}  // namespace righttask::loadgen
