// Random users of one room: they join, leave, are cut off, come back, edit on and off line, change
// their names, in three dialects, while frames travel at random speed. At rest all agree.
// SEED=n replays one run.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>

#include "sim_client.h"

namespace righttask::cross {
namespace {

using std::chrono::milliseconds;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : rng_(seed), server_(seed) {
    constexpr std::uint64_t kClients = 7;
    for (std::uint64_t i = 0; i < kClients; ++i) {
      const std::string user = "user" + std::to_string(rng_.below(4));
      clients_.emplace_back(server_, ClientKind(rng_.below(3)), i + 1, user);
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }

  /// The first `away` clients are cut off; everybody else comes, hears everything, and the grace
  /// period passes.
  void rest(std::size_t away) {
    for (std::size_t i = 0; i < away; ++i) {
      if (clients_[i].connected()) clients_[i].disconnect(LeaveReason::lost);
    }
    for (std::size_t i = away; i < clients_.size(); ++i) {
      SimClient& client = clients_[i];
      if (!client.connected()) client.connect();
      client.deliver(SIZE_MAX);
      if (!client.joined()) client.join();
    }
    server_.advance(std::chrono::seconds(10));
    while (std::ranges::any_of(clients_, &SimClient::has_frames)) {
      for (SimClient& client : clients_) client.deliver(SIZE_MAX);
    }
  }

  /// Those who are here agree.
  void check(std::size_t away) const {
    std::map<std::string, std::vector<std::string>> expected;
    for (std::size_t i = away; i < clients_.size(); ++i) {
      expected[clients_[i].user()].push_back(clients_[i].name());
    }
    for (auto& [user, names] : expected) std::ranges::sort(names);

    const SimClient& first = clients_[away];
    for (std::size_t i = away; i < clients_.size(); ++i) {
      const SimClient& client = clients_[i];
      EXPECT_TRUE(client.joined());
      EXPECT_FALSE(client.awaits_answers());
      EXPECT_FALSE(client.doc().has_pending());
      EXPECT_EQ(client.doc().encode_state_as_update_v1(), first.doc().encode_state_as_update_v1());
      EXPECT_EQ(names_of(client.presence()), expected);    // ROOM-11
      EXPECT_TRUE(client.presence() == first.presence());  // in the same order, too
    }
    EXPECT_EQ(server_.rooms().probe().rooms_failed, 0U);
  }

  /// All go; the room goes too.
  void end() {
    for (SimClient& client : clients_) client.disconnect(LeaveReason::left);
    server_.advance(std::chrono::seconds(61));
    EXPECT_EQ(server_.rooms().rooms(), 0U);  // ROOM-16
  }

 private:
  static std::map<std::string, std::vector<std::string>> names_of(
      const SimClient::Presence& presence) {
    std::map<std::string, std::vector<std::string>> names;
    for (const auto& [user, metas] : presence) {
      for (const auto& meta : metas) names[user].push_back(meta.name);
      std::ranges::sort(names[user]);
    }
    return names;
  }

  void step() {
    SimClient& client = clients_[rng_.below(static_cast<std::uint32_t>(clients_.size()))];
    switch (rng_.below(12)) {
      case 0:
        if (client.connected() && rng_.chance(4)) {
          client.disconnect(rng_.chance(3) ? LeaveReason::left : LeaveReason::lost);
        }
        return;
      case 1:
        if (!client.connected()) client.connect(), client.join();
        return;
      case 2:
        if (client.connected() && rng_.chance(2)) client.join();
        return;
      case 3:
        if (client.joined() && rng_.chance(4)) client.leave();
        return;
      case 4:
        client.rename("name" + std::to_string(rng_.below(1000)));
        return;
      case 5:
        server_.advance(milliseconds(rng_.below(2'000)));
        return;
      case 6:
      case 7:
      case 8:
        client.edit(rng_);
        return;
      default:
        client.deliver(1 + rng_.below(6));
        return;
    }
  }

  Rng rng_;
  MiniServer server_;
  std::deque<SimClient> clients_;
};

void simulate(std::uint64_t seed) {
  SCOPED_TRACE("SEED=" + std::to_string(seed));
  Simulation simulation(seed);
  simulation.run(600);
  for (const std::size_t away : {3U, 0U}) {
    simulation.rest(away);
    simulation.check(away);
  }
  simulation.end();
}

TEST(Simulation, EverybodyAgreesAtRest) {
  if (const char* seed = std::getenv("SEED")) {
    simulate(std::strtoull(seed, nullptr, 10));
    return;
  }
  for (std::uint64_t seed = 1; seed <= 150 && !testing::Test::HasFailure(); ++seed) simulate(seed);
}

}  // namespace
}  // namespace righttask::cross
