#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ops/latency_histogram.h"

namespace righttask::ops {

/// Values as a Prometheus server reads them, text format 0.0.4. Made anew for each scrape from
/// what the parts have counted, so that counting needs no registry and no lock.
class Exposition {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  /// One value for each of a bounded set of labels.
  using Labelled = std::vector<std::pair<std::string, std::uint64_t>>;

  Exposition();
  ~Exposition();
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  /// Only grows while the process lives. The name ends in `_total`.
  void counter(std::string_view name, std::string_view help, double value);
  void counters(std::string_view name, std::string_view help, std::string_view label,
                const Labelled& values);
  void gauge(std::string_view name, std::string_view help, double value);
  void gauges(std::string_view name, std::string_view help, std::string_view label,
              const Labelled& values);
  /// In seconds.
  void histogram(std::string_view name, std::string_view help, const LatencyHistogram& value);

  [[nodiscard]] std::string str() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace righttask::ops
