#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "ledger.h"
#include "sim_clock.h"
#include "sim_server.h"
#include "ydoc/doc.h"

namespace righttask::sim {

/// One user's tab: a document of one room, edited on and off line, and a connection that comes and
/// goes. Syncs both ways at each join. Reads its mail with delays, and now and then not for long.
class SimClient {
 public:
  /// Its Yjs client ids are `number`, `number` + 1000, …
  SimClient(SimClock& clock, Rng& rng, Ledger& ledger, RoomName room, std::uint64_t number);

  /// Something a user does.
  void act(SimServer& server);
  void connect(SimServer& server);
  void edit();
  /// Goes, and does not come back before that.
  void stay_away(Duration time);

  /// The process has died. Some of what it had sent may still arrive.
  void on_server_death(SimServer& server);

  [[nodiscard]] bool connected() const { return line_ != nullptr; }
  [[nodiscard]] bool settled() const { return joined_ && unanswered_.empty() && !owes_; }
  [[nodiscard]] const RoomName& room() const { return room_; }
  [[nodiscard]] ydoc::Doc& doc() { return *doc_; }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  /// Dies with the connection, so that tasks about it find out.
  struct Line {
    SimServer& server;
    ConnectionId id;
    Instant says_until;  // messages of one direction stay in order
    bool reading = false;
  };

  void begin_anew();
  void disconnect();
  void lose_connection();
  void say(RoomMessage message);
  void push(Bytes update);
  void push_all();
  void retry_later();
  void read_soon();
  void read_one();
  void take(const ToClient& message);
  void on_answer(const std::string& ticket, const ServerMessage& message);
  void on_joined(const Joined& joined);
  void on_storage(StorageState state);
  void apply(ByteView update);

  SimClock& clock_;
  Rng& rng_;
  Ledger& ledger_;
  RoomName room_;
  std::uint64_t client_id_;
  std::unique_ptr<ydoc::Doc> doc_;
  ydoc::Subscription local_edits_;

  std::shared_ptr<Line> line_;
  std::uint32_t channel_ = 0;
  Instant away_until_{};
  bool joined_ = false;
  bool owes_ = false;  // something was refused that is to be pushed again
  bool retrying_ = false;
  std::size_t owed_at_join_ = 0;  // what was acknowledged when the join was sent
  std::uint64_t next_ticket_ = 1;
  std::map<std::string, Bytes> unanswered_;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace righttask::sim
