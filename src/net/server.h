#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/token_bucket.h"
#include "net/frame_compressor.h"
#include "net/handler.h"
#include "net/http_decoder.h"
#include "net/listener.h"
#include "net/trusted_proxies.h"
#include "net/websocket.h"
#include "runtime/loop.h"

namespace righttask::net {

struct ServerOptions {
  HttpLimits http{};
  WebSocketLimits websocket{};

  // What may wait for a connection that does not read. A frame is still taken while less waits, so
  // the largest message passes; after that the queue is dropped, close 1013.
  std::size_t outbox_bytes_max = 16u << 20;
  // What newcomers are owed and have not read, of all connections together: each has a copy of its
  // own. A connection that would be owed more is closed with 1013, but for the only one.
  std::size_t owed_bytes_max = 512u << 20;
  // All connections; above: 503 and closed. 0: the open-file limit less a reserve of 64.
  std::uint32_t connections_max = 0;
  // From one address (IPv6: one /64); above: 503 and closed. Loopback and trusted proxies are
  // exempt; a socket that came through those counts for its client.
  std::uint32_t connections_per_address_max = 1000;
  // Connections that have not finished their first request; above: accepting pauses.
  std::uint32_t half_open_max = 1024;
  std::chrono::milliseconds request_time_max{10'000};  // to send a complete head; then 408
  std::chrono::milliseconds body_time_max{60'000};     // head and body together; and before:
  // once `request_time_max` is over a body must have come at least this fast since then.
  std::uint64_t receive_bytes_per_second_min = 1024;
  // A WebSocket message has this long to come whole once it has begun, and like a body it must not
  // be slower than that in between; then 1008. 0: as long as it keeps that rate.
  std::chrono::milliseconds message_time_max{300'000};
  // What all connections have sent of messages and bodies that are not complete; above: whoever has
  // sent more than 64 KiB of one and sends more of it is closed, 1013 or 503.
  std::size_t incomplete_bytes_max = 512u << 20;
  std::chrono::milliseconds keep_alive_time_max{60'000};  // between two requests
  // Silence in both directions on a WebSocket; then close 1002, as Phoenix on Bandit does. 0: off.
  std::chrono::milliseconds idle_time_max{60'000};
  // Silence after which the server sends a WebSocket ping. 0: never, as Phoenix. A ping is
  // traffic: shorter than idle_time_max, it leaves finding dead peers to TCP.
  std::chrono::milliseconds ping_after{0};
  // How long the peer may take to answer a close frame or to take the last answer.
  std::chrono::milliseconds close_time_max{5'000};
  // What one connection may send: messages and control frames, or requests; and bytes as they come
  // off the wire. Past either nothing more is read from it until it is allowed again.
  Rate message_rate{.per_second = 1'000, .burst = std::chrono::seconds{5}};
  Rate byte_rate{.per_second = 8u << 20, .burst = std::chrono::seconds{5}};
  // Messages of more than this many bytes are sent compressed to those who agreed on
  // permessage-deflate; 0: nobody is offered it.
  std::size_t compress_above_bytes = 0;
  TrustedProxies proxies{};
  std::uint64_t seed = 1;  // order and jitter of a drain
};

/// Counted, not logged: what peers can provoke.
struct ServerProbe {
  std::uint64_t accepted_total = 0;
  std::uint64_t requests_total = 0;
  std::uint64_t upgrades_total = 0;
  std::uint64_t messages_received_total = 0;
  std::uint64_t frames_sent_total = 0;  // frames and answers that left whole
  std::uint64_t sends_total = 0;        // system calls it took
  std::uint64_t bytes_received_total = 0;
  std::uint64_t bytes_sent_total = 0;
  std::uint64_t refused_full_total = 0;
  std::uint64_t refused_address_total = 0;
  std::uint64_t accept_errors_total = 0;
  std::uint64_t bad_requests_total = 0;
  std::uint64_t request_timeouts_total = 0;
  std::uint64_t protocol_errors_total = 0;
  std::uint64_t idle_closes_total = 0;
  std::uint64_t message_timeouts_total = 0;  // messages that came too slowly
  std::uint64_t incomplete_overflows_total = 0;
  std::uint64_t outbox_overflows_total = 0;
  std::uint64_t owed_overflows_total = 0;
  std::uint64_t rate_pauses_total = 0;       // times a connection was not read for a while
  std::uint32_t connections = 0;             // now, in any state
  std::uint32_t half_open = 0;               // of those, without a first request
  std::uint32_t websockets = 0;              // of those, open
  std::uint32_t rate_paused = 0;             // of those, not read at present because of their rate
  std::size_t outbox_bytes = 0;              // queued in all, as it counts
  std::size_t owed_bytes = 0;                // queued beside that: states of newcomers
  std::size_t incomplete_bytes = 0;          // held of messages and bodies that are not complete
  std::uint64_t deflate_upgrades_total = 0;  // sockets that agreed on permessage-deflate
  std::uint64_t inflated_total = 0;          // messages that came compressed
  std::uint64_t inflated_bytes_total = 0;    // what they became
  std::uint64_t inflate_refusals_total = 0;  // sockets closed for one that did not pass
  CompressionProbe compression;
};

/// Accepts connections, speaks HTTP/1.1 and WebSocket on them, and calls a Handler. Shard-local:
/// one for each loop.
///
/// Everything queued for a connection in one turn leaves in one system call at the turn's end. An
/// established connection costs 64 bytes here while it is idle.
class Server {
 public:
  Server(runtime::Loop& loop, Handler& handler, const ServerOptions& options);
  /// Closes every connection at once, without a word to the handler.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts to accept; may be called for several. Errors are sentences. Returns the port.
  [[nodiscard]] Result<std::uint16_t, std::string> listen(const ListenOptions& options);
  /// The port of the first listener; 0 when there is none.
  [[nodiscard]] std::uint16_t port() const;

  /// Answers a request that was Deferred. False when the connection has gone.
  bool respond(ConnectionId id, HttpResponse response);

  enum class Budget : std::uint8_t {
    counted,
    exempt,  // outside the connection's outbox limit: the state a newcomer is owed
  };
  /// Queues one whole WebSocket frame (`frame` of websocket.h). To a connection that has gone, is
  /// closing or is no WebSocket: nothing happens. O(1), no allocation for each recipient.
  void send(ConnectionId id, SharedBytes frame, Budget budget = Budget::counted);
  void send_many(std::span<const ConnectionId> ids, const SharedBytes& frame);
  /// What waits for this connection, in bytes of `counted` frames and a fixed charge for each.
  [[nodiscard]] std::size_t outbox_bytes(ConnectionId id) const;

  /// Says goodbye after what is queued. See Handler::on_close.
  void close(ConnectionId id, std::uint16_t code, std::string_view reason = {});
  /// Drops the connection and what is queued for it; on_close says 1006.
  void close_now(ConnectionId id);

  /// Stops and starts reading, which lets the kernel slow the peer down. Messages already read
  /// are kept. A paused connection is never closed as idle.
  void pause_reading(ConnectionId id);
  void resume_reading(ConnectionId id);

  /// Whether it is an open WebSocket.
  [[nodiscard]] bool is_open(ConnectionId id) const;
  [[nodiscard]] const ServerProbe& probe() const;

  void stop_accepting();
  /// Stops accepting and closes every WebSocket with `code`, in random order, in batches spread
  /// over three quarters of `within`; then drops what is left when it is over. HTTP connections
  /// finish the answer under way. `done` is called once all are gone.
  void drain(std::uint16_t code, std::chrono::milliseconds within, runtime::Task done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace righttask::net
