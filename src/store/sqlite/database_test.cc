// What the file may look like, and what is done about damage. (docs/spec/store.md, STO-21 to
// STO-28)

#include "store/sqlite/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "store/sqlite/compression.h"
#include "store/testing/crash_disk.h"
#include "store/testing/store_session.h"
#include "store/testing/temporary_directory.h"

namespace righttask::store::sqlite {
namespace {

using testing::at_ms;
using testing::content;
using testing::CrashDisk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::room;
using ::testing::SizeIs;
using testing::text;

constexpr const char* kPath = "/rooms.db";

class DatabaseTest : public ::testing::Test {
 protected:
  Result<void, OpenError> open(std::uint32_t checkpoint_pages = 1024,
                               std::span<const char* const> schema = schema_steps()) {
    auto opened = Database::open({.path = kPath,
                                  .vfs = disk_.vfs(),
                                  .limits = limits_,
                                  .checkpoint_pages = checkpoint_pages,
                                  .schema = schema,
                                  .log = ops::open_log("off")});
    if (!opened) return fail(opened.error());
    database_ = std::move(*opened);
    return {};
  }

  Result<Sequence, StoreError> append(std::string_view name, std::uint64_t first,
                                      const std::vector<std::string>& updates,
                                      Epoch epoch = kFirstEpoch) {
    std::vector<PendingAppend> batch;
    batch.push_back({{room(name), epoch, Sequence{first}, {}}, {}, 0, std::nullopt});
    for (const std::string& update : updates) {
      batch[0].request.updates.push_back({text(update), "ann", at_ms(1)});
    }
    if (database_->append(batch) != Outcome::done) return fail(StoreError::storage_failed);
    return *batch[0].result;
  }

  Result<Sequence, StoreError> snapshot(std::string_view name, std::uint64_t sequence,
                                        std::string_view state) {
    const SnapshotRequest request{room(name), kFirstEpoch, Sequence{sequence}, at_ms(1),
                                  text(state)};
    const PackedState packed{compress(*request.state), request.state->size()};
    return database_->write<Sequence>(
        [&](Writer& writer) { return writer.write_snapshot(request, packed); });
  }

  Result<VersionId, StoreError> version(std::string_view name, std::string_view state) {
    const VersionRequest request{room(name), kFirstEpoch, VersionKind::named, "v",
                                 "ann",      Sequence{1}, at_ms(1),           text(state)};
    const PackedState packed{compress(*request.state), request.state->size()};
    return database_->write<VersionId>(
        [&](Writer& writer) { return writer.create_version(request, packed); });
  }

  Result<ReadRoom, StoreError> load(std::string_view name) {
    return database_->read([&](Reader& reader) { return reader.load(room(name)); });
  }

  VerifyReport verify() {
    VerifyReport report;
    for (RowId after = 0;;) {
      const auto at =
          database_->audit([&](Reader& reader) { return reader.verify_room(after, report); });
      EXPECT_TRUE(at);
      if (!at || !*at) break;
      after = **at;
    }
    EXPECT_TRUE(database_->audit([&](Reader& reader) { return reader.verify_structure(report); }));
    return report;
  }

  /// Another program changes the file while it is closed.
  void meddle(const char* sql) {
    database_.reset();
    auto connection = Connection::open(kPath, disk_.vfs(), true);
    ASSERT_TRUE(connection);
    ASSERT_EQ(connection->execute(sql), SQLITE_OK) << sqlite3_errmsg(connection->get());
  }

  std::int64_t ask(const char* sql) {
    auto connection = Connection::open(kPath, disk_.vfs(), true);
    return connection->integer(sql).value_or(-1);
  }

