#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "bench_files.h"

// Repeats a job long enough to be measured; the same procedure as in peers/harness.

namespace bench {

struct Limits {
  std::size_t samples = 3;
  double min_ns = 10e6;       // a sample repeats the job for at least this long
  double warm_ns = 300e6;     // so long the job is repeated before it is measured
  double budget_ns = 1000e6;  // no more samples after this long, but two at least
};

/// One thing to measure. Only `run` is timed; `rewind` comes before each sample, `prepare`
/// makes what one repetition needs, and `verify` says what one more repetition came to, as
/// members of a JSON object.
template <typename Rewind, typename Prepare, typename Run, typename Verify>
struct Job {
  Rewind rewind;
  Prepare prepare;
  Run run;
  Verify verify;
};

template <typename Rewind, typename Prepare, typename Run, typename Verify>
Job(Rewind, Prepare, Run, Verify) -> Job<Rewind, Prepare, Run, Verify>;

struct Sample {
  double cpu = 0;
  double wall = 0;
  std::size_t repetitions = 0;
};

inline constexpr std::size_t kBatchMax = 1000;

template <typename AnyJob>
Sample sample(AnyJob& job, double min_ns, std::size_t& batch) {
  job.rewind();
  Sample sum;
  while (sum.cpu < min_ns && sum.wall < 4 * min_ns) {
    std::vector<decltype(job.prepare())> states;
    for (std::size_t i = 0; i < batch; ++i) states.push_back(job.prepare());
    std::vector<decltype(job.run(states[0]))> outputs;
    outputs.reserve(batch);
    const double wall = wall_ns();
    const double cpu = cpu_ns();
    for (auto& state : states) outputs.push_back(job.run(state));
    const double spent = cpu_ns() - cpu;
    sum.cpu += spent;
    sum.wall += wall_ns() - wall;
    sum.repetitions += batch;
    // Short jobs run in batches, so that reading the clock does not count.
    if (spent < min_ns / 10 && batch < kBatchMax) batch *= 2;
  }
  return sum;
}

inline std::string list(const std::vector<double>& numbers) {
  std::string out;
  for (const double number : numbers) {
    char text[32];
    std::snprintf(text, sizeof text, "%s%.0f", out.empty() ? "" : ",", number);
    out += text;
  }
  return "[" + out + "]";
}

/// The fields of the output line that the job's metric gets.
template <typename AnyJob>
std::string measure(AnyJob job, const Limits& limits) {
  std::size_t batch = 1;
  for (double spent = 0; spent < limits.warm_ns;) spent += sample(job, limits.min_ns, batch).cpu;
  std::vector<double> cpu;
  std::vector<double> wall;
  std::size_t repetitions = 0;
  for (double spent = 0;
       cpu.size() < limits.samples && (spent < limits.budget_ns || cpu.size() < 2);) {
    const Sample one = sample(job, limits.min_ns, batch);
    cpu.push_back(one.cpu / static_cast<double>(one.repetitions));
    wall.push_back(one.wall / static_cast<double>(one.repetitions));
    repetitions = one.repetitions;
    spent += one.cpu;
  }
  job.rewind();
  auto state = job.prepare();
  auto output = job.run(state);
  return "\"cpu\":" + list(cpu) + ",\"wall\":" + list(wall) +
         ",\"repetitions\":" + std::to_string(repetitions) + ",\"check\":{" +
         job.verify(std::move(state), std::move(output)) + "}";
}

}  // namespace bench
