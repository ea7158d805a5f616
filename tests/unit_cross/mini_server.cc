#include "mini_server.h"

#include <algorithm>

#include "base/check.h"

namespace righttask::cross {

using protocol::Actions;
using protocol::Frame;
using protocol::FrameKind;

MiniServer::MiniServer(std::uint64_t seed, Limits limits)
    : limits_(limits),
      rng_(seed),
      dialect_(limits_, rng_.next()),
      host_(limits_, rng_, ops::open_log("off"), *this) {}

void MiniServer::require_tokens(auth::TokenVerifier verifier) {
  tokens_.emplace(
      std::move(verifier), [this] { return now().wall; }, ops::open_log("off"),
      limits_.first_join_time_max);
}

ConnectionId MiniServer::open(const Query& query, Receive receive) {
  const auto id = try_open(query, std::move(receive));
  CHECK(id.has_value());
  return *id;
}

Result<ConnectionId, Refusal> MiniServer::try_open(const Query& query, Receive receive) {
  const ConnectionId id(next_connection_++);
  std::unique_ptr<protocol::Gate> gate;
  if (tokens_) {
    const auto token = std::ranges::find(query, "token", &Query::value_type::first);
    const bool brought = token != query.end();
    auto opened = tokens_->open(id, brought ? std::optional(token->second) : std::nullopt, "");
    if (!opened) return fail(opened.error());
    gate = *std::move(opened);
  }
  auto session = dialect_.open(
      {.connection = id, .path = "/socket/websocket", .query = query, .gate = std::move(gate)});
  CHECK(session.has_value());
  connections_.emplace(id, Connection{*std::move(session), std::move(receive)});
  return id;
}

void MiniServer::say(ConnectionId from, FrameKind kind, ByteView payload) {
  const auto found = connections_.find(from);
  if (found == connections_.end()) return;
  Actions actions;
  found->second.session->on_frame(kind, payload, actions);
  carry_out(from, std::move(actions));
  settle();
}

void MiniServer::drop(ConnectionId connection, LeaveReason reason) {
  auto node = connections_.extract(connection);
  if (node.empty()) return;
  Actions actions;
  node.mapped().session->on_close(reason, actions);
  carry_out(connection, std::move(actions));
  settle();
}

void MiniServer::administer(const std::function<void(server::TokenAuthority&)>& act) {
  act(*tokens_);
  tokens_->review();
  settle();
}

void MiniServer::advance(std::chrono::milliseconds time) {
  const Instant until = time_ + time;
  while (tokens_ && std::chrono::floor<std::chrono::seconds>(until) > time_) {
    advance_rooms(std::chrono::floor<std::chrono::seconds>(time_) + std::chrono::seconds(1));
    tokens_->sweep();
    settle();
  }
  advance_rooms(until);
}

void MiniServer::advance_rooms(Instant until) {
  for (;;) {
    const auto next =
        std::ranges::min_element(wakes_, {}, [](const auto& wake) { return wake.second; });
    if (next == wakes_.end() || next->second > until) break;
    const auto [room, when] = *next;
    run_due(when);
    if (wakes_.erase(room) == 0) continue;
    time_ = std::max(time_, when);
    host_.wake(room, now());
    settle();
  }
  run_due(until);
  time_ = until;
}

void MiniServer::run_due(Instant until) {
  while (!later_.empty() && later_.begin()->first <= until) {
    auto node = later_.extract(later_.begin());
    time_ = std::max(time_, node.key());
    node.mapped()();
    settle();
  }
}

void MiniServer::carry_out(ConnectionId connection, Actions actions) {
  bool close = false;
  for (protocol::Action& action : actions) {
    if (const auto* send_frame = std::get_if<protocol::SendFrame>(&action)) {
      const auto found = connections_.find(connection);
      if (found != connections_.end()) found->second.receive(send_frame->frame);
    } else if (auto* request = std::get_if<protocol::ToRoom>(&action)) {
      to_rooms_.push_back(std::move(*request));
    } else if (const auto* change = std::get_if<protocol::ChangeAudience>(&action)) {
      host_.change_audience(change->room, change->member);
    } else {
      close = true;
    }
  }
  if (close) drop(connection, LeaveReason::lost);
}

void MiniServer::settle() {
  for (tell_rights(); !to_rooms_.empty(); tell_rights()) {
    const protocol::ToRoom request = std::move(to_rooms_.front());
    to_rooms_.pop_front();
    host_.on(request.room, request.message, now());
  }
  while (!closing_.empty()) {
    const ConnectionId id = closing_.front();
    closing_.pop_front();
    drop(id, LeaveReason::lost);
  }
  if (std::exchange(flush_asked_, false)) {
    host_.flush();
    settle();
  }
}

/// As server/shard.cc does.
void MiniServer::tell_rights() {
  if (!tokens_) return;
  for (auto notices = tokens_->take_notices(); !notices.empty();
       notices = tokens_->take_notices()) {
    for (const server::RightsNotice& notice : notices) {
      const auto found = connections_.find(notice.connection);
      if (found == connections_.end()) continue;
      Actions actions;
      const auto* of = std::get_if<server::RightsNotice::OfChannel>(&notice.what);
      if (of == nullptr) {
        found->second.session->on_grant_ended(std::get<protocol::GrantEnd>(notice.what), actions);
      } else {
        found->second.session->on_rights(of->channel, of->change, actions);
      }
      carry_out(notice.connection, std::move(actions));
      if (of == nullptr) continue;
      if (const auto* changed = std::get_if<protocol::AccessChanged>(&of->change)) {
        const MemberId member{notice.connection, of->channel};
        to_rooms_.push_back({of->room, AccessRequest{member, changed->access}});
      }
    }
  }
}

void MiniServer::deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) {
  const auto found = connections_.find(to.connection);
  if (found == connections_.end()) return;
  Actions actions;
  found->second.session->on_message(to.channel, ticket, message, actions);
  carry_out(to.connection, std::move(actions));
}

std::optional<server::RoomOutlet::Reception> MiniServer::reception(MemberId member) const {
  const auto found = connections_.find(member.connection);
  if (found == connections_.end()) return std::nullopt;
  return Reception{&dialect_, found->second.session->audience(member.channel)};
}

void MiniServer::send(const std::vector<ConnectionId>& to, const Frame& frame) {
  for (const ConnectionId connection : to) {
    const auto found = connections_.find(connection);
    if (found != connections_.end()) found->second.receive(frame);
  }
}

void MiniServer::wake_at(const RoomName& room, Instant when) {
  wakes_.insert_or_assign(room, when);
}

void MiniServer::forget_wake(const RoomName& room) {
  wakes_.erase(room);
}

void MiniServer::close(ConnectionId id) {
  closing_.push_back(id);
}

void MiniServer::flush_soon() {
  flush_asked_ = true;
}

void MiniServer::call_after(Duration delay, runtime::Task task) {
  later_.emplace(time_ + delay, std::move(task));
}

RoomNow MiniServer::now() const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time_.time_since_epoch());
  return {time_, kBeginning + seconds};
}

}  // namespace righttask::cross