  CrashDisk disk_;
  StoreLimits limits_;
  std::unique_ptr<Database> database_;
};

// ---- the format -------------------------------------------------------------------------------

TEST_F(DatabaseTest, Sto23_MarksItsFile) {
  ASSERT_TRUE(open());
  database_.reset();
  EXPECT_EQ(ask("PRAGMA application_id"), kApplicationId);
  EXPECT_EQ(ask("PRAGMA user_version"), static_cast<std::int64_t>(schema_steps().size()));
  EXPECT_TRUE(open());
}

TEST_F(DatabaseTest, Sto23_RefusesANewerFormatAndLeavesItAlone) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one"}));
  meddle("PRAGMA user_version = 99");
  const std::string before = disk_.read(kPath);
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, OpenErrorKind::newer_format);
  EXPECT_THAT(opened.error().message, HasSubstr("99"));
  EXPECT_THAT(opened.error().message,
              HasSubstr("knows up to " + std::to_string(schema_steps().size())));
  EXPECT_EQ(disk_.read(kPath), before);
}

TEST_F(DatabaseTest, Sto23_RefusesAFileThatIsNotItsOwn) {
  meddle("CREATE TABLE cats(name)");
  auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, OpenErrorKind::not_ours);

  const std::string letter(5000, 'x');
  disk_.write(kPath, letter);
  opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, OpenErrorKind::not_ours);
  EXPECT_EQ(disk_.read(kPath), letter);
}

TEST_F(DatabaseTest, Sto23_MigratesStepByStepAndKeepsWhatIsThere) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one"}));
  database_.reset();
  std::vector<const char*> steps(schema_steps().begin(), schema_steps().end());
  steps.push_back("CREATE TABLE tags(room INTEGER, tag TEXT)");
  steps.push_back("INSERT INTO tags SELECT id, name FROM rooms");
  ASSERT_TRUE(open(1024, steps));
  EXPECT_EQ(content(load("a")->room), "one");
  database_.reset();
  EXPECT_EQ(ask("PRAGMA user_version"), static_cast<std::int64_t>(steps.size()));
  EXPECT_EQ(ask("SELECT count(*) FROM tags WHERE tag = 'a'"), 1);
  ASSERT_TRUE(open(1024, steps)) << "and does it once";
  database_.reset();
  EXPECT_EQ(ask("SELECT count(*) FROM tags"), 1);
}

TEST_F(DatabaseTest, Sto23_AStepThatFailsLeavesTheFormatBefore) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one"}));
  database_.reset();
  std::vector<const char*> steps(schema_steps().begin(), schema_steps().end());
  steps.push_back("CREATE TABLE tags(room INTEGER); INSERT INTO nowhere VALUES(1)");
  EXPECT_FALSE(open(1024, steps));
  ASSERT_TRUE(open());
  EXPECT_EQ(content(load("a")->room), "one");
  database_.reset();
  EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'tags'"), 0);
}

TEST_F(DatabaseTest, Sto23_AMigrationThatIsCutOffIsDoneWholeOrNotAtAll) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one"}));
  database_.reset();
  const std::string before = disk_.read(kPath);
  std::vector<const char*> steps(schema_steps().begin(), schema_steps().end());
  steps.push_back(
      "CREATE TABLE tags(room INTEGER, tag TEXT); INSERT INTO tags SELECT id, name"
      " FROM rooms");
  Rng rng(1);
  for (std::uint64_t k = 1; k <= 12; ++k) {
    SCOPED_TRACE("cut at operation " + std::to_string(k));
    disk_.restart(CrashDisk::Loss::all, rng);
    disk_.write(kPath, before);
    disk_.cut_at(k);
    (void)open(1024, steps);
    database_.reset();
    disk_.restart(CrashDisk::Loss::torn, rng);
    ASSERT_TRUE(open(1024, steps));
    EXPECT_EQ(content(load("a")->room), "one");
    database_.reset();
    EXPECT_EQ(ask("SELECT count(*) FROM tags"), 1);
  }
}

// ---- damage -----------------------------------------------------------------------------------

