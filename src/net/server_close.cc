#include <unistd.h>

#include <algorithm>
#include <utility>

#include "net/server_impl.h"

namespace righttask::net {
namespace {

constexpr std::uint32_t kSweepSteps = 4;
constexpr Duration kDrainStep = std::chrono::milliseconds{50};

std::uint32_t ms(std::chrono::milliseconds time) {
  return static_cast<std::uint32_t>(time.count());
}

}  // namespace

Server::Impl::~Impl() {
  for (auto* timer : {&sweep_timer_, &accept_timer_, &drain_timer_, &drain_end_timer_, &rate_timer_,
                      &yield_timer_}) {
    if (*timer) loop_.cancel(**timer);
  }
  for (std::uint32_t slot = 0; slot < slab_.size(); ++slot) {
    if (slab_.at(slot).phase != Phase::free) release(slot);
  }
  loop_.remove_source(acceptor_source_);
  loop_.remove_source(sockets_source_);
}

ConnectionId Server::Impl::id_of(std::uint32_t slot) {
  return make_connection_id(slot, slab_.at(slot).generation);
}

std::uint64_t Server::Impl::tag_of(std::uint32_t slot) {
  return std::uint64_t{slab_.at(slot).generation & 0xff'ffff} << 32 | slot;
}

/// Wraps after 49 days; only differences are used.
std::uint32_t Server::Impl::now_ms() const {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - started_).count());
}

const ServerProbe& Server::Impl::probe() {
  probe_.outbox_bytes = pool_.charged();
  probe_.owed_bytes = pool_.owed();
  probe_.compression = compressor_.probe();
  probe_.rate_paused = static_cast<std::uint32_t>(throttled_.size());
  return probe_;
}

bool Server::Impl::is_open(ConnectionId id) {
  const Connection* c = slab_.find(id);
  return c && c->phase == Phase::websocket;
}

void Server::Impl::schedule_end_of_turn() {
  if (end_of_turn_scheduled_) return;
  end_of_turn_scheduled_ = true;
  loop_.at_end_of_turn([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) end_of_turn();
  });
}

bool Server::Impl::turn_has_work() const {
  return !resuming_.empty() || !gone_.empty() || !dirty_.empty() || !doomed_.empty();
}

/// What was received earlier, then farewells (whose own messages still leave in this turn), then
/// the writes, then the slots of those that ended.
void Server::Impl::end_of_turn() {
  while (turn_has_work()) {
    scratch_.clear();
    scratch_.swap(resuming_);
    for (const std::uint32_t slot : scratch_) {
      Connection& c = slab_.at(slot);
      c.resuming = false;
      if (c.phase == Phase::doomed || !c.input || held_back(c)) continue;
      parse_unread(slot);
    }
    std::vector<Gone> gone;
    gone.swap(gone_);
    for (const Gone& g : gone) handler_.on_close(g.id, g.code, g.clean);

    handler_.before_sending();
    flush_dirty();
    // A doomed connection may wait in a list that this round has added to.
    if (!resuming_.empty() || !gone_.empty() || !dirty_.empty()) continue;
    for (const std::uint32_t slot : std::exchange(doomed_, {})) release(slot);
  }
  end_of_turn_scheduled_ = false;
  finish_drain_if_empty();
}

void Server::Impl::report_gone(std::uint32_t slot, std::uint16_t code, bool clean) {
  Connection& c = slab_.at(slot);
  if (!c.announced) return;
  c.announced = false;
  --probe_.websockets;
  gone_.push_back({id_of(slot), code, clean});
  schedule_end_of_turn();
}

void Server::Impl::close(ConnectionId id, std::uint16_t code, std::string_view reason) {
  const Connection* c = slab_.find(id);
  if (!c || c->phase != Phase::websocket) return;
  start_close(slot_of(id), code, reason, true);
}

void Server::Impl::start_close(std::uint32_t slot, std::uint16_t code, std::string_view reason,
                               bool clean) {
  Connection& c = slab_.at(slot);
  report_gone(slot, code, clean);
  queue(slot, close_frame(code, reason));
  c.phase = Phase::closing;
  c.paused = false;
  c.throttled = false;
  c.since = now_ms();
  resume(slot);
}

