// The database against a disk that loses what was not synced, is cut off at every operation in
// turn, is full, or fails to sync. (docs/spec/store.md, STO-17 to STO-19)

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "store/sqlite/compression.h"
#include "store/sqlite/database.h"
#include "store/testing/crash_disk.h"
#include "store/testing/store_session.h"

namespace righttask::store::sqlite {
namespace {

using testing::at_ms;
using testing::CrashDisk;
using testing::room;
using testing::text;

constexpr int kRooms = 4;
constexpr int kSteps = 30;

std::string room_name(int r) {
  return "room " + std::to_string(r);
}

/// What update `sequence` of a room holds: told by its place, so that a reader can check it. Mostly
/// small, now and then several pages.
std::string update_text(int r, Epoch epoch, std::uint64_t sequence) {
  std::string content = std::to_string(r) + "/" + std::to_string(epoch.value()) + "/" +
                        std::to_string(sequence) + ":";
  const std::size_t size = sequence % 7 == 3 ? 9000 : 40 + sequence % 100;
  while (content.size() < size) content += static_cast<char>('a' + content.size() % 26);
  return content;
}

std::string state_text(int r, Epoch epoch, std::uint64_t sequence) {
  std::string state = "state of " + update_text(r, epoch, sequence);
  Rng rng(sequence);
  for (int i = 0; i < 3000; ++i) state += static_cast<char>(rng.below(256));  // incompressible
  return state;
}

/// What must be there and what may be there.
struct Expected {
  Epoch epoch = kFirstEpoch;  // acknowledged
  Epoch epoch_tried = kFirstEpoch;
  std::uint64_t last = 0;  // of the acknowledged epoch
  std::uint64_t last_tried = 0;
  std::uint64_t snapshot = 0;
  std::uint64_t snapshot_tried = 0;
};

struct Machine {
  CrashDisk disk;
  std::unique_ptr<Database> database;
  std::map<int, Expected> rooms;
  std::map<std::uint64_t, std::pair<int, std::string>> versions;  // acknowledged

  Machine() {
    for (int r = 0; r < kRooms; ++r) rooms[r] = {};
  }

  bool open() {
    auto opened = Database::open({.path = "/rooms.db",
                                  .vfs = disk.vfs(),
                                  .checkpoint_pages = 24,
                                  .log = ops::open_log("off")});
    if (!opened) return false;
    database = std::move(*opened);
    return true;
  }

  /// A batch over several rooms. False: not acknowledged.
  bool append(int step) {
    std::vector<PendingAppend> batch;
    for (int r = 0; r < kRooms; ++r) {
      if ((step + r) % 3 == 0) continue;
      Expected& expected = rooms[r];
      AppendRequest request{room(room_name(r)), expected.epoch, Sequence{expected.last + 1}, {}};
      for (int i = 0; i <= (step + r) % 2; ++i) {
        request.updates.push_back(
            {text(update_text(r, expected.epoch, expected.last + 1 + static_cast<unsigned>(i))),
             "ann", at_ms(step)});
      }
      expected.last_tried = std::max(expected.last_tried, expected.last + request.updates.size());
      batch.push_back({std::move(request), {}, 0, std::nullopt});
    }
    outcome = database->append(batch);
    if (outcome != Outcome::done) {
      for (const PendingAppend& pending : batch) EXPECT_FALSE(pending.result);
      return false;
    }
    for (const PendingAppend& pending : batch) {
      const int r = std::atoi(pending.request.room.str().substr(5).c_str());
      EXPECT_TRUE(pending.result && *pending.result)
          << to_string(pending.result ? pending.result->error() : StoreError::storage_failed);
      if (!pending.result || !*pending.result) return false;
      rooms[r].last = (*pending.result)->value();
    }
    return true;
  }