TEST_F(DatabaseTest, Sto21_ADamagedUpdateIsNamedAndTheRestLoads) {
  struct Case {
    const char* name;
    const char* sql;
  };
  const Case cases[] = {
      {"data", "UPDATE updates SET data = x'00' WHERE sequence = 2"},
      {"one bit less", "UPDATE updates SET data = substr(data, 1, 2) WHERE sequence = 2"},
      {"author", "UPDATE updates SET author = 'eve' WHERE sequence = 2"},
      {"time", "UPDATE updates SET at_ms = at_ms + 1 WHERE sequence = 2"},
      {"checksum", "UPDATE updates SET checksum = checksum + 1 WHERE sequence = 2"},
      {"another room's row",
       "DELETE FROM updates WHERE room = 1 AND sequence = 2;"
       "UPDATE updates SET room = 1 WHERE room = 2 AND sequence = 2"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    disk_.write(kPath, "");
    ASSERT_TRUE(open());
    ASSERT_TRUE(append("a", 1, {"one", "two", "three"}));
    ASSERT_TRUE(append("b", 1, {"uno", "dos"}));
    meddle(c.sql);
    ASSERT_TRUE(open());
    const auto read = load("a");
    ASSERT_TRUE(read);
    EXPECT_EQ(content(read->room), "one,three");
    EXPECT_THAT(read->damaged, ElementsAre(Sequence{2}));
    EXPECT_THAT(read->room.set_aside, ElementsAre(Sequence{2}));
    EXPECT_EQ(read->room.last, Sequence{3});
    EXPECT_FALSE(verify().sound());
    database_.reset();
  }
}

TEST_F(DatabaseTest, Sto21_AMissingUpdateIsNamed) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one", "two", "three", "four"}));
  ASSERT_TRUE(snapshot("a", 1, "state"));
  meddle("DELETE FROM updates WHERE sequence = 3");
  ASSERT_TRUE(open());
  const auto read = load("a");
  ASSERT_TRUE(read);
  EXPECT_EQ(content(read->room), "state|two,four");
  EXPECT_THAT(read->room.set_aside, ElementsAre(Sequence{3}));
  EXPECT_THAT(verify().problems, ElementsAre(HasSubstr("room a: updates are missing")));
}

TEST_F(DatabaseTest, Sto22_HalfADocumentDoesNotPassForAWholeOne) {
  const char* const damages[] = {
      "UPDATE snapshots SET data = substr(data, 1, length(data) - 1)",
      "UPDATE snapshots SET sequence = sequence - 1",
      "UPDATE snapshots SET state_bytes = state_bytes + 1",
      "UPDATE rooms SET epoch = epoch + 1",
  };
  for (const char* sql : damages) {
    SCOPED_TRACE(sql);
    disk_.write(kPath, "");
    ASSERT_TRUE(open());
    ASSERT_TRUE(append("a", 1, {"one", "two", "three"}));
    ASSERT_TRUE(append("b", 1, {"untouched"}));
    ASSERT_TRUE(snapshot("a", 2, "state"));
    meddle(sql);
    if (std::string(sql).find("rooms") != std::string::npos) {
      meddle("UPDATE rooms SET epoch = epoch - 1 WHERE name = 'b'");
    }
    ASSERT_TRUE(open());
    EXPECT_EQ(load("a").error(), StoreError::corrupt);
    EXPECT_EQ(content(load("b")->room), "untouched");
    EXPECT_EQ(verify().problem_count, 1u);
    database_.reset();
  }
}

TEST_F(DatabaseTest, Sto22_ADamagedVersionIsNotGivenAway) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one"}));
  const auto first = version("a", "first");
  const auto second = version("a", "second");
  ASSERT_TRUE(first && second);
  meddle("UPDATE versions SET data = x'28b52ffd' WHERE id = 1");
  ASSERT_TRUE(open());
  const auto get = [&](VersionId id) {
    return database_->read([&](Reader& reader) { return reader.get_version(room("a"), id); });
  };
  EXPECT_EQ(get(*first).error(), StoreError::corrupt);
  EXPECT_EQ(as_text(get(*second)->state), "second");
  EXPECT_THAT(verify().problems, ElementsAre(HasSubstr("version 1 is damaged")));
}

