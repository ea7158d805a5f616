#include "loadgen/runner.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

namespace righttask::loadgen {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr milliseconds kRetryAfter{200};
constexpr std::uint32_t kHopeless = 3;  // failures after which nobody at all has come in
constexpr seconds kKeepAliveEvery{25};  // Phoenix clients: 30 s; servers close after 60
constexpr seconds kSettleMax{30};
constexpr milliseconds kTick{100};
constexpr std::uint32_t kPushesPerTurn = 256;  // then what has come is read

double in_seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

Duration from_seconds(double time) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(time));
}

void rest_for(nanoseconds time) {
  const timespec length{.tv_sec = std::chrono::floor<seconds>(time).count(),
                        .tv_nsec = (time % seconds(1)).count()};
  nanosleep(&length, nullptr);
}

}  // namespace

Runner::Runner(const Plan& plan, Progress progress)
    : plan_(plan),
      progress_(std::move(progress)),
      dialect_(make_dialect(plan.dialect, plan.dialect_options)),
      trace_(plan.seating, plan.first_client, plan.text_bytes),
      swarm_(*dialect_, *this),
      attempts_(plan.seating.members),
      pushed_(plan.seating.members),
      text_(plan.text_bytes, 'x') {
  swarm_.reserve(plan.seating.members);
}

Result<Report, std::string> Runner::run() {
  if (const auto ready = swarm_.prepare(plan_.swarm); !ready) return fail(ready.error());
  next_second_ = next_keep_alive_ = now();
  if (const auto in = connect_all(); !in) return fail(in.error());
  if (plan_.storm > 0) {
    if (const auto over = weather_storm(); !over) return fail(over.error());
  }
  if (senders() > 0) {
    if (const auto loaded = put_under_load(); !loaded) return fail(loaded.error());
  }
  return std::move(report_);
}

std::uint32_t Runner::senders() const {
  return plan_.seating.rooms() * plan_.seating.senders_per_room;
}

std::uint32_t Runner::sender_member(std::uint64_t n) const {
  const std::uint32_t rooms = plan_.seating.rooms();
  const auto room = static_cast<std::uint32_t>(n % rooms);
  const auto place = static_cast<std::uint32_t>(n / rooms % plan_.seating.senders_per_room);
  return room * plan_.seating.members_per_room + place;
}

// ---- readings

Result<Runner::Mark, std::string> Runner::mark() const {
  Mark mark{.when = now(), .generator = own_cpu(), .server = {}};
  if (plan_.server != 0) {
    const auto cpu = cpu_of(plan_.server);
    if (!cpu) return fail(cpu.error());
    mark.server = *cpu;
  }
  return mark;
}

Result<Usage, std::string> Runner::since(const Mark& before) const {
  const auto after = mark();
  if (!after) return fail(after.error());
  Usage usage;
  usage.elapsed = after->when - before.when;
  usage.generator = after->generator - before.generator;
  if (after->server && before.server) {
    usage.server = CpuTime{.total = after->server->total - before.server->total,
                           .user = after->server->user - before.server->user,
                           .ksoftirqd = after->server->ksoftirqd - before.server->ksoftirqd};
  }
  return usage;
}

Result<void, std::string> Runner::read_memory(std::uint32_t connections) {
  if (std::ranges::find(plan_.memory_at, connections) == plan_.memory_at.end()) return {};
  settle();
  const auto memory = memory_of(plan_.server);
  if (!memory) return fail(memory.error());
  report_.memory.push_back({connections, *memory});
  return {};
}

// ---- joining

Result<void, std::string> Runner::connect_all() {
  joining_ = &report_.joining;
  if (const auto read = read_memory(0); !read) return read;
  const auto before = mark();
  if (!before) return fail(before.error());
  phase_began_ = before->when;
  std::vector<std::uint32_t> stops = plan_.memory_at;
  stops.push_back(plan_.seating.members);
  std::ranges::sort(stops);
  std::uint32_t count = 0;
  for (const std::uint32_t stop : stops) {
    if (stop <= count) continue;
    std::deque<std::uint32_t> members(stop - count);
    std::iota(members.begin(), members.end(), count);
    if (const auto in = bring_in(std::move(members)); !in) return in;
    count = stop;
    if (const auto read = read_memory(stop); !read) return read;
  }
  const auto until_in = since(*before);
  if (!until_in) return fail(until_in.error());
  report_.joining.generator_share = until_in->generator_share();
  if (plan_.memory_at.empty()) settle();
  const auto usage = since(*before);
  if (!usage) return fail(usage.error());
  report_.joining.connections = count;
  report_.joining.usage = *usage;
  return {};
}