void Server::Impl::close_now(ConnectionId id) {
  if (slab_.find(id)) doom(slot_of(id));
}

/// Nothing that the peer still sends can be of use: a goodbye, and what it has sent is let go of.
void Server::Impl::break_off(std::uint32_t slot, std::uint16_t code, std::string_view reason) {
  report_gone(slot, code, false);
  queue(slot, close_frame(code, reason));
  finish(slot, true);
}

/// Reads no more, and ends the connection once its outbox has left.
void Server::Impl::finish(std::uint32_t slot, bool linger) {
  Connection& c = slab_.at(slot);
  c.phase = Phase::finishing;
  c.linger = linger;
  c.since = now_ms();
  c.input.reset();
  end_half_open(c);
  mark_dirty(slot);
  update_interest(slot);
}

void Server::Impl::doom(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.phase == Phase::doomed || c.phase == Phase::free) return;
  report_gone(slot, close_code::lost, false);
  c.phase = Phase::doomed;
  doomed_.push_back(slot);
  schedule_end_of_turn();
}

void Server::Impl::release(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  end_half_open(c);
  uncount_address({c.ip, c.port});
  pool_.clear(c.outbox);
  forget_meter(c);
  ::close(c.fd);  // which also ends epoll's interest in it
  --probe_.connections;
  slab_.give_back(slot);
}

void Server::Impl::schedule_sweep() {
  if (sweep_timer_) return;
  sweep_timer_ = loop_.call_after(sweep_step_, [this] {
    sweep_timer_.reset();
    sweep();
  });
}

/// Looks at a part of all connections in each step, so none needs a timer: 64 bytes each, read in
/// order.
void Server::Impl::sweep() {
  const std::uint32_t size = slab_.size();
  for (std::uint32_t i = 0; i < (size + kSweepSteps - 1) / kSweepSteps; ++i) {
    check_time(sweep_at_);
    sweep_at_ = sweep_at_ + 1 < size ? sweep_at_ + 1 : 0;
  }
  pool_.shrink();
  meters_.shrink();
  compressor_.forget();
  if (probe_.connections > 0) schedule_sweep();
}

void Server::Impl::check_time(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.phase == Phase::free || c.phase == Phase::doomed) return;
  if (c.meter != MeterPool::kNone && !c.throttled && meters_[c.meter].full(loop_.now())) {
    forget_meter(c);
  }
  const std::uint32_t age = now_ms() - c.since;
  const std::uint32_t limit = time_limit(c);
  if (limit > 0 && age >= limit) return expire(slot);
  if (message_is_late(c)) {
    ++probe_.message_timeouts_total;
    return break_off(slot, close_code::policy, "message too slow");
  }
  const std::uint32_t ping_after = ms(options_.ping_after);
  if (c.phase == Phase::websocket && ping_after > 0 && age >= ping_after && c.outbox.empty()) {
    queue(slot, frame(FrameKind::ping, {}));
  }
}

bool Server::Impl::mid_request(const Connection& c) {
  return c.phase == Phase::request && c.input && c.input->http;
}

/// In ms.
std::uint32_t Server::Impl::request_time_limit(const HttpDecoder& decoder) const {
  if (!decoder.in_body()) return ms(options_.request_time_max);
  return arrival_time_limit(decoder.body_bytes(), options_.body_time_max);
}

bool Server::Impl::message_is_late(const Connection& c) const {
  if (c.phase != Phase::websocket || c.paused || c.throttled) return false;
  if (!c.input || !c.input->websocket) return false;
  const std::uint32_t limit =
      arrival_time_limit(c.input->websocket->message_bytes(), options_.message_time_max);
  return limit > 0 && now_ms() - c.input->message_since >= limit;
}