TEST_F(DatabaseTest, Sto22_ANewNameDoesNotMakeADamagedVersionGood) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one"}));
  const auto id = version("a", "state");
  ASSERT_TRUE(id);
  meddle("UPDATE versions SET at_ms = 77");
  ASSERT_TRUE(open());
  const auto renamed = database_->write<VersionInfo>(
      [&](Writer& writer) { return writer.rename_version(room("a"), *id, "other"); });
  EXPECT_EQ(renamed.error(), StoreError::corrupt);
  EXPECT_THAT(verify().problems, ElementsAre(HasSubstr("version 1 is damaged")));
}

TEST_F(DatabaseTest, Sto22_UnpacksNoMoreThanTheLimit) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(snapshot("a", 1, std::string(100'000, 'x')));
  EXPECT_TRUE(load("a"));
  database_.reset();
  limits_.state_bytes_max = 99'999;
  ASSERT_TRUE(open());
  EXPECT_EQ(load("a").error(), StoreError::corrupt);
}

TEST(Compression, RefusesWhatIsDamagedOrOfAnotherSize) {
  Bytes plain(10'000);
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::uint8_t>(i * i / 7);
  const Bytes packed = compress(plain);
  EXPECT_EQ(decompress(packed, plain.size()), plain);
  EXPECT_FALSE(decompress(packed, plain.size() + 1));
  EXPECT_FALSE(decompress(packed, plain.size() - 1));
  EXPECT_FALSE(decompress({}, 0));
  EXPECT_FALSE(decompress(ByteView(packed).first(packed.size() - 1), plain.size()));
  EXPECT_EQ(decompress(compress({}), 0), Bytes{});
}

TEST_F(DatabaseTest, Sto21_NoFlippedBitBecomesAnEdit) {
  ASSERT_TRUE(open());
  for (int r = 0; r < 3; ++r) {
    for (std::uint64_t i = 1; i <= 20; ++i) {
      const std::string size(i % 5 == 0 ? 3000 : 30, static_cast<char>('a' + i));
      ASSERT_TRUE(append("room " + std::to_string(r), i, {size}));
    }
    ASSERT_TRUE(snapshot("room " + std::to_string(r), 5, "the state at five"));
  }
  database_.reset();
  const std::string sound = disk_.read(kPath);
  int noticed = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    std::string flipped = sound;
    const auto at = rng.below(static_cast<std::uint32_t>(sound.size()));
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << rng.below(8)));
    disk_.write(kPath, flipped);
    if (!open()) {
      ++noticed;
      continue;
    }
    for (int r = 0; r < 3; ++r) {
      const auto read = load("room " + std::to_string(r));
      noticed += !read || !read->room.set_aside.empty();
      if (!read) continue;
      if (read->room.last == Sequence{0}) {  // the name in its index was hit, and is not found
        EXPECT_FALSE(verify().sound());
        ++noticed;
        continue;
      }
      if (read->room.snapshot) {
        EXPECT_EQ(as_text(read->room.snapshot->state), "the state at five");
      }
      for (const StoredUpdate& update : read->room.updates) {
        const std::uint64_t i = update.sequence.value();
        ASSERT_TRUE(i > 5 && i <= 20);
        const std::string size(i % 5 == 0 ? 3000 : 30, static_cast<char>('a' + i));
        EXPECT_EQ(as_text(update.data), size);
      }
    }
    database_.reset();
  }
  EXPECT_GT(noticed, 20);
}

TEST_F(DatabaseTest, Sto25_AFileThatWasNotClosedIsCheckedAtStart) {
  ASSERT_TRUE(open(8));
  for (std::uint64_t i = 1; i <= 60; ++i) {
    ASSERT_TRUE(append("a", i, {std::string(500, 'x')}));
    database_->maintain();
  }
  // The process is killed, and pages of the file are damaged that the log does not cover.
  Rng rng(1);
  disk_.cut_at(1);
  database_.reset();
  disk_.restart(CrashDisk::Loss::all, rng);
  ASSERT_GT(disk_.read("/rooms.db-wal").size(), 0u);
  std::string damaged = disk_.read(kPath);
  for (std::size_t page = 2; page * 4096 < damaged.size(); ++page) {
    std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(page * 4096), 100, '\xff');
  }
  disk_.write(kPath, damaged);
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, OpenErrorKind::corrupt) << opened.error().message;
}

