#include "loadgen/report.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace righttask::loadgen {
namespace {

using std::chrono::nanoseconds;

[[gnu::format(printf, 1, 2)]] std::string text_of(const char* form, ...) {
  char text[256];
  va_list values;
  va_start(values, form);
  std::vsnprintf(text, sizeof text, form, values);
  va_end(values);
  return text;
}

/// "12,345".
std::string grouped(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

double ms(nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}
double in_seconds(nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}
double mib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1u << 20);
}
double per(double amount, std::uint64_t count) {
  return count == 0 ? 0 : amount / static_cast<double>(count);
}

/// One JSON object, members in the order given.
class Object {
 public:
  Object& raw(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? "{" : ",";
    text_ += '"';
    text_ += name;
    text_ += "\":";
    text_ += json;
    return *this;
  }
  Object& number(std::string_view name, std::uint64_t value) {
    return raw(name, std::to_string(value));
  }
  Object& real(std::string_view name, double value) { return raw(name, text_of("%.6g", value)); }
  Object& truth(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  Object& string(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }

  [[nodiscard]] std::string str() const { return text_.empty() ? "{}" : text_ + "}"; }

  static std::string quoted(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      if (static_cast<unsigned char>(c) < 0x20) {
        out += text_of("\\u%04x", static_cast<unsigned>(c));
      } else {
        out += c;
      }
    }
    return out + "\"";
  }

 private:
  std::string text_;
};

std::string list_of(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + item;
  return out + "]";
}

std::string json_of(const Histogram& times) {
  return Object()
      .number("count", times.count())
      .real("p50", ms(times.percentile(0.5)))
      .real("p90", ms(times.percentile(0.9)))
      .real("p99", ms(times.percentile(0.99)))
      .real("p999", ms(times.percentile(0.999)))
      .real("max", ms(times.max()))
      .real("mean", ms(times.mean()))
      .str();
}

void add_usage(Object& to, const Usage& usage) {
  to.real("seconds", in_seconds(usage.elapsed));
  to.number("generator_ns", static_cast<std::uint64_t>(usage.generator.count()));
  to.real("generator_share", usage.generator_share());
  if (!usage.server) return;
  to.number("server_ns", static_cast<std::uint64_t>(usage.server->total.count()));
  to.number("server_user_ns", static_cast<std::uint64_t>(usage.server->user.count()));
  to.number("ksoftirqd_ns", static_cast<std::uint64_t>(usage.server->ksoftirqd.count()));
}

std::string json_of(const Joining& joining) {
  Object out;
  out.number("connections", joining.connections);
  add_usage(out, joining.usage);
  out.real("all_in_seconds", in_seconds(joining.all_in));
  out.real("generator_share_until_in", joining.generator_share);
  out.raw("took_ms", json_of(joining.took));
  out.number("attempts_failed", joining.attempts_failed);
  out.number("others_gone", joining.others_gone);
  out.string("first_failure", joining.first_failure);
  return out.str();
}

std::string json_of(const Loading& load) {
  const Deliveries& counts = load.deliveries;
  const double seconds = std::max(in_seconds(load.usage.elapsed), 1e-9);
  Object out;
  add_usage(out, load.usage);
  out.real("sending_seconds", in_seconds(load.sending));
  out.real("target_updates_per_second", load.target_rate);
  out.number("sent", load.sent);
  out.number("deliveries", counts.delivered);
  out.real("deliveries_per_second", static_cast<double>(counts.delivered) / seconds);
  out.number("frames", counts.frames);
  out.number("update_bytes", counts.bytes);
  out.number("lost", load.lost);
  out.number("duplicates", counts.duplicates);
  out.number("out_of_order", counts.out_of_order);
  out.number("echoes", counts.echoes);
  out.number("foreign", counts.foreign);
  out.number("malformed", counts.malformed);
  out.raw("latency_ms", json_of(load.latencies));
  out.number("acknowledged", load.acknowledged);
  out.real("acknowledged_per_second", static_cast<double>(load.acknowledged) / seconds);
  out.number("unanswered", load.unanswered);
  out.raw("acknowledgement_ms", json_of(load.ack_latencies));
  out.real("behind_ms", ms(load.behind));
  out.number("gone", load.gone);
  out.number("slow_readers_closed", load.deaf_gone);
  out.number("refused", load.refused);
  out.string("first_fault", load.first_fault);
  if (const auto server = load.usage.server_ns()) {
    out.real("server_us_per_delivery", per(*server / 1e3, counts.delivered));
  }
  out.real("generator_us_per_delivery",
           per(static_cast<double>(load.usage.generator.count()) / 1e3, counts.delivered));
  if (load.memory_peak) {
    out.number("private_peak", load.memory_peak->private_bytes);
    out.number("dirty_peak", load.memory_peak->dirty_bytes);
  }
  return out.str();
}

