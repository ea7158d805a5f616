#include "store/sqlite/sqlite_store.h"

#include <algorithm>
#include <filesystem>
#include <type_traits>

#include "base/check.h"
#include "store/sqlite/compression.h"

namespace righttask::store::sqlite {
namespace {

using Clock = std::chrono::steady_clock;

/// What an update costs in the queue beside its bytes.
constexpr std::size_t kUpdateOverhead = 128;
/// One transaction takes no more: what waits behind it would wait too long, and the WAL grow.
constexpr std::size_t kBatchBytesMax = 8u << 20;

std::size_t cost_of(const AppendRequest& request) {
  std::size_t cost = 0;
  for (const Update& update : request.updates) {
    cost += update.data->size() + update.author.size() + kUpdateOverhead;
  }
  return cost;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>, OpenError> SqliteStore::open(SqliteStoreOptions options) {
  auto lock = runtime::DirectoryLock::take(options.directory);
  if (!lock) return fail(OpenError{OpenErrorKind::locked, lock.error()});
  const auto file = std::filesystem::absolute(options.directory) / "rooms.db";
  auto database = Database::open({.path = options.vfs.empty() ? file.string() : options.vfs_path,
                                  .vfs = options.vfs,
                                  .limits = options.limits,
                                  .checkpoint_pages = options.checkpoint_pages,
                                  .reopen_pause = options.retry_first,
                                  .log = options.log});
  if (!database) return fail(database.error());
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(options), std::move(*lock), std::move(*database)));
}

SqliteStore::SqliteStore(SqliteStoreOptions options, runtime::DirectoryLock lock,
                         std::unique_ptr<Database> database)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      database_(std::move(database)),
      queue_(options_.limits.queue_bytes_max),
      writer_(std::make_unique<runtime::Thread>("store-write", [this] { write(); })),
      reader_(std::make_unique<runtime::Worker>("store-read")),
      auditor_(std::make_unique<runtime::Worker>("store-audit")) {}

SqliteStore::~SqliteStore() {
  shared_.with([](Shared& shared) { shared.closing = true; });
  // Readers finish first: what they were asked may end with something to be written.
  auditor_.reset();
  reader_.reset();
  queue_.close();
  writer_.reset();
}

// ---- the writer's thread ----------------------------------------------------------------------

void SqliteStore::write() {
  InHand hand;
  std::vector<Work> fresh;
  bool going_on = true;
  while (going_on || !hand.appends.empty() || !hand.changes.empty() || !hand.backups.empty()) {
    going_on = queue_.take(fresh, patience(hand));
    sort_in(fresh, hand);
    const bool due = hand.pause.count() == 0 || Clock::now() >= hand.retry_at || !going_on;
    if (!hand.appends.empty() && due) commit(hand, !going_on);
    run_change(hand);
    back_up(hand, !going_on);
    database_->maintain();
    report();
    if (!database_->is_open()) {
      change_state(StorageState::failing);
    } else if (hand.appends.empty()) {
      change_state(StorageState::ok);
    }
  }
}

/// How long to wait for work when there is this in hand; absent: until there is some.
std::optional<Duration> SqliteStore::patience(const InHand& hand) const {
  if (!hand.changes.empty() || !hand.backups.empty()) return Duration::zero();
  if (hand.appends.empty() && !database_->is_open()) return options_.retry_max;
  if (hand.appends.empty()) return std::nullopt;
  if (hand.pause.count() == 0) return Duration::zero();
  return std::max<Duration>(hand.retry_at - Clock::now(), Duration::zero());
}

void SqliteStore::sort_in(std::vector<Work>& fresh, InHand& hand) {
  for (Work& work : fresh) {
    if (auto* append = std::get_if<PendingAppend>(&work)) {
      hand.appends.push_back(std::move(*append));
      ++hand.arrived;
    } else if (auto* job = std::get_if<BackupJob>(&work)) {
      hand.backups.push_back(std::move(*job));
    } else {
      hand.changes.push_back({std::move(std::get<Change>(work)), hand.arrived});
    }
  }
  fresh.clear();
}

void SqliteStore::commit(InHand& hand, bool closing) {
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < hand.appends.size(); ++count) {
    bytes += hand.appends[count].cost;
    if (count > 0 && bytes > kBatchBytesMax) break;
  }
  const auto began = Clock::now();
  const Outcome outcome = database_->append(std::span(hand.appends).first(count));
  const auto took = Clock::now() - began;
  if (outcome == Outcome::done) {
    hand.pause = {};
    shared_.with([&](Shared& shared) {
      ++shared.probe.commits;
      shared.probe.commit_time += took;
      shared.probe.commit_time_max =
          std::max<std::chrono::nanoseconds>(shared.probe.commit_time_max, took);
    });
    change_state(StorageState::ok);
    answer(hand, count, StoreError::storage_failed);
    return;
  }
  change_state(outcome == Outcome::full ? StorageState::full : StorageState::failing);
  hand.pause =
      hand.pause.count() == 0 ? options_.retry_first : std::min(2 * hand.pause, options_.retry_max);
  hand.retry_at = Clock::now() + hand.pause;
  if (closing) {
    options_.log->error("store: closing with {} appends that could not be written",
                        hand.appends.size());
    answer(hand, hand.appends.size(), StoreError::storage_unavailable);
  }
}