TEST_F(DatabaseTest, Sto25_AFileThatWasClosedIsNotCheckedAtStart) {
  ASSERT_TRUE(open());
  for (std::uint64_t i = 1; i <= 60; ++i) ASSERT_TRUE(append("a", i, {std::string(500, 'x')}));
  database_.reset();
  std::string damaged = disk_.read(kPath);
  const std::size_t last_page = damaged.size() - 4096;  // of the updates, which came last
  std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(last_page), 100, '\xff');
  disk_.write(kPath, damaged);
  ASSERT_TRUE(open()) << "ten thousand rooms must not be read to serve one";
  EXPECT_FALSE(verify().sound()) << "this is what verify is for";
}

// ---- rows, the log, deletion ------------------------------------------------------------------

TEST_F(DatabaseTest, Sto13_ARowThatCannotBeWrittenCostsItsOwnAppendAlone) {
  constexpr std::uint64_t kLast = INT64_MAX;  // SQLite's largest; what follows breaks a constraint
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"one"}));
  ASSERT_TRUE(snapshot("a", kLast - 1, "state"));
  std::vector<PendingAppend> batch;
  batch.push_back({{room("b"), kFirstEpoch, Sequence{1}, {{text("before"), "", at_ms(1)}}},
                   {},
                   0,
                   std::nullopt});
  batch.push_back({{room("a"),
                    kFirstEpoch,
                    Sequence{kLast},
                    {{text("last"), "", at_ms(1)}, {text("too many"), "", at_ms(1)}}},
                   {},
                   0,
                   std::nullopt});
  batch.push_back({{room("b"), kFirstEpoch, Sequence{2}, {{text("after"), "", at_ms(1)}}},
                   {},
                   0,
                   std::nullopt});
  ASSERT_EQ(database_->append(batch), Outcome::done);
  EXPECT_TRUE(*batch[0].result);
  EXPECT_EQ(batch[1].result->error(), StoreError::sequence_conflict);
  EXPECT_TRUE(*batch[2].result);
  EXPECT_EQ(content(load("a")->room), "state|") << "stored whole or not at all";
  EXPECT_EQ(content(load("b")->room), "before,after");
  EXPECT_EQ(append("a", kLast, {"last"}), Sequence{kLast});
}