/// Lines of a name and what there is to say.
class Lines {
 public:
  void add(std::string_view name, const std::string& value) {
    text_ += text_of("  %-22.*s ", static_cast<int>(name.size()), name.data()) + value + "\n";
  }
  void head(const std::string& title) { text_ += title + "\n"; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string quantiles(const Histogram& times) {
  return text_of("p50 %.2f ms, p90 %.2f, p99 %.2f, p99.9 %.2f, longest %.2f",
                 ms(times.percentile(0.5)), ms(times.percentile(0.9)), ms(times.percentile(0.99)),
                 ms(times.percentile(0.999)), ms(times.max()));
}

void add_cpu(Lines& lines, const Usage& usage) {
  if (usage.server) {
    lines.add("server's CPU",
              text_of("%.1f ms in %.2f s (%.0f%% of a core), %.1f of them ksoftirqd's",
                      ms(usage.server->total + usage.server->ksoftirqd), in_seconds(usage.elapsed),
                      100 * *usage.server_ns() /
                          std::max(static_cast<double>(usage.elapsed.count()), 1.0),
                      ms(usage.server->ksoftirqd)));
  }
  lines.add("generator's CPU", text_of("%.1f ms (%.0f%% of a core)", ms(usage.generator),
                                       100 * usage.generator_share()));
}

void add_joining(Lines& lines, const Joining& joining) {
  lines.add("until all were in", text_of("%.2f s", in_seconds(joining.all_in)));
  lines.add("until each was in", quantiles(joining.took));
  if (joining.attempts_failed > 0) {
    lines.add("failed, tried again",
              grouped(joining.attempts_failed) + ", the first: " + joining.first_failure);
  }
  add_cpu(lines, joining.usage);
}

void add_load(Lines& lines, const Loading& load) {
  const Deliveries& counts = load.deliveries;
  const double seconds = std::max(in_seconds(load.usage.elapsed), 1e-9);
  lines.add("updates sent",
            grouped(load.sent) +
                text_of(" (%.0f/s",
                        static_cast<double>(load.sent) / std::max(in_seconds(load.sending), 1e-9)) +
                (load.target_rate > 0 ? text_of(" of %.0f/s", load.target_rate) : std::string()) +
                text_of("), late by %.1f ms at most", ms(load.behind)));
  lines.add("deliveries",
            grouped(counts.delivered) +
                text_of(" (%.0f/s) in ", static_cast<double>(counts.delivered) / seconds) +
                grouped(counts.frames) + " messages");
  lines.add("latency", quantiles(load.latencies));
  lines.add("lost, repeated",
            grouped(load.lost) + ", " + grouped(counts.duplicates) +
                (counts.out_of_order > 0 ? ", out of order " + grouped(counts.out_of_order) : ""));
  if (counts.echoes > 0) lines.add("sent back to senders", grouped(counts.echoes));
  if (load.acknowledged > 0) {
    lines.add("acknowledgements",
              grouped(load.acknowledged) +
                  text_of(" (%.0f/s), ", static_cast<double>(load.acknowledged) / seconds) +
                  quantiles(load.ack_latencies));
  }
  add_cpu(lines, load.usage);
  const double generator = static_cast<double>(load.usage.generator.count()) / 1e3;
  std::string each = text_of("generator %.2f µs", per(generator, counts.delivered));
  if (const auto server = load.usage.server_ns()) {
    each = text_of("server %.2f µs, ", per(*server / 1e3, counts.delivered)) + each;
  }
  lines.add("CPU of a delivery", each);
  if (load.memory_peak) {
    lines.add("memory at the peak",
              text_of("%.2f MiB private", mib(load.memory_peak->private_bytes)));
  }
  if (load.deaf_gone > 0) lines.add("slow readers closed", grouped(load.deaf_gone));
}

}  // namespace

bool Report::overloaded() const {
  const auto busy = [](const Usage& usage) { return usage.generator_share() > kGeneratorShareMax; };
  if (storm && storm->generator_share > kGeneratorShareMax) return true;
  if (!load) return false;
  // A stall that it made up for is not what would bend a measurement; falling behind is.
  constexpr double kLateShareMax = 0.02;
  constexpr double kStallSeconds = 0.05;
  const double planned =
      load->target_rate > 0 ? static_cast<double>(load->sent) / load->target_rate : 0;
  const double late = in_seconds(load->sending) - planned;
  const bool behind = load->target_rate > 0 && late > kLateShareMax * planned + kStallSeconds;
  return busy(load->usage) || behind;
}

std::vector<std::string> Report::faults() const {
  std::vector<std::string> found;
  const auto check = [&](std::uint64_t count, const std::string& what, const std::string& first) {
    if (count == 0) return;
    found.push_back(grouped(count) + " " + what + (first.empty() ? "" : ", the first: " + first));
  };
  check(joining.others_gone, "connections were lost while others joined", joining.first_failure);
  if (storm) {
    check(storm->others_gone, "connections were lost in the storm", storm->first_failure);
  }
  if (load) {
    check(load->lost, "deliveries did not come", "");
    check(load->deliveries.duplicates, "deliveries came again", "");
    check(load->deliveries.malformed, "messages were no update that anybody sent", "");
    check(load->gone, "connections were lost", load->first_fault);
    check(load->refused, "updates were refused", load->first_fault);
    check(load->unanswered, "updates were not answered", "");
  }
  return found;
}

std::string to_json(const Plan& plan, const Report& report) {
  Object out;
  out.string("dialect", to_string(plan.dialect));
  out.number("connections", plan.seating.members);
  out.number("rooms", plan.seating.rooms());
  out.number("senders_per_room", plan.seating.senders_per_room);
  out.number("slow_per_room", plan.seating.deaf_per_room);
  if (plan.in_flight > 0) {
    out.number("in_flight", plan.in_flight);
  } else {
    out.real("rate", plan.rate);
  }
  out.number("text_bytes", plan.text_bytes);
  std::vector<std::string> steps;
  for (const MemoryStep& step : report.memory) {
    steps.push_back(Object()
                        .number("connections", step.connections)
                        .number("private", step.memory.private_bytes)
                        .number("dirty", step.memory.dirty_bytes)
                        .str());
  }
  out.raw("memory", list_of(steps));
  out.raw("joining", json_of(report.joining));
  if (report.storm) out.raw("storm", json_of(*report.storm));
  if (report.load) out.raw("load", json_of(*report.load));
  std::vector<std::string> faults;
  for (const std::string& fault : report.faults()) faults.push_back(Object::quoted(fault));
  out.raw("faults", list_of(faults));
  out.truth("generator_overloaded", report.overloaded());
  return out.str() + "\n";
}

std::string to_table(const Plan& plan, const Report& report) {
  Lines lines;
  lines.head(grouped(plan.seating.members) + " connections in " + grouped(plan.seating.rooms()) +
             " rooms, dialect " + std::string(to_string(plan.dialect)));
  add_joining(lines, report.joining);
  for (const MemoryStep& step : report.memory) {
    lines.add("memory with " + grouped(step.connections),
              text_of("%.2f MiB private, %.2f of them dirty", mib(step.memory.private_bytes),
                      mib(step.memory.dirty_bytes)));
  }
  if (report.storm) {
    lines.head("Storm: " + grouped(report.storm->connections) + " dropped at once");
    add_joining(lines, *report.storm);
  }
  if (report.load) {
    lines.head("Load: " + grouped(plan.seating.senders_per_room) + " senders in each room" +
               (plan.in_flight > 0 ? ", " + grouped(plan.in_flight) + " updates under way each"
                                   : text_of(", %g updates/s each", plan.rate)));
    add_load(lines, *report.load);
  }
  std::string out = lines.take();
  for (const std::string& fault : report.faults()) out += "FAULT: " + fault + "\n";
  if (report.overloaded()) {
    out += "This run does not count: the generator was the bottleneck.\n";
  }
  return out;
}

}  // namespace righttask::loadgen