Result<void, std::string> Runner::bring_in(std::deque<std::uint32_t> members) {
  const std::uint32_t wanted = joined_ + static_cast<std::uint32_t>(members.size());
  const Instant start = now();
  std::uint64_t begun = 0;
  std::uint32_t joined_before = joined_;
  Instant deadline = start + plan_.patience;
  while (joined_ < wanted) {
    Instant time = now();
    while (!retries_.empty() && retries_.front().at <= time) {
      members.push_front(retries_.front().member);
      retries_.pop_front();
    }
    const auto due = [&] {
      return plan_.ramp <= 0 || static_cast<double>(begun) <= plan_.ramp * in_seconds(time - start);
    };
    while (!members.empty() && under_way_ < plan_.handshakes_max && due()) {
      const std::uint32_t member = members.front();
      members.pop_front();
      Attempt& attempt = attempts_[member];
      if (attempt.first == Instant{}) {
        attempt.first = now();
        ++begun;
      }
      attempt.under_way = true;
      ++under_way_;
      swarm_.connect(member, plan_.seating.room_of(member), trace_.client_of(member),
                     plan_.seating.deaf(member));
    }
    turn(time + (plan_.ramp > 0 ? milliseconds(1) : milliseconds(20)));
    if (joined_ != joined_before) {
      joined_before = joined_;
      deadline = now() + plan_.patience;
    }
    if (joined_ == 0 && joining_->attempts_failed >= kHopeless) {
      return fail("nobody gets in: " + joining_->first_failure);
    }
    if (now() > deadline) {
      return fail("only " + std::to_string(joined_) + " of " + std::to_string(wanted) +
                  " clients got in" +
                  (joining_->first_failure.empty() ? "" : ": " + joining_->first_failure));
    }
  }
  return {};
}

void Runner::on_joined(std::uint32_t member, ByteView state, Instant when) {
  Attempt& attempt = attempts_[member];
  if (!attempt.under_way) return;
  joining_->took.record(when - attempt.first);
  joining_->all_in = now() - phase_began_;
  attempt = {};
  --under_way_;
  ++joined_;
  trace_.enter(member, state);
}

void Runner::on_gone(std::uint32_t member, const std::string& why) {
  Attempt& attempt = attempts_[member];
  if (attempt.under_way) {
    attempt.under_way = false;
    --under_way_;
    ++joining_->attempts_failed;
    if (joining_->first_failure.empty()) joining_->first_failure = why;
    retries_.push_back({now() + kRetryAfter, member});
    return;
  }
  --joined_;
  trace_.leave(member);
  if (plan_.seating.deaf(member)) {
    ++loading_.deaf_gone;
    return;
  }
  note_fault(counting_ ? loading_.gone : joining_->others_gone, why);
}

void Runner::note_fault(std::uint32_t& count, std::string_view why) {
  ++count;
  std::string& first = counting_ ? loading_.first_fault : joining_->first_failure;
  if (first.empty()) first = why;
}

void Runner::on_refused(std::uint32_t member, std::string_view why) {
  // Of an attempt the connection stays, so it did not fail: without another answer, patience ends
  // the run.
  const bool attempt = attempts_[member].under_way || !counting_;
  note_fault(attempt ? joining_->attempts_failed : loading_.refused, why);
}

/// Until nothing has come for a while, so that what joins set off is over. Nothing is said
/// meanwhile: answers to signs of life would break the silence.
void Runner::settle() {
  const Instant give_up = now() + std::min<nanoseconds>(plan_.patience, kSettleMax);
  silent_ = true;
  std::uint64_t before = swarm_.bytes_read();
  Instant quiet_since = now();
  while (now() - quiet_since < plan_.settle && now() < give_up) {
    turn(now() + milliseconds(20));
    if (swarm_.bytes_read() != before) {
      before = swarm_.bytes_read();
      quiet_since = now();
    }
  }
  silent_ = false;
}

