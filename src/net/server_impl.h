#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "net/address_table.h"
#include "net/connection.h"
#include "net/deflate.h"
#include "net/frame_compressor.h"
#include "net/meter_pool.h"
#include "net/outbox_pool.h"
#include "net/server.h"
#include "runtime/file_descriptor.h"

namespace righttask::net {

/// The server's state and its parts of behaviour, a file each: server_accept.cc,
/// server_read.cc, server_deflate.cc, server_rate.cc, server_write.cc, server_close.cc. Nothing is
/// freed while it may be in use: a connection that ends is doomed, and its slot given back at the
/// end of the turn.
class Server::Impl {
 public:
  Impl(runtime::Loop& loop, Handler& handler, const ServerOptions& options);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<std::uint16_t, std::string> listen(const ListenOptions& options);
  [[nodiscard]] std::uint16_t port() const;
  void stop_accepting();

  bool respond(ConnectionId id, HttpResponse response);
  void pause_reading(ConnectionId id);
  void resume_reading(ConnectionId id);

  void send(ConnectionId id, SharedBytes frame, Budget budget);
  [[nodiscard]] std::size_t outbox_bytes(ConnectionId id);

  void close(ConnectionId id, std::uint16_t code, std::string_view reason);
  void close_now(ConnectionId id);
  void drain(std::uint16_t code, std::chrono::milliseconds within, runtime::Task done);

  [[nodiscard]] bool is_open(ConnectionId id);
  [[nodiscard]] const ServerProbe& probe();

 private:
  struct Acceptor final : runtime::IoSource {
    explicit Acceptor(Impl& i) : impl(i) {}
    void on_ready(std::uint64_t tag, runtime::Readiness ready) override;
    Impl& impl;
  };
  struct Sockets final : runtime::IoSource {
    explicit Sockets(Impl& i) : impl(i) {}
    void on_ready(std::uint64_t tag, runtime::Readiness ready) override;
    Impl& impl;
  };
  struct Gone {
    ConnectionId id;
    std::uint16_t code;
    bool clean;
  };
  enum PauseReason : unsigned { kStopped = 1, kHalfOpen = 2, kNoDescriptors = 4 };

  // -- server_accept.cc
  void accept_some(std::uint8_t listener);
  bool admit(runtime::FileDescriptor fd, const PeerAddress& peer, std::uint8_t listener);
  void refuse(const runtime::FileDescriptor& fd);
  void shed_without_descriptors(int listener_fd);
  void pause_accepting(unsigned reasons);
  void continue_accepting(unsigned reasons);
  void watch_listeners();
  [[nodiscard]] bool is_exempt(const PeerAddress& address) const;
  [[nodiscard]] bool admits_address(const PeerAddress& address) const;
  void count_address(const PeerAddress& address);
  void uncount_address(const PeerAddress& address);
  void count_as_client(Connection& c, const PeerAddress& client);
  void end_half_open(Connection& c);

  // -- server_read.cc
  void on_readable(std::uint32_t slot);
  void on_end_of_stream(std::uint32_t slot);
  void parse(std::uint32_t slot, std::span<std::uint8_t> bytes, Bytes* owner = nullptr);
  void parse_unread(std::uint32_t slot);
  void yield(std::uint32_t slot);
  void read_request(std::uint32_t slot, std::span<std::uint8_t>& bytes);
  void reply(std::uint32_t slot, const HttpRequest& request, HttpReply reply);
  void upgrade(std::uint32_t slot, const HttpRequest& request, Upgrade upgrade);
  void answer(std::uint32_t slot, HttpResponse response, bool head_request, bool keep_alive);
  void read_messages(std::uint32_t slot, std::span<std::uint8_t>& bytes);
  void read_close(std::uint32_t slot, std::span<std::uint8_t>& bytes);
  void take_peer_close(std::uint32_t slot, const ws::Close& close);
  void take_failure(std::uint32_t slot, std::uint16_t code);
  void keep(std::uint32_t slot, WebSocketDecoder decoder, std::uint32_t message_since);
  [[nodiscard]] bool holds_too_much(const Connection& c) const;
  [[nodiscard]] bool held_back(const Connection& c) const;
  void resume(std::uint32_t slot);
  void update_interest(std::uint32_t slot);

  // -- server_deflate.cc
  [[nodiscard]] static Compression compression_of(const Connection& c);
  void agree_on_compression(Connection& c, const HttpRequest& request, HttpResponse& response);
  [[nodiscard]] std::optional<ByteView> inflate(std::uint32_t slot, const ws::Message& message);

