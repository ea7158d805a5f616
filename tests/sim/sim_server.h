#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "model/limits.h"
#include "plant.h"
#include "protocol/session.h"
#include "server/room_host.h"
#include "sim_clock.h"
#include "sim_store.h"

namespace righttask::sim {

/// What a server sends to one client: an answer or push for one membership, or a broadcast.
struct Direct {
  std::uint32_t channel = 0;
  Ticket ticket;
  ServerMessage message;
};
using ToClient = std::variant<Direct, Bytes>;

/// A protocol without a wire: its broadcasts are the message's kind and its bytes.
class SimDialect final : public protocol::Dialect {
 public:
  enum class Kind : std::uint8_t { update, storage };

  [[nodiscard]] std::string_view name() const override { return "sim"; }
  [[nodiscard]] Result<std::unique_ptr<protocol::Session>, std::uint16_t> open(
      protocol::OpenRequest) const override {
    return fail(std::uint16_t{403});
  }
  [[nodiscard]] std::optional<protocol::Frame> encode_broadcast(
      const protocol::Audience& audience, const ServerMessage& message) const override;
};

/// One life of the server's process: the real room host and rooms, a store, and connections with
/// a bounded outbox each, on the virtual clock.
class SimServer final : server::RoomOutlet {
 public:
  /// Told when something waits for a client, and when its connection has ended.
  struct Peer {
    std::function<void()> has_mail;
    std::function<void()> lost;
  };

  SimServer(SimClock& clock, Rng& rng, SimStore& store, const Limits& limits, Plant plant);

  ConnectionId connect(Peer peer);
  void disconnect(ConnectionId id);
  void receive(const RoomName& room, const RoomMessage& message);
  /// The oldest thing that waits for the client.
  [[nodiscard]] std::optional<ToClient> take(ConnectionId id);

  [[nodiscard]] const server::RoomHost& rooms() const { return host_; }

 private:
  struct Connection {
    Peer peer;
    std::map<MemberId, RoomName> members;
    std::deque<std::pair<ToClient, std::size_t>> outbox;  // with what each counts for
    std::size_t outbox_bytes = 0;
  };

  // RoomOutlet
  void deliver(MemberId to, const Ticket& ticket, const ServerMessage& message) override;
  std::optional<Reception> reception(MemberId member) const override;
  void send(const std::vector<ConnectionId>& to, const protocol::Frame& frame) override;
  void close(ConnectionId id) override;
  void wake_at(const RoomName& room, Instant when) override;
  void forget_wake(const RoomName& room) override { wakes_.erase(room); }
  void flush_soon() override;
  void call_after(Duration delay, runtime::Task task) override;
  RoomNow now() const override;

  void put(ConnectionId id, ToClient message, std::size_t bytes);
  void soon(SimClock::Task task) {
    clock_.after(Duration::zero(), SimClock::Owner::process, std::move(task));
  }

  SimClock& clock_;
  SimStore& store_;
  const Limits limits_;
  const Plant plant_;
  SimDialect dialect_;
  std::uint64_t next_connection_ = 1;
  std::map<ConnectionId, Connection> connections_;
  std::map<RoomName, Instant> wakes_;
  bool flushing_ = false;
  server::RoomHost host_;
};

}  // namespace righttask::sim