// ---- storm

Result<void, std::string> Runner::weather_storm() {
  phase_ = "storm";
  joining_ = &report_.storm.emplace();
  const auto before = mark();
  if (!before) return fail(before.error());
  phase_began_ = before->when;
  const std::uint32_t members = plan_.seating.members;
  std::deque<std::uint32_t> dropped;
  for (std::uint64_t i = 0; i < plan_.storm; ++i) {
    dropped.push_back(static_cast<std::uint32_t>(i * members / plan_.storm));
  }
  for (const std::uint32_t member : dropped) {
    swarm_.drop(member);
    trace_.leave(member);
    --joined_;
    attempts_[member].first = before->when;  // all of them want to be back from now on
  }
  if (const auto in = bring_in(std::move(dropped)); !in) return in;
  const auto until_in = since(*before);
  if (!until_in) return fail(until_in.error());
  report_.storm->generator_share = until_in->generator_share();
  settle();
  const auto usage = since(*before);
  if (!usage) return fail(usage.error());
  report_.storm->connections = plan_.storm;
  report_.storm->usage = *usage;
  return {};
}

// ---- load

Result<void, std::string> Runner::put_under_load() {
  const bool closed = plan_.in_flight > 0;
  phase_ = "warming up";
  if (plan_.updates_each == 0) {
    if (closed) {
      closed_loop(now() + plan_.warm_up);
    } else {
      open_loop(in_seconds(plan_.warm_up));
      drain();
    }
  }
  phase_ = "load";
  const std::uint64_t sent_before = trace_.sent();
  const std::uint64_t acknowledged_before = trace_.acknowledged();
  trace_.begin_measuring();
  loading_ = {};
  counting_ = true;
  const auto before = mark();
  if (!before) return fail(before.error());
  if (closed) {
    const Instant end = before->when + plan_.duration;
    closed_loop(plan_.updates_each > 0 ? Instant::max() : end);
  } else {
    loading_.target_rate = plan_.rate * senders();
    open_loop(in_seconds(plan_.duration));
  }
  loading_.sending = now() - before->when;
  if (!closed) drain();  // what was sent is part of it; a closed loop counts answers while it runs
  const auto usage = since(*before);
  if (!usage) return fail(usage.error());
  loading_.usage = *usage;
  loading_.acknowledged = trace_.acknowledged() - acknowledged_before;
  loading_.ack_latencies = trace_.ack_latencies();
  loading_.latencies = trace_.latencies();
  loading_.deliveries = trace_.counts();
  if (closed) drain();
  loading_.sent = trace_.sent() - sent_before;
  loading_.lost = trace_.outstanding();
  if (dialect_->acknowledges()) loading_.unanswered = trace_.sent() - trace_.acknowledged();
  report_.load = std::move(loading_);
  return {};
}

/// Senders take turns at even distances, so that nothing but chance lets the server merge two
/// updates into one message. What was due while the generator was busy is sent as soon as it can.
void Runner::open_loop(double length) {
  const double each = 1.0 / (plan_.rate * senders());
  const Instant start = now();
  auto count = static_cast<std::uint64_t>(length / each + 0.5);
  if (plan_.updates_each > 0) count = std::min(count, plan_.updates_each * senders());
  for (std::uint64_t i = 0; i < count;) {
    Instant time = now();
    for (std::uint32_t n = 0; n < kPushesPerTurn && i < count; ++n) {
      const Instant due = start + from_seconds(each * static_cast<double>(i));
      if (due > time) break;
      loading_.behind = std::max<nanoseconds>(loading_.behind, time - due);
      push(sender_member(turn_of_++), now());
      ++i;
    }
    if (i < count) turn(start + from_seconds(each * static_cast<double>(i)));
  }
}

