#include "simulation.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ydoc/types/shared.h"

namespace righttask::sim {
namespace {

using store::testing::CrashDisk;

constexpr std::size_t kRooms = 3;
constexpr std::size_t kClientsOfRoom = 3;
constexpr SimStore::Tempo kBrisk{microseconds(200), milliseconds(8)};
constexpr SimStore::Tempo kSlow{milliseconds(100), milliseconds(1'500)};
/// Longer than anything that is waited for: retries, pauses, slow readers.
constexpr Duration kUntilRest = seconds(40);

Limits small_limits() {
  Limits limits;
  limits.outbox_bytes_max = 1500;  // so that somebody who does not read for a while fills it
  limits.room_idle = milliseconds(300);
  limits.presence_grace = milliseconds(100);
  return limits;
}

bool brings_nothing(ydoc::Doc& doc, const ydoc::Doc& other) {
  const auto result = doc.apply_update_v1(other.encode_state_as_update_v1());
  return result && !result->changed;
}

void check_same(ydoc::Doc& one, ydoc::Doc& other, const std::string& where) {
  if (one.text("t").text() != other.text("t").text() ||
      one.state_vector() != other.state_vector() || one.has_pending() || other.has_pending() ||
      !brings_nothing(one, other) || !brings_nothing(other, one)) {
    throw Violation(where + " differs");
  }
}

}  // namespace

Report& Report::operator+=(const Report& other) {
  acknowledged += other.acknowledged;
  crashes += other.crashes;
  disk_faults += other.disk_faults;
  appends_refused += other.appends_refused;
  rooms_loaded += other.rooms_loaded;
  snapshots += other.snapshots;
  time += other.time;
  return *this;
}

Simulation::Simulation(std::uint64_t seed, Plant plant)
    : plant_(plant), rng_(seed), limits_(small_limits()) {
  std::uint64_t number = 1;
  for (std::size_t i = 0; i < kRooms; ++i) {
    Site& site =
        sites_.emplace_back(Site{RoomName::parse("room " + std::to_string(i)).value(), {}, {}});
    for (std::size_t j = 0; j < kClientsOfRoom; ++j) {
      site.clients.emplace_back(clock_, rng_, site.ledger, site.name, number++);
    }
  }
  start();
  for (Site& site : sites_) {
    for (SimClient& client : site.clients) let_act(client);
  }
  let_leave();
  let_fail();
}

void Simulation::run(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) CHECK(step());
  come_to_rest();
  check_rest();
  report_.time = clock_.now() - Instant{};
  for (Site& site : sites_) {
    for (const SimClient& client : site.clients) report_.acknowledged += client.acknowledged();
  }
}

bool Simulation::step() {
  if (!clock_.step()) return false;
  if (server_ != nullptr && store_->power_is_off()) {
    crash(rng_.chance(2) ? Death::power_lost : Death::power_lost_torn);
  }
  return true;
}

// ---- what happens -------------------------------------------------------------------------------

void Simulation::let_act(SimClient& client) {
  clock_.after(microseconds(500 + rng_.below(60'000)), SimClock::Owner::world, [this, &client] {
    if (at_rest_) return;
    if (server_ != nullptr) {
      client.act(*server_);
    } else {
      client.edit();
    }
    let_act(client);
  });
}

/// Now and then everybody leaves a room for so long that it closes.
void Simulation::let_leave() {
  clock_.after(milliseconds(200 + rng_.below(2'000)), SimClock::Owner::world, [this] {
    if (at_rest_) return;
    if (server_ != nullptr) {
      for (SimClient& client : sites_[rng_.below(kRooms)].clients) {
        client.stay_away(limits_.room_idle + milliseconds(rng_.below(400)));
      }
    }
    let_leave();
  });
}

void Simulation::let_fail() {
  clock_.after(milliseconds(50 + rng_.below(1'000)), SimClock::Owner::world, [this] {
    if (at_rest_) return;
    if (server_ != nullptr) fail_somehow();
    let_fail();
  });
}

void Simulation::fail_somehow() {
  switch (rng_.below(8)) {
    case 0:
      return crash(Death::killed);
    case 1:
      return crash(Death::power_lost);
    case 2:
      return crash(Death::power_lost_torn);
    case 3:  // in the middle of something that is to come
    case 4:
      return disk_.cut_at(disk_.operations() + 1 + rng_.below(40));
    case 5:
      return fill_disk();
    case 6:
      ++report_.disk_faults;
      return disk_.fail_sync_at(disk_.operations() + 1, 1 + rng_.below(4));
    default: {
      store_->set_tempo(kSlow);
      const std::uint64_t tempo = ++next_tempo_;
      clock_.after(milliseconds(rng_.below(3'000)), SimClock::Owner::process, [this, tempo] {
        if (tempo == next_tempo_) store_->set_tempo(kBrisk);
      });
    }
  }
}

void Simulation::fill_disk() {
  ++report_.disk_faults;
  disk_.fill_at(disk_.operations() + rng_.below(20));
  clock_.after(milliseconds(rng_.below(2'500)), SimClock::Owner::process, [this] { disk_.heal(); });
}

// ---- the process --------------------------------------------------------------------------------

void Simulation::crash(Death death) {
  ++report_.crashes;
  disk_.cut_at(0);  // what is closed from here on reaches nothing
  for (Site& site : sites_) {
    for (SimClient& client : site.clients) client.on_server_death(*server_);
  }
  clock_.forget_process();
  report_.rooms_loaded += server_->rooms().probe().rooms_opened;
  report_.appends_refused += server_->rooms().probe().appends_refused;
  report_.snapshots += server_->rooms().probe().snapshots_asked;
  server_.reset();
  store_.reset();
  if (death == Death::killed) {
    disk_.heal();  // the page cache is still there
  } else {
    disk_.restart(death == Death::power_lost ? CrashDisk::Loss::all : CrashDisk::Loss::torn, rng_);
  }
  clock_.after(milliseconds(rng_.below(300)), SimClock::Owner::world, [this] { start(); });
}

void Simulation::start() {
  // Recovering may be cut off as well, again and again.
  while (!at_rest_ && rng_.chance(4)) {
    disk_.cut_at(disk_.operations() + 1 + rng_.below(20));
    if (try_to_start()) break;
    store_.reset();
    disk_.restart(rng_.chance(2) ? CrashDisk::Loss::all : CrashDisk::Loss::torn, rng_);
  }
  disk_.heal();
  if (store_ == nullptr && !try_to_start()) throw Violation("the store does not open");
  check_durable();
  server_ = std::make_unique<SimServer>(clock_, rng_, *store_, limits_, plant_);
}

bool Simulation::try_to_start() {
  store_ = std::make_unique<SimStore>(clock_, rng_, disk_, plant_);
  store_->set_tempo(kBrisk);
  return store_->open() && !store_->power_is_off();
}

std::unique_ptr<ydoc::Doc> Simulation::load(const RoomName& room) {
  const auto loaded = store_->read(room);
  if (!loaded) throw Violation("room " + room.str() + " does not load");
  auto doc = std::make_unique<ydoc::Doc>();
  const auto take = [&](ByteView update) {
    if (!doc->apply_update_v1(update)) throw Violation("what is stored cannot be applied");
  };
  if (loaded->snapshot) take(loaded->snapshot->state);
  for (const auto& update : loaded->updates) take(update.data);
  return doc;
}

/// All that was acknowledged is what a new process finds.
void Simulation::check_durable() {
  for (Site& site : sites_) {
    const auto doc = load(site.name);
    site.ledger.check(*doc, site.ledger.size(), "after a crash, " + site.name.str());
    site.ledger.replace(doc->encode_state_as_update_v1());
  }
}

// ---- the end ------------------------------------------------------------------------------------

void Simulation::come_to_rest() {
  at_rest_ = true;
  const Instant end = clock_.now() + kUntilRest;
  for (; clock_.now() < end; clock_.after(milliseconds(200), SimClock::Owner::world, [] {})) {
    const Instant next = clock_.now() + milliseconds(200);
    if (server_ != nullptr) {
      disk_.heal();
      store_->set_tempo(kBrisk);
      for (Site& site : sites_) {
        for (SimClient& client : site.clients) {
          if (!client.connected()) client.connect(*server_);
        }
      }
    }
    while (clock_.next() <= next && step()) {
    }
  }
}

void Simulation::check_rest() {
  if (server_ == nullptr) throw Violation("the server does not come back");
  for (Site& site : sites_) {
    for (SimClient& client : site.clients) {
      if (!client.settled()) throw Violation("at rest, a push or a join was never answered");
      check_same(client.doc(), site.clients.front().doc(), "at rest, a copy of " + site.name.str());
    }
  }
  const auto failed = server_->rooms().probe().rooms_failed;
  if (failed != 0) throw Violation("a room failed");
  crash(Death::power_lost);
  while (server_ == nullptr) CHECK(step());
  for (Site& site : sites_) {
    check_same(*load(site.name), site.clients.front().doc(), "on disk, " + site.name.str());
  }
}

std::optional<std::string> violation(std::uint64_t seed, std::uint64_t steps, Plant plant,
                                     Report* report) {
  Simulation simulation(seed, plant);
  try {
    simulation.run(steps);
  } catch (const Violation& broken) {
    return broken.what();
  } catch (const BugError& bug) {
    return std::string("bug: ") + bug.what();
  }
  if (report != nullptr) *report = simulation.report();
  return std::nullopt;
}

}  // namespace righttask::sim
