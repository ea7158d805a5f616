#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "ledger.h"
#include "plant.h"
#include "sim_client.h"
#include "sim_clock.h"
#include "sim_server.h"
#include "sim_store.h"
#include "store/testing/crash_disk.h"

namespace righttask::sim {

/// What one run saw.
struct Report {
  std::uint64_t acknowledged = 0;
  std::uint64_t crashes = 0;
  std::uint64_t disk_faults = 0;
  std::uint64_t appends_refused = 0;
  std::uint64_t rooms_loaded = 0;
  std::uint64_t snapshots = 0;
  Duration time{};

  Report& operator+=(const Report& other);
  bool operator==(const Report&) const = default;
};

/// A server of a few rooms, its disk, and users who edit them, for a while of virtual time in which
/// the process is killed, the power fails in the middle of writes, the disk is full, slow or fails
/// to sync, and connections break. All that happens follows from the seed.
///
/// It holds, or run() throws Violation: an acknowledged update is there after every crash, and in
/// every answer to a join; nobody is answered from a room that is not loaded; nothing stored is
/// damaged; no room fails; and at rest every update is answered, all copies are the same, and a new
/// process finds that on its disk.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, Plant plant = Plant::none);

  /// So many things happen, then all comes to rest.
  void run(std::uint64_t steps);
  [[nodiscard]] const Report& report() const { return report_; }

 private:
  enum class Death : std::uint8_t { killed, power_lost, power_lost_torn };

  struct Site {  // one room, as its users know it
    RoomName name;
    Ledger ledger;
    std::deque<SimClient> clients;
  };

  bool step();
  void let_act(SimClient& client);
  void let_leave();
  void let_fail();
  void fail_somehow();
  void fill_disk();
  void crash(Death death);
  void start();
  [[nodiscard]] bool try_to_start();
  void check_durable();
  [[nodiscard]] std::unique_ptr<ydoc::Doc> load(const RoomName& room);
  void come_to_rest();
  void check_rest();

  const Plant plant_;
  Rng rng_;
  SimClock clock_;
  store::testing::CrashDisk disk_;
  Limits limits_;
  std::deque<Site> sites_;
  std::unique_ptr<SimStore> store_;
  std::unique_ptr<SimServer> server_;  // null: the process is dead
  bool at_rest_ = false;
  std::uint64_t next_tempo_ = 0;
  Report report_;
};

/// One run: what was violated, or nothing.
[[nodiscard]] std::optional<std::string> violation(std::uint64_t seed, std::uint64_t steps,
                                                   Plant plant, Report* report = nullptr);

}  // namespace righttask::sim
