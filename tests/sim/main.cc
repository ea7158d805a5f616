// righttask-sim [--seed N] [--runs N] [--steps N]
//
// Runs simulations from one seed on, says of each what it saw, and stops at the first violation.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "simulation.h"

int main(int argc, char** argv) {
  using namespace righttask::sim;
  std::uint64_t seed = 1, runs = 1, steps = 4'000;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seed") {
      seed = value;
    } else if (name == "--runs") {
      runs = value;
    } else if (name == "--steps") {
      steps = value;
    } else {
      std::cerr << "usage: righttask-sim [--seed N] [--runs N] [--steps N]\n";
      return 2;
    }
  }
  for (std::uint64_t i = 0; i < runs; ++i, ++seed) {
    Report report;
    if (const auto broken = violation(seed, steps, Plant::none, &report)) {
      std::cerr << "seed " << seed << ": " << *broken << "\n";
      return 1;
    }
    std::cout << "seed " << seed << ": " << report.acknowledged << " acknowledged, "
              << report.crashes << " crashes, " << report.disk_faults << " disk faults, "
              << report.appends_refused << " appends refused, " << report.rooms_loaded << " loads, "
              << report.snapshots << " snapshots, "
              << std::chrono::duration<double>(report.time).count() << " s\n";
  }
  return 0;
}
