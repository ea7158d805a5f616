#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "loadgen/plan.h"

namespace righttask::app {

struct Exit;

/// `righttask bench`, understood.
struct BenchCommand {
  loadgen::Plan plan;
  std::filesystem::path json_file;  // empty: none; "-": standard output, instead of the table
  bool quiet = false;               // no line a second on standard error
};

/// The verb `bench` of the command line.
class BenchVerb {
 public:
  /// Declares it on the program.
  explicit BenchVerb(CLI::App& program);

  /// Nothing unless it was asked for. The error is a sentence.
  [[nodiscard]] std::optional<Result<BenchCommand, std::string>> understand() const;

 private:
  void declare_crowd();
  void declare_load();
  void declare_output();
  [[nodiscard]] Result<BenchCommand, std::string> read() const;

  CLI::App* verb_ = nullptr;
  std::string url_;
  std::string dialect_ = "phoenix";
  std::uint32_t connections_ = 100;
  std::uint32_t rooms_ = 0;
  std::uint32_t members_per_room_ = 0;
  std::uint32_t slow_per_room_ = 0;
  std::string room_prefix_ = "bench-";
  std::string token_;
  std::vector<std::string> from_;
  double ramp_ = 0;
  std::uint32_t handshakes_ = 200;
  std::vector<std::uint32_t> memory_at_;
  std::uint32_t senders_ = 0;
  double rate_ = 1;
  std::uint32_t in_flight_ = 0;
  std::uint64_t updates_each_ = 0;
  std::uint32_t text_bytes_ = 1;
  double duration_ = 10;
  double warm_up_ = 1;
  double settle_ = 0.5;
  double patience_ = 60;
  std::uint32_t rest_ = 0;
  std::uint32_t storm_ = 0;
  std::uint32_t pid_ = 0;
  std::string json_;
  bool quiet_ = false;
};

// Exit codes of `righttask bench`.
inline constexpr int kBenchSound = 0;
inline constexpr int kBenchFaults = 1;      // deliveries were lost or repeated, connections lost
inline constexpr int kBenchUnusable = 2;    // wrong use, or there was nothing to measure
inline constexpr int kBenchOverloaded = 3;  // the generator was the bottleneck: does not count

/// Runs it; blocks until it is over. `client_seed` picks the Yjs client ids, so that those of two
/// runs on one server differ.
[[nodiscard]] Exit run_bench(BenchCommand command, std::uint32_t client_seed);

}  // namespace righttask::app