/// How long something may be on its way, `bytes` of which have come, in ms; 0: without bound. What
/// trickles in is cut off long before `whole`, the time for all of it, is over.
std::uint32_t Server::Impl::arrival_time_limit(std::size_t bytes,
                                               std::chrono::milliseconds whole) const {
  const std::uint64_t slowest = options_.receive_bytes_per_second_min;
  if (slowest == 0) return ms(whole);
  const std::uint64_t earned =
      ms(options_.request_time_max) + std::uint64_t{bytes} * 1000 / slowest;
  const std::uint64_t most = whole.count() == 0 ? UINT32_MAX : ms(whole);
  return static_cast<std::uint32_t>(std::min(most, earned));
}

/// In ms; 0: none.
std::uint32_t Server::Impl::time_limit(const Connection& c) const {
  switch (c.phase) {
    case Phase::request:
      if (!mid_request(c)) {
        return ms(c.half_open ? options_.request_time_max : options_.keep_alive_time_max);
      }
      return request_time_limit(*c.input->http);
    case Phase::websocket:
      return c.paused || c.throttled ? 0 : ms(options_.idle_time_max);
    case Phase::closing:
    case Phase::finishing:
    case Phase::lingering:
      return ms(options_.close_time_max);
    default:
      return 0;
  }
}

void Server::Impl::expire(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.phase == Phase::websocket) {
    ++probe_.idle_closes_total;
    return start_close(slot, close_code::protocol_error, "idle", false);
  }
  if (c.half_open || mid_request(c)) ++probe_.request_timeouts_total;
  if (mid_request(c)) return answer(slot, error_response(408), false, false);
  doom(slot);
}

void Server::Impl::drain(std::uint16_t code, std::chrono::milliseconds within, runtime::Task done) {
  stop_accepting();
  draining_ = true;
  drain_code_ = code;
  drained_ = std::move(done);
  drop_idle_http();
  for (std::uint32_t slot = 0; slot < slab_.size(); ++slot) {
    if (slab_.at(slot).phase == Phase::websocket) drain_ids_.push_back(id_of(slot));
  }
  for (std::size_t i = drain_ids_.size(); i > 1; --i) {
    std::swap(drain_ids_[i - 1], drain_ids_[rng_.below(static_cast<std::uint32_t>(i))]);
  }
  const Duration spread = Duration(within) * 3 / 4;
  const auto steps = static_cast<std::size_t>(std::max<Duration::rep>(spread / kDrainStep, 1));
  drain_batch_ = drain_ids_.size() / steps + 1;
  drain_step_ = std::min(kDrainStep, spread);
  drain_end_timer_ = loop_.call_after(within, [this] {
    drain_end_timer_.reset();
    drop_all();
  });
  drain_batch();
  schedule_end_of_turn();
}

/// Clients that are all told at one moment all come back at one moment.
void Server::Impl::drain_batch() {
  for (std::size_t i = 0; i < drain_batch_ && !drain_ids_.empty(); ++i) {
    close(drain_ids_.back(), drain_code_, "server is restarting");
    drain_ids_.pop_back();
  }
  if (drain_ids_.empty()) return;
  const auto half = static_cast<std::uint32_t>(drain_step_.count() / 2);
  const Duration jittered = drain_step_ / 2 + Duration(rng_.below(half + 1));
  drain_timer_ = loop_.call_after(jittered, [this] {
    drain_timer_.reset();
    drain_batch();
  });
}

void Server::Impl::drop_idle_http() {
  for (std::uint32_t slot = 0; slot < slab_.size(); ++slot) {
    const Connection& c = slab_.at(slot);
    if (c.phase == Phase::request && !c.input && c.outbox.empty()) doom(slot);
  }
}

void Server::Impl::drop_all() {
  for (std::uint32_t slot = 0; slot < slab_.size(); ++slot) doom(slot);
}

void Server::Impl::finish_drain_if_empty() {
  if (!draining_ || probe_.connections > 0 || !drained_) return;
  if (drain_end_timer_) loop_.cancel(*std::exchange(drain_end_timer_, std::nullopt));
  runtime::Task done = std::exchange(drained_, nullptr);
  done();  // may destroy the server: nothing may follow
}

}  // namespace righttask::net