/// Answers the first `count`; those without a result with `otherwise`.
void SqliteStore::answer(InHand& hand, std::size_t count, StoreError otherwise) {
  std::vector<PendingAppend>& appends = hand.appends;
  hand.answered += count;
  std::size_t cost = 0;
  StoreProbe done;
  for (const PendingAppend& append : std::span(appends).first(count)) {
    cost += append.cost;
    const bool written = append.result && *append.result;
    ++(written ? done.appends : done.appends_refused);
    if (!written) continue;
    done.updates += append.request.updates.size();
    for (const Update& update : append.request.updates) done.update_bytes += update.data->size();
  }
  queue_.release(cost);
  shared_.with([&](Shared& shared) {
    shared.probe.appends += done.appends;
    shared.probe.appends_refused += done.appends_refused;
    shared.probe.updates += done.updates;
    shared.probe.update_bytes += done.update_bytes;
  });
  for (PendingAppend& append : std::span(appends).first(count)) {
    append.reply(append.result ? std::move(*append.result) : fail(otherwise));
  }
  appends.erase(appends.begin(), appends.begin() + static_cast<std::ptrdiff_t>(count));
}

/// One change, if its turn has come. While appends wait for the disk none is carried out.
void SqliteStore::run_change(InHand& hand) {
  if (hand.changes.empty()) return;
  WaitingChange& next = hand.changes.front();
  if (hand.pause.count() > 0 && !hand.appends.empty()) {
    const bool full = shared_.with([](Shared& s) { return s.probe.state == StorageState::full; });
    next.change(full ? StoreError::storage_full : StoreError::storage_failed);
  } else if (hand.answered >= next.after) {
    next.change(std::nullopt);
  } else {
    return;
  }
  hand.changes.pop_front();
}

void SqliteStore::back_up(InHand& hand, bool closing) {
  if (hand.backups.empty()) return;
  BackupJob& job = hand.backups.front();
  std::optional<Result<BackupInfo, StoreError>> result;
  if (closing) {
    result = fail(StoreError::storage_unavailable);
  } else if (!std::exchange(job.begun, true)) {
    if (const auto begun = database_->begin_backup(job.file); !begun) result = fail(begun.error());
  } else {
    const auto stepped = database_->step_backup();
    if (!stepped) {
      result = fail(stepped.error());
    } else if (*stepped) {
      result = **stepped;
    }
  }
  if (!result) return;
  job.reply(std::move(*result));
  hand.backups.pop_front();
}

/// Only this thread may ask the database for its counts.
void SqliteStore::report() {
  shared_.with([&](Shared& shared) {
    const DatabaseProbe& counts = database_->probe();
    shared.probe.commits_failed = counts.commits_failed;
    shared.probe.reopened = counts.reopened;
    shared.probe.checkpoints = counts.checkpoints;
  });
}

void SqliteStore::change_state(StorageState state) {
  const auto watchers = shared_.with([&](Shared& shared) -> std::vector<Watcher> {
    if (shared.probe.state == state) return {};
    shared.probe.state = state;
    options_.log->warn("store: {}", state == StorageState::ok     ? "writing again"
                                    : state == StorageState::full ? "the disk is full, edits wait"
                                                                  : "the disk fails, edits wait");
    return shared.watchers;
  });
  for (const Watcher& watcher : watchers) {
    watcher.post([changed = watcher.changed, state] { changed(state); });
  }
}

// ---- asking -----------------------------------------------------------------------------------

void SqliteStore::append(AppendRequest request, Reply<Sequence> reply) {
  CHECK(!request.updates.empty());
  const std::size_t cost = cost_of(request);
  Work work(PendingAppend{std::move(request), std::move(reply), cost, std::nullopt});
  if (queue_.push(std::move(work), cost)) return;
  shared_.with([](Shared& shared) { ++shared.probe.appends_refused; });
  std::get<PendingAppend>(work).reply(fail(StoreError::storage_unavailable));
}

void SqliteStore::to_writer(Change change) {
  CHECK(queue_.push(Work(std::move(change)), 0));  // only a store that is being destroyed refuses
}

