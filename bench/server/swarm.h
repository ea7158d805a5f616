#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace righttask::bench {

using Clock = std::chrono::steady_clock;

/// Many Phoenix clients on one epoll, as light as they can be: the machine that is measured runs
/// them as well. They speak vsn 2.0.0, join by state vector, and so send and receive updates in
/// binary. One thread.
class Swarm {
 public:
  /// An update reached a member. `update` is valid for the call.
  using OnUpdate = std::function<void(std::uint32_t member, std::string_view update)>;

  explicit Swarm(std::uint16_t port);
  ~Swarm();
  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  void on_update(OnUpdate callback) { on_update_ = std::move(callback); }

  /// A member's oldest unanswered push was acknowledged.
  using OnAnswer = std::function<void(std::uint32_t member)>;
  void on_answer(OnAnswer callback) { on_answer_ = std::move(callback); }

  /// Connects and joins until there are `count` members, `per_room` in each room, spread over the
  /// addresses 127.0.0.2 to 127.0.0.5. Returns once all are in.
  void grow(std::uint32_t count, std::uint32_t per_room);

  /// Returns once every member has had the answer to a heartbeat sent now, and with it all that
  /// the server had sent before.
  void settle();

  /// Pushes one update as this member.
  void push_update(std::uint32_t member, std::string_view update);

  /// Returns once this many pushes have been answered in all.
  void await_answers(std::uint64_t pushes);

  /// Reads what comes until `end`.
  void run_until(Clock::time_point end);

  [[nodiscard]] std::uint64_t updates_received() const { return updates_; }
  [[nodiscard]] std::uint64_t pushes_answered() const { return answered_; }

 private:
  struct Client;

  void connect(std::uint32_t member);
  void on_ready(std::uint32_t member, std::uint32_t events);
  void on_bytes(Client& client);
  void on_upgraded(Client& client);
  void on_frame(Client& client, std::uint8_t opcode, std::string_view payload);
  void on_text(Client& client, std::string_view text);
  void send_frame(Client& client, std::uint8_t opcode, std::string_view payload);
  void send_all(Client& client, std::string_view bytes);
  bool poll(Clock::time_point end);

  std::uint16_t port_;
  int epoll_;
  std::uint32_t per_room_ = 1;
  std::vector<Client> clients_;
  std::string buffer_;  // of every read
  OnUpdate on_update_;
  OnAnswer on_answer_;
  std::uint32_t joined_ = 0;
  std::uint64_t updates_ = 0;
  std::uint64_t answered_ = 0;    // pushes
  std::uint64_t heartbeats_ = 0;  // answered
};

}  // namespace righttask::bench