/// Every sender has so many updates under way; an answer brings the next.
void Runner::closed_loop(Instant end) {
  const auto may_push = [&](std::uint32_t member) {
    return swarm_.joined(member) &&
           (plan_.updates_each == 0 || pushed_[member] < plan_.updates_each);
  };
  if (trace_.sent() == trace_.acknowledged()) {
    for (std::uint32_t i = 0; i < plan_.in_flight; ++i) {
      for (std::uint32_t n = 0; n < senders(); ++n) {
        const std::uint32_t member = sender_member(n);
        if (may_push(member)) push(member, now());
      }
    }
  }
  while (now() < end) {
    const auto answered = std::exchange(acknowledged_, {});
    for (const std::uint32_t member : answered) {
      if (may_push(member)) push(member, now());
    }
    if (trace_.sent() == trace_.acknowledged()) return;  // all that there was to send
    turn(std::min(end, now() + kTick));
  }
}

void Runner::push(std::uint32_t member, Instant when) {
  if (!swarm_.joined(member)) return;
  ++pushed_[member];
  const ydoc::Clock clock = trace_.send(member, when);
  write_typed(trace_.client_of(member), clock, text_, update_);
  swarm_.push(member, update_);
}

/// Until all that was sent has arrived and been answered, or nothing comes any more.
void Runner::drain() {
  const auto missing = [&] {
    return trace_.outstanding() +
           (dialect_->acknowledges() ? trace_.sent() - trace_.acknowledged() : 0);
  };
  std::uint64_t before = missing();
  Instant deadline = now() + std::min<nanoseconds>(plan_.patience, seconds(10));
  while (missing() > 0 && now() < deadline) {
    turn(now() + milliseconds(20));
    if (missing() == before) continue;
    before = missing();
    deadline = now() + std::min<nanoseconds>(plan_.patience, seconds(10));
  }
}

void Runner::on_update(std::uint32_t member, ByteView update, Instant when) {
  trace_.take(member, update, when);
}

void Runner::on_acknowledged(std::uint32_t member, Instant when) {
  trace_.acknowledge(member, when);
  if (plan_.in_flight > 0) acknowledged_.push_back(member);
}

// ---- now and then

void Runner::turn(Instant until) {
  const Instant time = now();
  swarm_.poll(std::min(until, time + kTick));
  if (plan_.rest.count() > 0) rest_for(plan_.rest);
  if (time >= next_keep_alive_ && !silent_) {
    // Each member once in kKeepAliveEvery, evenly.
    const std::uint32_t members = plan_.seating.members;
    const auto part = static_cast<std::uint32_t>(members * kTick / kKeepAliveEvery) + 1;
    for (std::uint32_t i = 0; i < part; ++i) {
      keep_alive_member_ = (keep_alive_member_ + 1) % members;
      swarm_.keep_alive(keep_alive_member_);
    }
    next_keep_alive_ = time + std::max<nanoseconds>(kTick, kKeepAliveEvery * part / members);
  }
  if (time < next_second_) return;
  next_second_ = time + seconds(1);
  if (progress_) progress_(progress_line());
  delivered_before_ = trace_.counts().delivered;
  sent_before_ = trace_.sent();
  trace_.trim();
  if (plan_.server != 0 && plan_.seating.deaf_per_room > 0) {
    if (const auto memory = memory_of(plan_.server);
        memory &&
        (!loading_.memory_peak || loading_.memory_peak->private_bytes < memory->private_bytes)) {
      loading_.memory_peak = *memory;
    }
  }
}

std::string Runner::progress_line() const {
  const auto ms = [](nanoseconds time) { return static_cast<double>(time.count()) / 1e6; };
  const std::uint64_t delivered = trace_.counts().delivered;
  char line[256];
  std::snprintf(line, sizeof line,
                "%s: %u of %u in, %llu updates/s sent, %llu deliveries/s, %llu to come, "
                "p50 %.2f ms, p99 %.2f ms",
                phase_.c_str(), joined_, plan_.seating.members,
                static_cast<unsigned long long>(trace_.sent() - sent_before_),
                static_cast<unsigned long long>(
                    delivered >= delivered_before_ ? delivered - delivered_before_ : delivered),
                static_cast<unsigned long long>(trace_.outstanding()),
                ms(trace_.latencies().percentile(0.5)), ms(trace_.latencies().percentile(0.99)));
  return line;
}

}  // namespace righttask::loadgen