  bool snapshot(int r) {
    Expected& expected = rooms[r];
    if (expected.last <= expected.snapshot) return true;
    const std::string state = state_text(r, expected.epoch, expected.last);
    const SnapshotRequest request{room(room_name(r)), expected.epoch, Sequence{expected.last},
                                  at_ms(1), text(state)};
    expected.snapshot_tried = expected.last;
    const PackedState packed{compress(*request.state), request.state->size()};
    const auto result = database->write<Sequence>(
        [&](Writer& writer) { return writer.write_snapshot(request, packed); });
    if (!result) return refused(result.error());
    expected.snapshot = expected.last;
    return true;
  }

  bool version(int r) {
    const Expected& expected = rooms[r];
    if (expected.last == 0) return true;
    const std::string state = state_text(r, expected.epoch, expected.last);
    const VersionRequest request{
        room(room_name(r)),      expected.epoch, VersionKind::named, "v", "ann",
        Sequence{expected.last}, at_ms(1),       text(state)};
    const PackedState packed{compress(*request.state), request.state->size()};
    const auto result = database->write<VersionId>(
        [&](Writer& writer) { return writer.create_version(request, packed); });
    if (!result) return refused(result.error());
    versions[result->value()] = {r, state};
    return true;
  }

  bool remove(int r) {
    Expected& expected = rooms[r];
    if (expected.last == 0) return true;
    expected.epoch_tried = Epoch{expected.epoch.value() + 1};
    const auto result = database->write<Epoch>(
        [&](Writer& writer) { return writer.delete_room(room(room_name(r)), at_ms(1), {}); });
    // A deletion that was said to have failed may have been done, and is found done when retried.
    const bool done_before = !result && result.error() == StoreError::not_found && retry;
    retry = !result && !done_before;
    if (retry) return refused(result.error());
    const Epoch epoch = result ? *result : expected.epoch_tried;
    expected = {.epoch = epoch, .epoch_tried = epoch};
    std::erase_if(versions, [r](const auto& version) { return version.second.first == r; });
    return true;
  }

  bool refused(StoreError error) {
    EXPECT_TRUE(error == StoreError::storage_failed || error == StoreError::storage_full)
        << to_string(error);
    outcome = error == StoreError::storage_full ? Outcome::full : Outcome::failed;
    return false;
  }

  /// One step of the workload: mostly batches of appends, and everything else now and then.
  bool step(int i) {
    bool done = true;
    if (i % 5 == 4) {
      done = snapshot(i / 5 % kRooms);
    } else if (i % 11 == 6) {
      done = version(i / 11 % kRooms);
    } else if (i % 17 == 16) {
      done = remove(i / 17 % kRooms);
    } else {
      done = append(i);
    }
    if (done) database->maintain();
    return done;
  }

  /// Runs until something is not acknowledged. True: to the end.
  bool run(int from = 0, int to = kSteps) {
    for (int i = from; i < to; ++i) {
      if (!step(i)) return false;
    }
    return true;
  }

  /// Every acknowledged change is there, nothing else but what was tried, and nothing is damaged.
  /// What is there is then what must be there.
  void check() {
    ASSERT_TRUE(database) << "it cannot be opened";
    for (auto& [r, expected] : rooms) {
      SCOPED_TRACE(room_name(r));
      const auto read =
          database->read([&](Reader& reader) { return reader.load(room(room_name(r))); });
      ASSERT_TRUE(read) << to_string(read.error());
      const LoadedRoom& loaded = read->room;
      EXPECT_TRUE(read->damaged.empty());
      EXPECT_TRUE(loaded.set_aside.empty());
      if (loaded.epoch != expected.epoch) {
        ASSERT_EQ(loaded.epoch, expected.epoch_tried);
        std::erase_if(versions, [r = r](const auto& version) { return version.second.first == r; });
        expected = {.epoch = loaded.epoch, .epoch_tried = loaded.epoch};
      }
      std::uint64_t next = 1;
      if (loaded.snapshot) {
        const std::uint64_t at = loaded.snapshot->sequence.value();
        EXPECT_TRUE(at == expected.snapshot || at == expected.snapshot_tried) << at;
        EXPECT_GE(at, expected.snapshot);
        EXPECT_EQ(as_text(loaded.snapshot->state), state_text(r, loaded.epoch, at));
        next = at + 1;
      } else {
        EXPECT_EQ(expected.snapshot, 0u);
      }
      for (const StoredUpdate& update : loaded.updates) {
        EXPECT_EQ(update.sequence, Sequence{next});
        EXPECT_EQ(as_text(update.data), update_text(r, loaded.epoch, next));
        ++next;
      }
      EXPECT_EQ(loaded.last.value(), next - 1);
      EXPECT_GE(loaded.last.value(), expected.last) << "an acknowledged update is lost";
      EXPECT_LE(loaded.last.value(), expected.last_tried);
      expected.last = expected.last_tried = loaded.last.value();
      expected.snapshot = loaded.snapshot ? loaded.snapshot->sequence.value() : 0;
      expected.snapshot_tried = expected.snapshot;
      expected.epoch_tried = expected.epoch;
    }
    for (const auto& [id, version] : versions) {
      const auto got = database->read([&, id = id, r = version.first](Reader& reader) {
        return reader.get_version(room(room_name(r)), VersionId{id});
      });
      ASSERT_TRUE(got) << "version " << id << ": " << to_string(got.error());
      EXPECT_EQ(as_text(got->state), version.second);
    }
    VerifyReport report;
    ASSERT_TRUE(database->audit([&](Reader& reader) { return reader.verify_structure(report); }));
    EXPECT_TRUE(report.sound()) << (report.problems.empty() ? "" : report.problems[0]);
  }