  // -- server_rate.cc
  void charge(std::uint32_t slot, std::uint64_t messages, std::uint64_t bytes);
  void throttle(std::uint32_t slot);
  void schedule_unthrottle();
  void unthrottle();
  void forget_meter(Connection& c);

  // -- server_write.cc
  void queue(std::uint32_t slot, SharedBytes bytes, bool counted = true);
  void mark_dirty(std::uint32_t slot);
  void flush(std::uint32_t slot);
  void flush_dirty();
  [[nodiscard]] std::ptrdiff_t write_some(const Connection& c, std::size_t& offered);
  void take_off(Connection& c, std::size_t sent);
  void on_flushed(std::uint32_t slot);
  void overflow(std::uint32_t slot, std::string_view why);

  // -- server_close.cc
  void schedule_end_of_turn();
  void end_of_turn();
  void report_gone(std::uint32_t slot, std::uint16_t code, bool clean);
  void start_close(std::uint32_t slot, std::uint16_t code, std::string_view reason, bool clean);
  void break_off(std::uint32_t slot, std::uint16_t code, std::string_view reason);
  void finish(std::uint32_t slot, bool linger);
  void doom(std::uint32_t slot);
  void release(std::uint32_t slot);
  void schedule_sweep();
  void sweep();
  void check_time(std::uint32_t slot);
  void expire(std::uint32_t slot);
  [[nodiscard]] static bool mid_request(const Connection& c);
  [[nodiscard]] std::uint32_t time_limit(const Connection& c) const;
  [[nodiscard]] std::uint32_t request_time_limit(const HttpDecoder& decoder) const;
  [[nodiscard]] bool message_is_late(const Connection& c) const;
  [[nodiscard]] std::uint32_t arrival_time_limit(std::size_t bytes,
                                                 std::chrono::milliseconds whole) const;
  void drain_batch();
  void drop_all();
  void drop_idle_http();
  void finish_drain_if_empty();

  [[nodiscard]] ConnectionId id_of(std::uint32_t slot);
  [[nodiscard]] std::uint64_t tag_of(std::uint32_t slot);
  [[nodiscard]] std::uint32_t now_ms() const;
  [[nodiscard]] bool turn_has_work() const;

  runtime::Loop& loop_;
  Handler& handler_;
  ServerOptions options_;
  Instant started_;
  Acceptor acceptor_{*this};
  Sockets sockets_{*this};
  std::uint8_t acceptor_source_;
  std::uint8_t sockets_source_;

  std::vector<Listener> listeners_;
  unsigned accept_paused_ = 0;  // PauseReason bits
  runtime::FileDescriptor reserve_;
  AddressTable addresses_;

  ConnectionSlab slab_;
  OutboxPool pool_;
  MeterPool meters_;
  std::unique_ptr<std::uint8_t[]> read_buffer_;
  ServerProbe probe_;
  Inflater inflater_;
  TokenBucket amplified_;
  FrameCompressor compressor_;

  // Work for the end of this turn, by slot.
  std::vector<std::uint32_t> dirty_, resuming_, doomed_, scratch_, flushing_;
  std::vector<Gone> gone_;
  bool end_of_turn_scheduled_ = false;

  std::vector<ConnectionId> throttled_;
  std::vector<ConnectionId> yielding_;

  /// What is left of the share of a turn of the connection that is being parsed.
  struct Share {
    std::uint32_t messages;
    std::size_t bytes;
    [[nodiscard]] bool used_up() const { return messages == 0 || bytes == 0; }
    void use(std::size_t size) {
      if (messages > 0) --messages;
      use_bytes(size);
    }
    void use_bytes(std::uint64_t size) { bytes -= std::min<std::uint64_t>(bytes, size); }
  } share_{};

  std::optional<runtime::TimerId> sweep_timer_, accept_timer_, drain_timer_, drain_end_timer_,
      rate_timer_, yield_timer_;
  std::uint32_t sweep_at_ = 0;
  Duration sweep_step_;

  bool draining_ = false;
  std::uint16_t drain_code_ = 0;
  std::size_t drain_batch_ = 0;
  Duration drain_step_{};
  std::vector<ConnectionId> drain_ids_;
  runtime::Task drained_;
  Rng rng_;

  /// Lets tasks handed to the loop find out that the server has gone.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace righttask::net