template <typename T>
void SqliteStore::ask_writer(Reply<T> reply, std::function<Result<T, Failure>(Writer&)> change) {
  to_writer([this, reply = std::move(reply), change = std::move(change)](auto refused) mutable {
    reply(refused ? fail(*refused) : database_->write<T>(change));
  });
}

template <typename T, typename Question>
void SqliteStore::ask_reader(Reply<T> reply, Question question) {
  const bool taken =
      reader_->post([this, reply = std::move(reply), question = std::move(question)]() mutable {
        reply(database_->read(question));
      });
  CHECK(taken);
}

void SqliteStore::load(RoomName room, Reply<LoadedRoom> reply) {
  const bool taken =
      reader_->post([this, room = std::move(room), reply = std::move(reply)]() mutable {
        auto read = database_->read([&](Reader& reader) { return reader.load(room); });
        shared_.with([](Shared& shared) { ++shared.probe.loads; });
        if (!read) {
          options_.log->error("store: room {}: cannot be loaded: {}", ops::printable(room.str()),
                              to_string(read.error()));
          reply(fail(read.error()));
          return;
        }
        if (!read->damaged.empty()) {
          set_aside_damaged(room, read->room.epoch, std::move(read->damaged));
        }
        reply(std::move(read->room));
      });
  CHECK(taken);
}

void SqliteStore::set_aside_damaged(const RoomName& room, Epoch epoch,
                                    std::vector<Sequence> sequences) {
  options_.log->error("store: room {}: {} damaged updates, the first is {}: set aside",
                      ops::printable(room.str()), sequences.size(), sequences.front().value());
  // Not answered: whoever loads again before this is done is told the same.
  to_writer([this, room, epoch, sequences = std::move(sequences)](auto refused) {
    if (refused) return;
    const auto moved = database_->write<bool>([&](Writer& writer) -> Result<bool, Failure> {
      const auto done = writer.set_aside(room, epoch, sequences, "checksum");
      if (!done) return fail(done.error());
      return true;
    });
    if (!moved) return;
    shared_.with([&](Shared& shared) { shared.probe.rows_set_aside += sequences.size(); });
  });
}

bool SqliteStore::reserve_state(std::size_t bytes) {
  return shared_.with([&](Shared& shared) {
    if (shared.state_bytes > 0 &&
        shared.state_bytes + bytes > options_.limits.state_queue_bytes_max) {
      return false;
    }
    shared.state_bytes += bytes;
    return true;
  });
}

void SqliteStore::release_state(std::size_t bytes) {
  shared_.with([&](Shared& shared) { shared.state_bytes -= bytes; });
}

/// Compresses on the reader's thread, writes on the writer's.
template <typename T, typename Request>
void SqliteStore::write_state(Request request, Reply<T> reply,
                              Result<T, Failure> (Writer::*change)(const Request&,
                                                                   const PackedState&)) {
  const std::size_t bytes = request.state->size();
  if (bytes > options_.limits.state_bytes_max) return reply(fail(StoreError::too_large));
  if (!reserve_state(bytes)) return reply(fail(StoreError::storage_unavailable));
  const bool taken = reader_->post(
      [this, bytes, change, request = std::move(request), reply = std::move(reply)]() mutable {
        PackedState packed{compress(*request.state), bytes};
        request.state.reset();
        to_writer([this, bytes, change, request = std::move(request), reply = std::move(reply),
                   packed = std::move(packed)](auto refused) mutable {
          Result<T, StoreError> result =
              refused ? fail(*refused) : database_->write<T>([&](Writer& writer) {
                return (writer.*change)(request, packed);
              });
          release_state(bytes);
          if constexpr (std::is_same_v<Request, SnapshotRequest>) {
            shared_.with([&](Shared& shared) { shared.probe.snapshots += result.has_value(); });
          }
          reply(std::move(result));
        });
      });
  CHECK(taken);
}

void SqliteStore::write_snapshot(SnapshotRequest request, Reply<Sequence> reply) {
  write_state(std::move(request), std::move(reply), &Writer::write_snapshot);
}

void SqliteStore::create_version(VersionRequest request, Reply<VersionId> reply) {
  if (request.name.size() > options_.limits.version_name_bytes_max ||
      request.author.size() > options_.limits.author_bytes_max) {
    return reply(fail(StoreError::too_large));
  }
  write_state(std::move(request), std::move(reply), &Writer::create_version);
}

void SqliteStore::list_versions(RoomName room, std::optional<VersionId> before, std::size_t limit,
                                Reply<VersionPage> reply) {
  ask_reader(std::move(reply), [room = std::move(room), before, limit](Reader& reader) {
    return reader.list_versions(room, before, limit);
  });
}

void SqliteStore::get_version(RoomName room, VersionId id, Reply<Version> reply) {
  ask_reader(std::move(reply),
             [room = std::move(room), id](Reader& reader) { return reader.get_version(room, id); });
}

