#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "loadgen/plan.h"
#include "loadgen/report.h"
#include "loadgen/swarm.h"
#include "loadgen/trace.h"

namespace righttask::loadgen {

/// Carries a plan out. One thread; blocks until the run is over.
class Runner : private SwarmEvents {
 public:
  /// Told once a second how it goes.
  using Progress = std::function<void(const std::string&)>;

  Runner(const Plan& plan, Progress progress);

  /// The error is a sentence: there was nothing to measure.
  [[nodiscard]] Result<Report, std::string> run();

 private:
  struct Attempt {
    Instant first{};  // of this member's attempts to come in
    bool under_way = false;
  };
  struct Retry {
    Instant at;
    std::uint32_t member;
  };
  /// Readings before a phase.
  struct Mark {
    Instant when;
    std::chrono::nanoseconds generator;
    std::optional<CpuTime> server;
  };

  void on_joined(std::uint32_t member, ByteView state, Instant when) override;
  void on_update(std::uint32_t member, ByteView update, Instant when) override;
  void on_acknowledged(std::uint32_t member, Instant when) override;
  void on_refused(std::uint32_t member, std::string_view why) override;
  void on_gone(std::uint32_t member, const std::string& why) override;

  [[nodiscard]] Result<void, std::string> connect_all();
  [[nodiscard]] Result<void, std::string> bring_in(std::deque<std::uint32_t> members);
  [[nodiscard]] Result<void, std::string> read_memory(std::uint32_t connections);
  [[nodiscard]] Result<void, std::string> weather_storm();
  [[nodiscard]] Result<void, std::string> put_under_load();

  void note_fault(std::uint32_t& count, std::string_view why);
  void settle();
  void open_loop(double seconds);
  void closed_loop(Instant end);
  void drain();
  void send_next(Instant when);
  void push(std::uint32_t member, Instant when);
  /// One turn of the swarm, and what has to happen now and then.
  void turn(Instant until);

  [[nodiscard]] Result<Mark, std::string> mark() const;
  [[nodiscard]] Result<Usage, std::string> since(const Mark& before) const;
  [[nodiscard]] std::uint32_t senders() const;
  /// The n-th sender, rooms in turns.
  [[nodiscard]] std::uint32_t sender_member(std::uint64_t n) const;
  [[nodiscard]] std::string progress_line() const;

  const Plan& plan_;
  Progress progress_;
  std::unique_ptr<Dialect> dialect_;
  Trace trace_;
  Swarm swarm_;
  Report report_;

  // joining
  Joining* joining_ = nullptr;  // what is being counted into
  Instant phase_began_{};
  std::vector<Attempt> attempts_;
  std::deque<Retry> retries_;
  std::uint32_t under_way_ = 0;
  std::uint32_t joined_ = 0;

  // load
  Loading loading_;
  std::uint64_t turn_of_ = 0;                // counts pushes of the open loop
  std::vector<std::uint64_t> pushed_;        // by member, of this phase: the closed loop's
  std::vector<std::uint32_t> acknowledged_;  // members whose answer came in this turn
  bool counting_ = false;                    // faults are the load's from here on
  Bytes update_;
  std::string text_;

  // now and then
  Instant next_second_{};
  Instant next_keep_alive_{};
  std::uint32_t keep_alive_member_ = 0;
  bool silent_ = false;  // no signs of life
  std::string phase_ = "connecting";
  std::uint64_t delivered_before_ = 0;  // at the last progress line
  std::uint64_t sent_before_ = 0;
};

}  // namespace righttask::loadgen
