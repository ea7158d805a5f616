#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "net/connection_id.h"
#include "net/http_decoder.h"
#include "net/meter_pool.h"
#include "net/outbox_pool.h"
#include "net/websocket.h"

namespace righttask::net {

/// What a connection is doing. Each phase has its own time limit (Server::Impl::time_limit).
enum class Phase : std::uint8_t {
  free,
  request,    // HTTP: waiting for a request, or for the rest of one
  answering,  // the handler deferred its answer; nothing is read
  websocket,  // open
  closing,    // our close frame is queued or sent, the peer's is awaited
  finishing,  // ends once the outbox has left; nothing is read
  lingering,  // our side is shut; what still comes is discarded, so that no reset overtakes the end
  doomed,     // its slot is freed at the end of this turn
};

/// What one connection has sent of something that is not complete, as a part of the sum over all.
class Incomplete {
 public:
  Incomplete() = default;
  ~Incomplete() { count(0); }
  Incomplete(const Incomplete&) = delete;
  Incomplete& operator=(const Incomplete&) = delete;

  /// `sum` outlives this.
  void count(std::size_t bytes, std::size_t& sum) {
    sum_ = &sum;
    count(bytes);
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void count(std::size_t bytes) {
    if (sum_ != nullptr) *sum_ += bytes - bytes_;
    bytes_ = bytes;
  }

  std::size_t* sum_ = nullptr;
  std::size_t bytes_ = 0;
};

/// What a connection needs only while something is incomplete.
struct ConnectionInput {
  std::optional<HttpDecoder> http;
  std::optional<WebSocketDecoder> websocket;
  std::uint32_t message_since = 0;  // ms of the server's clock; when `websocket`'s message began
  Incomplete incomplete;            // what the two hold
  Bytes unread;                     // received, but not parsed yet; from `unread_at` on
  std::size_t unread_at = 0;
  // Of the request being answered:
  bool head_request = false;
  bool keep_alive = true;
};

/// All there is of an idle connection.
struct Connection {
  int fd = -1;
  std::uint32_t generation = 1;
  std::uint32_t since = 0;  // ms of the server's clock; from when the phase's time limit counts
  Phase phase = Phase::free;
  std::uint8_t listener = 0;
  bool half_open : 1 = false;    // has not finished a request yet
  bool announced : 1 = false;    // on_open was called, on_close was not
  bool paused : 1 = false;       // the handler wants nothing read
  bool throttled : 1 = false;    // it has sent too much; in the list of those to be read later
  bool yielding : 1 = false;     // it has had its share of this turn; in the list for the next
  bool blocked : 1 = false;      // the kernel takes no more; EPOLLOUT is armed
  bool dirty : 1 = false;        // in the list of those to flush
  bool resuming : 1 = false;     // in the list of those whose unread bytes can be parsed
  bool inflates : 1 = false;     // permessage-deflate: what it sends may be compressed
  bool compresses : 1 = false;   // and what it is sent
  bool linger : 1 = false;       // finishing ends in lingering rather than at once
  bool watch_read : 1 = true;    // what epoll has been told
  bool watch_write : 1 = false;  //
  std::uint16_t port = 0;
  Outbox outbox;                           // 16 bytes
  std::uint32_t meter = MeterPool::kNone;  // while what it sent lately counts
  std::unique_ptr<ConnectionInput> input;
  std::array<std::uint8_t, 16> ip{};
};
static_assert(sizeof(Connection) <= 64);

/// Connections at stable addresses, numbered from 0. Slots are used again, last freed first.
class ConnectionSlab {
 public:
  static constexpr std::size_t kChunk = 4096;

  std::uint32_t take() {
    if (free_.empty()) grow();
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  /// The generation moves on, so ids of the old connection find nothing.
  void give_back(std::uint32_t slot) {
    Connection& connection = at(slot);
    const std::uint32_t generation = connection.generation + 1;
    connection = Connection{};
    connection.generation = generation == 0 ? 1 : generation;
    free_.push_back(slot);
  }

  [[nodiscard]] Connection& at(std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  [[nodiscard]] Connection* find(ConnectionId id) {
    const std::uint32_t slot = slot_of(id);
    if (slot >= size()) return nullptr;
    Connection& connection = at(slot);
    const bool same = connection.generation == generation_of(id) && connection.phase != Phase::free;
    return same ? &connection : nullptr;
  }
  /// Slots there are, taken or free.
  [[nodiscard]] std::uint32_t size() const {
    return static_cast<std::uint32_t>(chunks_.size() * kChunk);
  }

 private:
  void grow() {
    const std::uint32_t first = size();
    chunks_.push_back(std::make_unique<Connection[]>(kChunk));
    free_.reserve(first + kChunk);
    for (std::uint32_t i = kChunk; i-- > 0;) free_.push_back(first + i);
  }

  std::vector<std::unique_ptr<Connection[]>> chunks_;
  std::vector<std::uint32_t> free_;
};

}  // namespace righttask::net
