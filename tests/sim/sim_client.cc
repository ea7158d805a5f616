#include "sim_client.h"

#include <algorithm>
#include <utility>

#include "ydoc/types/shared.h"

namespace righttask::sim {
namespace {

constexpr std::string_view kJoinTicket = "join";

}  // namespace

SimClient::SimClient(SimClock& clock, Rng& rng, Ledger& ledger, RoomName room, std::uint64_t number)
    : clock_(clock), rng_(rng), ledger_(ledger), room_(std::move(room)), client_id_(number) {
  begin_anew();
}

/// A new tab: a document of its own, which holds nothing.
void SimClient::begin_anew() {
  client_id_ += 1000;
  local_edits_ = {};
  doc_ = std::make_unique<ydoc::Doc>(ydoc::DocOptions{.client_id = client_id_});
  local_edits_ = doc_->on_update_v1([this](const ydoc::UpdateEvent& event) {
    if (event.local && joined_) push(Bytes(event.update.begin(), event.update.end()));
  });
}

void SimClient::act(SimServer& server) {
  if (line_ == nullptr) {
    if (rng_.chance(10)) begin_anew();
    if (clock_.now() >= away_until_ && rng_.chance(3)) return connect(server);
    if (rng_.chance(4)) edit();
    return;
  }
  if (rng_.chance(60)) return disconnect();
  if (rng_.chance(2)) edit();
}

void SimClient::edit() {
  ydoc::Text text = doc_->text("t");
  const std::uint32_t size = text.size();
  const std::uint32_t most = size > 10'000 ? 5'000 : 4;  // that goes at once
  ydoc::Edited done;
  if (size > 20 && rng_.chance(3)) {
    done = text.remove(rng_.below(size - most), 1 + rng_.below(most));
  } else {
    const std::uint32_t count = rng_.chance(30) ? 1 + rng_.below(6'000) : 1 + rng_.below(12);
    const std::string letters(count, static_cast<char>('a' + rng_.below(26)));
    done = text.insert(rng_.below(size + 1), letters);
  }
  if (!done) throw Violation("an edit of a client's own was refused");
}

void SimClient::stay_away(Duration time) {
  away_until_ = clock_.now() + time;
  if (line_ != nullptr) disconnect();
}

// ---- the connection -----------------------------------------------------------------------------

void SimClient::connect(SimServer& server) {
  ++channel_;
  line_ = std::make_shared<Line>(Line{server, {}, clock_.now(), false});
  const std::weak_ptr<Line> line = line_;
  line_->id = server.connect({.has_mail =
                                  [this, line] {
                                    if (!line.expired()) read_soon();
                                  },
                              .lost =
                                  [this, line] {
                                    if (!line.expired()) lose_connection();
                                  }});
  owed_at_join_ = ledger_.size();
  say(JoinRequest{.member = {line_->id, channel_},
                  .ticket = {std::string(kJoinTicket)},
                  .access = Access::read_write,
                  .identity = {"user", ""},
                  .state_vector = doc_->encode_state_vector_v1()});
}

void SimClient::disconnect() {
  const auto line = line_;
  lose_connection();
  line->server.disconnect(line->id);
}

void SimClient::lose_connection() {
  line_.reset();
  joined_ = false;
  owes_ = false;  // the next join pushes what the room lacks
  unanswered_.clear();
}

void SimClient::on_server_death(SimServer& server) {
  for (std::uint32_t arrive = rng_.below(4); line_ != nullptr && arrive > 0; --arrive) {
    const auto message = server.take(line_->id);
    if (!message) break;
    take(*message);
  }
  if (line_ != nullptr) lose_connection();
}

void SimClient::say(RoomMessage message) {
  const Duration latency = microseconds(100 + rng_.below(20'000));
  line_->says_until = std::max(line_->says_until + microseconds(1), clock_.now() + latency);
  const std::weak_ptr<Line> line = line_;
  clock_.after(line_->says_until - clock_.now(), SimClock::Owner::process,
               [this, line, message = std::move(message)] {
                 if (const auto open = line.lock()) open->server.receive(room_, message);
               });
}

void SimClient::push(Bytes update) {
  const std::string ticket = std::to_string(next_ticket_++);
  unanswered_.emplace(ticket, update);
  say(UpdateRequest{{line_->id, channel_}, {ticket}, share(std::move(update))});
}

void SimClient::push_all() {
  owes_ = false;
  push(doc_->encode_state_as_update_v1());
}

/// Somebody whose edit was refused tries again by and by, also if nobody says that it may.
void SimClient::retry_later() {
  if (std::exchange(retrying_, true)) return;
  clock_.after(seconds(1), SimClock::Owner::world, [this] {
    retrying_ = false;
    if (owes_ && joined_) push_all();
  });
}

// ---- what comes ---------------------------------------------------------------------------------

void SimClient::read_soon() {
  if (std::exchange(line_->reading, true)) return;
  const Duration delay =
      rng_.chance(200) ? milliseconds(rng_.below(4'000)) : microseconds(rng_.below(15'000));
  const std::weak_ptr<Line> line = line_;
  clock_.after(delay, SimClock::Owner::process, [this, line] {
    if (!line.expired()) read_one();
  });
}

void SimClient::read_one() {
  line_->reading = false;
  const auto message = line_->server.take(line_->id);
  if (!message) return;
  read_soon();
  take(*message);
}

void SimClient::take(const ToClient& message) {
  if (const auto* direct = std::get_if<Direct>(&message)) {
    if (direct->channel == channel_) on_answer(direct->ticket.text, direct->message);
    return;
  }
  const Bytes& frame = std::get<Bytes>(message);
  if (static_cast<SimDialect::Kind>(frame[0]) == SimDialect::Kind::update) {
    apply(ByteView(frame).subspan(1));
  } else {
    on_storage(static_cast<StorageState>(frame[1]));
  }
}

void SimClient::on_answer(const std::string& ticket, const ServerMessage& message) {
  if (const auto* joined = std::get_if<Joined>(&message)) return on_joined(*joined);
  if (const auto* notice = std::get_if<StorageNotice>(&message)) return on_storage(notice->state);
  if (std::holds_alternative<RoomFailed>(message)) throw Violation("a room failed");
  if (std::holds_alternative<Accepted>(message)) {
    const auto found = unanswered_.find(ticket);
    if (found == unanswered_.end()) throw Violation("an answer to nothing");
    ledger_.acknowledge(found->second);
    ++acknowledged_;
    unanswered_.erase(found);
  } else if (const auto* refused = std::get_if<Refused>(&message)) {
    if (refused->reason != Refusal::storage_unavailable) {
      throw Violation("refused: " + std::string(to_string(refused->reason)));
    }
    if (ticket == kJoinTicket) return disconnect();  // to come back by and by
    unanswered_.erase(ticket);
    owes_ = true;
    retry_later();
  }
}

void SimClient::on_joined(const Joined& joined) {
  const bool first = !std::exchange(joined_, true);
  if (!first) throw Violation("a join was answered twice");
  const auto room_has = ydoc::StateVector::decode(joined.state_vector);
  if (!room_has) throw Violation("a state vector that cannot be read");
  ledger_.check(*room_has, owed_at_join_, "the room at a join");
  apply(*joined.state);
  ledger_.check(*doc_, owed_at_join_, "the answer to a join");
  push(doc_->encode_state_as_update_v1(*room_has));
}

void SimClient::on_storage(StorageState state) {
  if (state == StorageState::ok && owes_ && joined_) push_all();
}

void SimClient::apply(ByteView update) {
  if (!doc_->apply_update_v1(update)) throw Violation("an update that cannot be applied");
}

}  // namespace righttask::sim