TEST_F(DatabaseTest, Sto26_ABackupThatIsCutOffLeavesNoFile) {
  const testing::TemporaryDirectory directory;
  const std::string file = directory.path() + "/copy.db";
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(directory.path()), {});
  };
  ASSERT_TRUE(open());
  for (std::uint64_t i = 1; i <= 60; ++i) {
    ASSERT_TRUE(append("a", i, {std::string(60'000, 'x')}));
  }
  ASSERT_TRUE(database_->begin_backup(file));
  const auto first = database_->step_backup();
  ASSERT_TRUE(first);
  ASSERT_FALSE(*first) << "there is more to copy";
  EXPECT_EQ(files(), 1) << "copy.db.partial";
  database_.reset();
  EXPECT_EQ(files(), 0);

  // A failing disk ends it, too: the copy follows a connection that is not trusted any more.
  ASSERT_TRUE(open());
  ASSERT_TRUE(database_->begin_backup(file));
  ASSERT_TRUE(database_->step_backup());
  disk_.fail_sync_at(1);
  ASSERT_TRUE(append("a", 61, {"x"}));
  EXPECT_EQ(database_->step_backup().error(), StoreError::storage_failed);
  EXPECT_EQ(files(), 0);
}

TEST_F(DatabaseTest, Sto26_ABackupIsItsOwnersAndTakesNobodysPlace) {
  namespace fs = std::filesystem;
  const testing::TemporaryDirectory directory;
  const std::string file = directory.path() + "/copy.db";
  const std::string trap = directory.path() + "/trap";
  fs::create_symlink(trap, file + ".partial");
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {"x"}));
  ASSERT_TRUE(database_->begin_backup(file));
  EXPECT_EQ(fs::status(file + ".partial").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  std::ofstream(file) << "came meanwhile";
  auto done = database_->step_backup();
  while (done && !*done) done = database_->step_backup();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(), StoreError::already_exists);
  EXPECT_FALSE(fs::exists(trap));
  EXPECT_FALSE(fs::exists(file + ".partial"));
  EXPECT_EQ(fs::file_size(file), std::string("came meanwhile").size());
}

TEST_F(DatabaseTest, Sto27_TheLogStaysBounded) {
  constexpr std::uint32_t kPages = 32;
  ASSERT_TRUE(open(kPages));
  std::size_t largest = 0;
  for (std::uint64_t i = 1; i <= 1000; ++i) {  // each of ten rooms has 1, 2, 3, …
    ASSERT_TRUE(append("room " + std::to_string(i % 10), (i + 9) / 10, {"x"}));
    database_->maintain();
    largest = std::max(largest, disk_.read("/rooms.db-wal").size());
  }
  EXPECT_LT(largest, 2 * kPages * (4096 + 24));
  EXPECT_GT(database_->probe().checkpoints, 5u);
}

TEST_F(DatabaseTest, Sto27_SomebodyElsesLongReadDelaysTheLogsEndAndNoMore) {
  constexpr std::uint32_t kPages = 16;
  ASSERT_TRUE(open(kPages));
  ASSERT_TRUE(append("a", 1, {"x"}));
  {
    auto shell = Connection::open(kPath, disk_.vfs(), false);
    ASSERT_TRUE(shell);
    shell->checkpoint_on_close(false);
    ASSERT_EQ(shell->execute("BEGIN; SELECT count(*) FROM updates"), SQLITE_OK);
    for (std::uint64_t i = 2; i <= 100; ++i) {
      ASSERT_TRUE(append("a", i, {std::string(300, 'x')}));
      database_->maintain();
    }
    EXPECT_GT(disk_.read("/rooms.db-wal").size(), kPages * 4120u);
  }
  for (std::uint64_t i = 101; i <= 130; ++i) {
    ASSERT_TRUE(append("a", i, {std::string(300, 'x')}));
    database_->maintain();
  }
  EXPECT_LT(disk_.read("/rooms.db-wal").size(), 2 * kPages * 4120u);
  EXPECT_EQ(load("a")->room.last, Sequence{130});
}

TEST_F(DatabaseTest, Sto27_ALongCheckGivesWay) {
  ASSERT_TRUE(open());
  for (std::uint64_t i = 1; i <= 300; ++i) ASSERT_TRUE(append("a", i, {"x"}));
  int asked = 0;
  std::promise<void> begun;
  std::thread auditor([&] {
    const auto answer = database_->audit([&](Reader& reader) -> Result<void, StoreError> {
      if (++asked > 1) return {};  // it is asked again, once the writer has had its turn
      begun.set_value();
      for (;;) {
        VerifyReport report;
        if (auto done = reader.verify_structure(report); !done) return done;
      }
    });
    EXPECT_TRUE(answer);
  });
  begun.get_future().wait();
  EXPECT_TRUE(database_->empty_wal());
  auditor.join();
  EXPECT_EQ(asked, 2);
}

TEST_F(DatabaseTest, Sto28_DeletionLeavesNoByteBehind) {
  const std::string secret = "the quick brown fox hides a password here";
  ASSERT_TRUE(open());
  ASSERT_TRUE(append("a", 1, {secret + secret, "two", secret + std::string(20'000, 'y') + secret}));
  ASSERT_TRUE(append("b", 1, {"stays"}));
  ASSERT_TRUE(version("a", secret));
  const auto holds = [&] {
    return (disk_.read(kPath) + disk_.read("/rooms.db-wal")).find(secret) != std::string::npos;
  };
  ASSERT_TRUE(holds());
  ASSERT_TRUE(database_->write<Epoch>(
      [&](Writer& writer) { return writer.delete_room(room("a"), at_ms(1), {}); }));
  ASSERT_TRUE(database_->empty_wal());
  EXPECT_FALSE(holds());
  EXPECT_EQ(content(load("b")->room), "stays");
}

}  // namespace
}  // namespace righttask::store::sqlite
