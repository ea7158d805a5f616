#include "store/sqlite/sqlite_store.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include <sys/wait.h>

#include "store/testing/crash_disk.h"
#include "store/testing/document_store_contract.h"
#include "store/testing/temporary_directory.h"

namespace righttask::store::testing {
namespace {

using sqlite::OpenErrorKind;
using sqlite::SqliteStore;
using ::testing::Each;
using ::testing::HasSubstr;

std::unique_ptr<DocumentStore> make_in_new_directory(const StoreLimits& limits) {
  // Directories of the contract's stores live as long as the program: a store is only a pointer.
  static std::vector<std::unique_ptr<TemporaryDirectory>> directories;
  directories.push_back(std::make_unique<TemporaryDirectory>());
  auto store = SqliteStore::open(
      {.directory = directories.back()->path(), .limits = limits, .log = ops::open_log("off")});
  EXPECT_TRUE(store) << store.error().message;
  return std::move(*store);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, DocumentStoreContract,
                         ::testing::Values(StoreKind{"sqlite", make_in_new_directory}));

namespace {

/// A store on the real disk.
class SqliteStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteStore> open(const std::string& directory = {}) {
    auto store = SqliteStore::open(
        {.directory = directory.empty() ? directory_.path() : directory, .log = log_});
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  ops::Log log_ = ops::open_log("off");
  TemporaryDirectory directory_;
};

TEST_F(SqliteStoreTest, Sto1_WhatWasAnsweredIsThereAfterwards) {
  {
    auto store = open();
    StoreSession session(*store);
    ASSERT_TRUE(session.append("a", 1, "one"));
    ASSERT_TRUE(session.snapshot("a", 1, "state"));
    ASSERT_TRUE(session.append("a", 2, "two"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/rooms.db-wal"));
  auto store = open();
  StoreSession session(*store);
  EXPECT_EQ(content(*session.load("a")), "state|two");
  EXPECT_EQ(session.append("a", 2, "two"), Sequence{2});
  EXPECT_TRUE(session.append("a", 3, "three"));
}

TEST_F(SqliteStoreTest, Sto1_AProcessThatIsKilledLosesNothingAnswered) {
  int answered[2];
  ASSERT_EQ(::pipe(answered), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = open();
    StoreSession session(*store);
    for (std::uint64_t i = 1;; ++i) {
      if (!session.append("a", i, "update " + std::to_string(i))) ::_exit(1);
      if (::write(answered[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
  }
  ::close(answered[1]);
  std::uint64_t last = 0;
  while (last < 50) ASSERT_EQ(::read(answered[0], &last, sizeof last), ssize_t{sizeof last});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (std::uint64_t i = 0; ::read(answered[0], &i, sizeof i) == ssize_t{sizeof i};) last = i;
  ::close(answered[0]);

  auto store = open();
  StoreSession session(*store);
  const auto loaded = session.load("a");
  ASSERT_TRUE(loaded);
  EXPECT_GE(loaded->last.value(), last);
  EXPECT_LE(loaded->last.value(), last + 1) << "one may have been written and not answered";
  ASSERT_THAT(loaded->updates, SizeIs(loaded->last.value()));
  for (std::uint64_t i = 1; i <= loaded->last.value(); ++i) {
    EXPECT_EQ(as_text(loaded->updates[i - 1].data), "update " + std::to_string(i));
  }
}

TEST_F(SqliteStoreTest, Sto24_ASecondServerIsRefusedAndToldWhoWasFirst) {
  auto first = open();
  const auto second = SqliteStore::open({.directory = directory_.path(), .log = log_});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, OpenErrorKind::locked);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  first.reset();
  EXPECT_TRUE(open());
}

TEST_F(SqliteStoreTest, Sto16_WhatGathersDuringACommitSharesTheNextOne) {
  auto store = open();
  StoreSession session(*store);
  // The writer's thread is held up where it hands over the first answer.
  std::promise<void> release, held;
  store->append({room("first"), kFirstEpoch, Sequence{1}, {{text("x"), "", at_ms(1)}}},
                {[&](runtime::Task) {
                   held.set_value();
                   release.get_future().wait();
                 },
                 [](auto) {}});
  held.get_future().wait();
  std::vector<Pending<Sequence>> answers;
  for (std::uint64_t i = 1; i <= 8; ++i) {
    for (int r = 0; r < 25; ++r) {
      answers.push_back(session.ask_append("room " + std::to_string(r), i, "x"));
    }
  }
  release.set_value();
  for (const auto& answer : answers) ASSERT_TRUE(session.wait(answer));
  EXPECT_EQ(store->probe().commits, 2u);
  EXPECT_EQ(store->probe().appends, 201u);
  EXPECT_EQ(store->probe().queue_bytes, 0u);
}

TEST_F(SqliteStoreTest, Sto15_ASnapshotWaitsForTheAppendsBeforeIt) {
  auto store = open();
  StoreSession session(*store);
  std::promise<void> release, held;
  store->append({room("first"), kFirstEpoch, Sequence{1}, {{text("x"), "", at_ms(1)}}},
                {[&](runtime::Task) {
                   held.set_value();
                   release.get_future().wait();
                 },
                 [](auto) {}});
  held.get_future().wait();
  // More than one batch takes; the snapshot covers all of it.
  std::vector<Pending<Sequence>> answers;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    answers.push_back(session.ask_append("a", i, std::string(6u << 20, 'x')));
  }
  const auto snapshot = std::make_shared<std::optional<Result<Sequence, StoreError>>>();
  store->write_snapshot({room("a"), kFirstEpoch, Sequence{3}, at_ms(1), text("all three")},
                        session.into<Sequence>(snapshot));
  ASSERT_TRUE(session.load("a")) << "the reader has compressed it";
  release.set_value();
  for (const auto& answer : answers) EXPECT_TRUE(session.wait(answer));
  EXPECT_EQ(session.wait(snapshot), Sequence{3});
  EXPECT_GE(store->probe().commits, 3u);
  EXPECT_EQ(content(*session.load("a")), "all three|");
}

TEST_F(SqliteStoreTest, Sto21_ADamagedUpdateIsMovedAsideWithItsBytes) {
  {
    auto store = open();
    StoreSession session(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(session.append("a", i, std::to_string(i)));
  }
  const std::string file = directory_.path() + "/rooms.db";
  {
    auto shell = sqlite::Connection::open(file, "", false);
    ASSERT_EQ(shell->execute("UPDATE updates SET data = 'bad' WHERE sequence = 2"), SQLITE_OK);
  }
  {
    auto store = open();
    StoreSession session(*store);
    const auto loaded = session.load("a");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(content(*loaded), "1,3");
    EXPECT_THAT(loaded->set_aside, ElementsAre(Sequence{2}));
    // The move is under way; what is asked of the writer now is done behind it.
    EXPECT_EQ(session.set_aside("a", 9).error(), not_found);
    EXPECT_THAT(session.load("a")->set_aside, ElementsAre(Sequence{2}));
    EXPECT_EQ(session.rooms()->rooms.at(0).set_aside, 1u);
    EXPECT_TRUE(session.verify()->sound());
  }
  auto shell = sqlite::Connection::open(file, "", false);
  EXPECT_EQ(shell->integer("SELECT count(*) FROM set_aside WHERE sequence = 2 AND data = 'bad'"
                           " AND reason = 'checksum'"),
            1);
}

TEST_F(SqliteStoreTest, Sto26_ABackupIsCompleteWhileWritingGoesOn) {
  auto store = open();
  StoreSession session(*store);
  for (int r = 0; r < 50; ++r) {
    ASSERT_TRUE(session.append("room " + std::to_string(r), 1, std::string(60'000, 'x')));
  }
  ASSERT_TRUE(session.snapshot("room 0", 1, "state"));
  const std::string copy = directory_.path() + "/copy";
  std::filesystem::create_directory(copy);

  const auto backup = std::make_shared<std::optional<Result<BackupInfo, StoreError>>>();
  store->backup(copy + "/rooms.db", session.into<BackupInfo>(backup));
  std::uint64_t written = 1;
  while (!backup->has_value()) {
    ++written;
    ASSERT_TRUE(session.append("room 1", written, "meanwhile"));
  }
  ASSERT_TRUE(**backup) << to_string((*backup)->error());
  EXPECT_GT((**backup)->bytes, 50u * 60'000u);
  EXPECT_GT(written, 1u);
  EXPECT_FALSE(std::filesystem::exists(copy + "/rooms.db.partial"));
  EXPECT_EQ(session.backup(copy + "/rooms.db").error(), already_exists);
  EXPECT_EQ(session.backup(copy + "/missing/rooms.db").error(), storage_failed);

  auto restored = open(copy);
  ASSERT_TRUE(restored);
  StoreSession second(*restored);
  EXPECT_TRUE(second.verify()->sound());
  EXPECT_EQ(content(*second.load("room 0")), "state|");
  EXPECT_EQ(second.load("room 49")->updates.at(0).data.size(), 60'000u);
  EXPECT_LE(second.load("room 1")->last.value(), written);
  EXPECT_TRUE(second.append("room 49", 2, "goes on"));
}

/// A store on a disk that fails when told to.
class StoreOnCrashDiskTest : public SqliteStoreTest {
 protected:
  std::unique_ptr<SqliteStore> open_on_disk() {
    auto store = SqliteStore::open({.directory = directory_.path(),
                                    .limits = {.queue_bytes_max = 20'000},
                                    .log = log_,
                                    .retry_first = std::chrono::milliseconds(1),
                                    .retry_max = std::chrono::milliseconds(4),
                                    .vfs = disk_.vfs(),
                                    .vfs_path = "/rooms.db"});
    EXPECT_TRUE(store) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  CrashDisk disk_;
};

TEST_F(StoreOnCrashDiskTest, Sto18_AFullDiskWithholdsAnswersAndRecoversByItself) {
  auto store = open_on_disk();
  StoreSession session(*store);
  std::vector<StorageState> states;
  store->watch(session.post(), [&](StorageState state) { states.push_back(state); });
  ASSERT_TRUE(session.append("a", 1, "before"));

  disk_.fill_at(1);
  const auto first = session.ask_append("a", 2, "during");
  ASSERT_TRUE(session.turn_until([&] { return states.size() == 2; }));
  const auto second = session.ask_append("b", 1, "during");
  EXPECT_EQ(session.snapshot("a", 1, "state").error(), storage_full);
  EXPECT_EQ(content(*session.load("a")), "before") << "reading goes on";
  EXPECT_FALSE(first->has_value());
  EXPECT_FALSE(second->has_value());

  disk_.heal();
  EXPECT_EQ(session.wait(first), Sequence{2});
  EXPECT_EQ(session.wait(second), Sequence{1});
  EXPECT_EQ(content(*session.load("a")), "before,during");
  EXPECT_THAT(states, ElementsAre(StorageState::ok, StorageState::full, StorageState::ok));
  EXPECT_GE(store->probe().commits_failed, 1u);
  EXPECT_EQ(store->probe().reopened, 0u);
}

TEST_F(StoreOnCrashDiskTest, Sto20_WhatWaitsIsBoundedAndARefusedRoomHealsByASnapshot) {
  auto store = open_on_disk();
  StoreSession session(*store);
  disk_.fill_at(1);
  std::vector<Pending<Sequence>> waiting;
  std::uint64_t sequence = 0;
  Pending<Sequence> refused;
  while (!refused) {
    auto answer = session.ask_append("a", ++sequence, std::string(1000, 'x'));
    while (session.loop().turn(std::chrono::seconds(0)) > 0) {
    }
    (answer->has_value() ? refused : waiting.emplace_back()) = answer;
    ASSERT_LT(sequence, 100u);
  }
  EXPECT_EQ((*refused)->error(), storage_unavailable);
  EXPECT_LE(store->probe().queue_bytes, 20'000u);
  EXPECT_GE(waiting.size(), 15u);

  disk_.heal();
  for (const auto& answer : waiting) EXPECT_TRUE(session.wait(answer));
  EXPECT_EQ(session.append("a", sequence + 1, "after").error(), sequence_gap);
  ASSERT_TRUE(session.snapshot("a", sequence + 1, "all of it"));
  ASSERT_TRUE(session.append("a", sequence + 2, "on"));
  EXPECT_EQ(content(*session.load("a")), "all of it|on");
}

TEST_F(StoreOnCrashDiskTest, Sto19_AFailedSyncIsToldAndMended) {
  auto store = open_on_disk();
  StoreSession session(*store);
  std::vector<StorageState> states;
  store->watch(session.post(), [&](StorageState state) { states.push_back(state); });
  ASSERT_TRUE(session.append("a", 1, "before"));
  disk_.fail_sync_at(1, 5);
  ASSERT_TRUE(session.append("a", 2, "during"));
  EXPECT_TRUE(session.turn_until([&] { return states.size() == 3; }));
  EXPECT_THAT(states, ElementsAre(StorageState::ok, StorageState::failing, StorageState::ok));
  EXPECT_GE(store->probe().reopened, 2u);
  EXPECT_EQ(content(*session.load("a")), "before,during");
  store.reset();
  Rng rng(1);
  disk_.restart(CrashDisk::Loss::all, rng);
  store = open_on_disk();
  StoreSession again(*store);
  EXPECT_EQ(content(*again.load("a")), "before,during");
}

TEST_F(StoreOnCrashDiskTest, Sto19_ReadingComesBackWithoutAnythingBeingWritten) {
  auto store = open_on_disk();
  StoreSession session(*store);
  ASSERT_TRUE(session.append("a", 1, "one"));
  disk_.fail_sync_at(1, 3);
  EXPECT_EQ(session.snapshot("a", 1, "state").error(), storage_failed);
  // Nothing else is asked to be written. Whoever joins meanwhile is refused, and then not.
  for (int tries = 0; tries < 10'000 && !session.load("a"); ++tries) {
  }
  EXPECT_TRUE(session.load("a"));
}

TEST_F(StoreOnCrashDiskTest, Sto29_ClosingOnAFullDiskAnswersThatItIsNotWritten) {
  auto store = open_on_disk();
  StoreSession session(*store);
  disk_.fill_at(1);
  const auto answer = session.ask_append("a", 1, "lost");
  store.reset();
  EXPECT_EQ(session.wait(answer).error(), storage_unavailable);
  disk_.heal();
  store = open_on_disk();
  StoreSession again(*store);
  EXPECT_EQ(again.load("a")->last, Sequence{0});
}

}  // namespace
}  // namespace righttask::store::testing
