#include "ops/exposition.h"

#include <prometheus/check_names.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <limits>
#include <sstream>

#include "base/check.h"

namespace righttask::ops {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

struct Exposition::Families {
  std::vector<prometheus::MetricFamily> all;

  std::vector<ClientMetric>& add(std::string_view name, std::string_view help, MetricType type) {
    CHECK(prometheus::CheckMetricName(std::string(name)));
    CHECK((type == MetricType::Counter) == name.ends_with("_total"));
    all.push_back({std::string(name), std::string(help), type, {}});
    return all.back().metric;
  }
};

Exposition::Exposition() : families_(std::make_unique<Families>()) {}
Exposition::~Exposition() = default;

void Exposition::counter(std::string_view name, std::string_view help, double value) {
  families_->add(name, help, MetricType::Counter).emplace_back().counter.value = value;
}

void Exposition::counters(std::string_view name, std::string_view help, std::string_view label,
                          const Labelled& values) {
  auto& metrics = families_->add(name, help, MetricType::Counter);
  for (const auto& [labelled, value] : values) {
    ClientMetric& metric = metrics.emplace_back();
    metric.label.push_back({std::string(label), labelled});
    metric.counter.value = static_cast<double>(value);
  }
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
  families_->add(name, help, MetricType::Gauge).emplace_back().gauge.value = value;
}

void Exposition::gauges(std::string_view name, std::string_view help, std::string_view label,
                        const Labelled& values) {
  auto& metrics = families_->add(name, help, MetricType::Gauge);
  for (const auto& [labelled, value] : values) {
    ClientMetric& metric = metrics.emplace_back();
    metric.label.push_back({std::string(label), labelled});
    metric.gauge.value = static_cast<double>(value);
  }
}

void Exposition::histogram(std::string_view name, std::string_view help,
                           const LatencyHistogram& value) {
  auto& histogram = families_->add(name, help, MetricType::Histogram).emplace_back().histogram;
  histogram.sample_count = value.count();
  histogram.sample_sum = seconds(value.sum());
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < LatencyHistogram::kBounds.size(); ++i) {
    so_far += value.count_in(i);
    histogram.bucket.push_back({so_far, seconds(LatencyHistogram::kBounds[i])});
  }
  histogram.bucket.push_back({value.count(), std::numeric_limits<double>::infinity()});
}

std::string Exposition::str() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_->all);
  return std::move(out).str();
}

}  // namespace righttask::ops