  void power_cycle(CrashDisk::Loss loss, Rng& rng) {
    database.reset();
    disk.restart(loss, rng);
    ASSERT_TRUE(open());
  }

  Outcome outcome = Outcome::done;
  bool retry = false;  // of a deletion
};

/// How many operations the whole workload needs, opening and closing included.
std::uint64_t operations_of_workload() {
  Machine machine;
  EXPECT_TRUE(machine.open() && machine.run());
  machine.check();
  machine.database.reset();
  EXPECT_FALSE(machine.disk.exists("/rooms.db-wal")) << "closing leaves no log";
  return machine.disk.operations();
}

/// Of pairs of faults the quick tier takes a sample; with RIGHTTASK_LONG set all are tried.
std::uint64_t stride(std::uint64_t quick) {
  return std::getenv("RIGHTTASK_LONG") != nullptr ? 1 : quick;
}

CrashDisk::Loss loss_of(std::uint64_t k) {
  return k % 2 == 0 ? CrashDisk::Loss::all : CrashDisk::Loss::torn;
}

TEST(DatabaseCrash, Sto17_LosesNothingAcknowledgedWhereverThePowerIsCut) {
  const std::uint64_t operations = operations_of_workload();
  ASSERT_GT(operations, 200u);
  for (const auto loss : {CrashDisk::Loss::all, CrashDisk::Loss::torn}) {
    for (std::uint64_t k = 1; k <= operations; ++k) {
      SCOPED_TRACE("cut at operation " + std::to_string(k));
      Rng rng(k);
      Machine machine;
      machine.disk.cut_at(k);
      if (machine.open()) machine.run();
      machine.power_cycle(loss, rng);
      machine.check();
      ASSERT_TRUE(machine.run(0, 6)) << "it goes on";
      machine.check();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(DatabaseCrash, Sto17_LosesNothingWhenThePowerIsCutAgainDuringRecovery) {
  const std::uint64_t operations = operations_of_workload();
  for (std::uint64_t k = 1; k <= operations; k += stride(9)) {
    for (std::uint64_t again = 1; again <= 12; again += stride(1 + k % 3)) {
      SCOPED_TRACE("cut at operation " + std::to_string(k) + " and then at " +
                   std::to_string(again));
      Rng rng(k * 1000 + again);
      Machine machine;
      machine.disk.cut_at(k);
      if (machine.open()) machine.run();
      machine.database.reset();
      machine.disk.restart(loss_of(k), rng);
      machine.disk.cut_at(again);
      if (machine.open()) machine.run(0, 3);
      machine.power_cycle(loss_of(again), rng);
      machine.check();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(DatabaseCrash, Sto18_AFullDiskCostsNothingButTime) {
  const std::uint64_t operations = operations_of_workload();
  std::uint64_t refused = 0;
  for (std::uint64_t k = 1; k <= operations; ++k) {
    SCOPED_TRACE("full from operation " + std::to_string(k));
    Rng rng(k);
    Machine machine;
    machine.disk.fill_at(k);
    if (!machine.open()) {
      machine.disk.heal();
      ASSERT_TRUE(machine.open());
    }
    for (int i = 0; i < kSteps; ++i) {
      if (machine.step(i)) continue;
      EXPECT_EQ(machine.outcome, Outcome::full);
      EXPECT_FALSE(machine.step(i)) << "still full";
      ++refused;
      machine.disk.heal();
      ASSERT_TRUE(machine.step(i)) << "and then there is room";
    }
    EXPECT_EQ(machine.database->probe().reopened, 0u) << "a full disk is no reason to reopen";
    machine.check();
    machine.power_cycle(CrashDisk::Loss::all, rng);
    machine.check();
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(refused, operations / 2);
}

TEST(DatabaseCrash, Sto18_AFullDiskStillReads) {
  Machine machine;
  ASSERT_TRUE(machine.open() && machine.run(0, 10));
  machine.disk.fill_at(1);
  ASSERT_FALSE(machine.step(0));
  machine.check();
}

TEST(DatabaseCrash, Sto19_AfterAFailedSyncNothingUnwrittenIsBelieved) {
  const std::uint64_t operations = operations_of_workload();
  std::uint64_t reopened = 0;
  for (std::uint64_t k = 1; k <= operations; ++k) {
    SCOPED_TRACE("sync fails at operation " + std::to_string(k));
    Rng rng(k);
    Machine machine;
    machine.disk.fail_sync_at(k);
    ASSERT_TRUE(machine.open() || machine.open());
    for (int i = 0; i < kSteps; ++i) {
      // Appends are tried again by the database itself; others are told.
      ASSERT_TRUE(machine.step(i) || machine.step(i));
    }
    reopened += machine.database->probe().reopened;
    machine.check();
    // Only what was really synced survives: a sync after the failed one must not have been trusted.
    machine.power_cycle(CrashDisk::Loss::all, rng);
    machine.check();
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(reopened, operations / 2);
}

TEST(DatabaseCrash, Sto19_LosesNothingWhenThePowerIsCutAfterAFailedSync) {
  const std::uint64_t operations = operations_of_workload();
  for (std::uint64_t k = 1; k <= operations; k += stride(9)) {
    for (std::uint64_t later = 1; later <= 60; later += stride(4 + k % 5)) {
      SCOPED_TRACE("sync fails at operation " + std::to_string(k) + ", cut " +
                   std::to_string(later) + " later");
      Rng rng(k * 1000 + later);
      Machine machine;
      machine.disk.fail_sync_at(k, 1 + k % 3);
      machine.disk.cut_at(k + later);
      bool on = machine.open() || machine.open();
      for (int i = 0; i < kSteps && on; ++i) {
        for (int tries = 0; !machine.step(i); ++tries) {
          if (tries == 5) {
            on = false;
            break;
          }
        }
      }
      machine.power_cycle(loss_of(later), rng);
      machine.check();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(DatabaseCrash, Sto19_AKilledProcessLeavesNothingThatOnlyLooksWritten) {
  // A sync fails, and the process is killed before it can do anything about it. The next one sees
  // what the page cache holds and must not acknowledge anything on top of it.
  const std::uint64_t operations = operations_of_workload();
  for (std::uint64_t k = 1; k <= operations; ++k) {
    SCOPED_TRACE("sync fails at operation " + std::to_string(k));
    Rng rng(k);
    Machine machine;
    machine.disk.fail_sync_at(k);
    machine.disk.die_of_failed_sync();
    if (machine.open()) machine.run();
    machine.database.reset();
    machine.disk.heal();
    ASSERT_TRUE(machine.open());
    machine.check();
    ASSERT_TRUE(machine.run(0, 4));
    machine.power_cycle(CrashDisk::Loss::all, rng);
    machine.check();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace righttask::store::sqlite