void SqliteStore::rename_version(RoomName room, VersionId id, std::string name,
                                 Reply<VersionInfo> reply) {
  if (name.size() > options_.limits.version_name_bytes_max) {
    return reply(fail(StoreError::too_large));
  }
  ask_writer<VersionInfo>(std::move(reply),
                          [room = std::move(room), id, name = std::move(name)](Writer& writer) {
                            return writer.rename_version(room, id, name);
                          });
}

void SqliteStore::delete_version(RoomName room, VersionId id, Reply<VersionId> reply) {
  ask_writer<VersionId>(std::move(reply), [room = std::move(room), id](Writer& writer) {
    return writer.delete_version(room, id);
  });
}

void SqliteStore::list_rooms(std::optional<RoomName> after, std::size_t limit,
                             Reply<RoomPage> reply) {
  ask_reader(std::move(reply), [after = std::move(after), limit](Reader& reader) {
    return reader.list_rooms(after, limit);
  });
}

void SqliteStore::delete_room(RoomName room, WallTime at, Bytes epitaph, Reply<Epoch> reply) {
  if (epitaph.size() > options_.limits.epitaph_bytes_max) return reply(fail(StoreError::too_large));
  to_writer([this, room = std::move(room), at, epitaph = std::move(epitaph),
             reply = std::move(reply)](auto refused) mutable {
    if (refused) return reply(fail(*refused));
    const auto epoch = database_->write<Epoch>(
        [&](Writer& writer) { return writer.delete_room(room, at, epitaph); });
    if (epoch && !database_->empty_wal()) {
      options_.log->warn("store: room {} is deleted; its bytes stay in the log for now",
                         ops::printable(room.str()));
    }
    reply(epoch);
  });
}

void SqliteStore::set_aside(RoomName room, Epoch epoch, Sequence sequence, std::string reason,
                            Reply<Sequence> reply) {
  ask_writer<Sequence>(std::move(reply),
                       [this, room = std::move(room), epoch, sequence,
                        reason = std::move(reason)](Writer& writer) -> Result<Sequence, Failure> {
                         const auto done =
                             writer.set_aside(room, epoch, std::span(&sequence, 1), reason);
                         if (!done) return fail(done.error());
                         shared_.with([](Shared& shared) { ++shared.probe.rows_set_aside; });
                         return sequence;
                       });
}

void SqliteStore::quarantine(QuarantineRequest request, Reply<Epoch> reply) {
  if (request.data->size() > options_.limits.update_bytes_max ||
      request.author.size() > options_.limits.author_bytes_max) {
    return reply(fail(StoreError::too_large));
  }
  ask_writer<Epoch>(std::move(reply),
                    [this, request = std::move(request)](Writer& writer) -> Result<Epoch, Failure> {
                      auto done = writer.quarantine(request);
                      if (done) shared_.with([](Shared& s) { ++s.probe.rows_set_aside; });
                      return done;
                    });
}

void SqliteStore::backup(std::string file, Reply<BackupInfo> reply) {
  CHECK(!file.empty());
  CHECK(queue_.push(Work(BackupJob{std::move(file), std::move(reply)}), 0));
}

void SqliteStore::verify(Reply<VerifyReport> reply) {
  CHECK(auditor_->post([this, reply = std::move(reply)]() mutable { reply(verify_all()); }));
}

Result<VerifyReport, StoreError> SqliteStore::verify_all() {
  VerifyReport report;
  for (RowId after = 0;;) {
    if (shared_.with([](const Shared& shared) { return shared.closing; })) {
      return fail(StoreError::storage_unavailable);
    }
    // A room for each turn, so that the writer can always come between for a checkpoint. What was
    // counted of one that was interrupted must not count twice.
    VerifyReport next;
    const auto at = database_->audit([&](Reader& reader) {
      next = report;
      return reader.verify_room(after, next);
    });
    if (!at) return fail(at.error());
    report = std::move(next);
    if (!*at) break;
    after = **at;
  }
  VerifyReport checked;
  const auto structure = database_->audit([&](Reader& reader) {
    checked = report;
    return reader.verify_structure(checked);
  });
  if (structure) return checked;
  report.structure_checked = false;
  return report;
}

void SqliteStore::watch(Post post, std::function<void(StorageState)> changed) {
  shared_.with([&](Shared& shared) {
    post([changed, state = shared.probe.state] { changed(state); });
    shared.watchers.push_back({std::move(post), std::move(changed)});
  });
}

StoreProbe SqliteStore::probe() const {
  StoreProbe probe = shared_.with([](const Shared& shared) { return shared.probe; });
  probe.queue_bytes = queue_.cost();
  return probe;
}

}  // namespace righttask::store::sqlite
