#include "sim_store.h"

#include <algorithm>
#include <span>
#include <utility>

#include "ops/log.h"
#include "store/sqlite/compression.h"

namespace righttask::sim {

using store::StoreError;
using store::sqlite::Failure;
using store::sqlite::PackedState;
using store::sqlite::Reader;
using store::sqlite::Writer;

namespace {

/// What one transaction takes: few, so that there are many moments between two.
constexpr std::size_t kBatchMax = 16;
constexpr Duration kRetryAfter = milliseconds(50);

}  // namespace

SimStore::SimStore(SimClock& clock, Rng& rng, store::testing::CrashDisk& disk, Plant plant)
    : clock_(clock), rng_(rng), disk_(disk), plant_(plant) {}

SimStore::~SimStore() = default;

bool SimStore::open() {
  auto opened = store::sqlite::Database::open({.path = "/rooms.db",
                                               .vfs = disk_.vfs(),
                                               .limits = limits_,
                                               .checkpoint_pages = 24,
                                               .log = ops::open_log("off")});
  look_at_power();
  if (!opened) return false;
  database_ = *std::move(opened);
  return true;
}

// ---- the writer ---------------------------------------------------------------------------------

void SimStore::work_soon() {
  if (std::exchange(working_, true)) return;
  const bool held_up = probe_.state != StorageState::ok && !appends_.empty();
  clock_.after(held_up ? kRetryAfter : disk_time(), SimClock::Owner::process, [this] {
    working_ = false;
    work();
  });
}

void SimStore::work() {
  if (power_is_off_) return;
  if (!appends_.empty()) commit();
  if (!power_is_off_) run_change();
  if (!power_is_off_) database_->maintain();
  look_at_power();
  if (power_is_off_) return;
  if (!database_->is_open()) {
    change_state(StorageState::failing);
  } else if (appends_.empty()) {
    change_state(StorageState::ok);
  }
  if (!appends_.empty() || !changes_.empty() || !database_->is_open()) work_soon();
}

void SimStore::commit() {
  const std::size_t count = std::min(appends_.size(), kBatchMax);
  const auto outcome = database_->append(std::span(appends_).first(count));
  look_at_power();
  if (power_is_off_) return;
  if (outcome != store::sqlite::Outcome::done) {
    change_state(outcome == store::sqlite::Outcome::full ? StorageState::full
                                                         : StorageState::failing);
    return;
  }
  ++probe_.commits;
  change_state(StorageState::ok);
  for (auto& append : std::span(appends_).first(count)) {
    probe_.queue_bytes -= append.cost;
    ++answered_;
    if (plant_ != Plant::acknowledge_before_commit) append.reply(std::move(*append.result));
  }
  appends_.erase(appends_.begin(), appends_.begin() + static_cast<std::ptrdiff_t>(count));
}

/// As SqliteStore: one change between two batches, behind the appends that came before it; refused
/// while appends wait for the disk.
void SimStore::run_change() {
  if (changes_.empty()) return;
  if (probe_.state != StorageState::ok && !appends_.empty()) {
    changes_.front().change(probe_.state == StorageState::full ? StoreError::storage_full
                                                               : StoreError::storage_failed);
  } else if (answered_ >= changes_.front().after) {
    changes_.front().change(std::nullopt);
  } else {
    return;
  }
  changes_.pop_front();
}

void SimStore::change_state(StorageState state) {
  if (std::exchange(probe_.state, state) == state) return;
  for (const Watcher& watcher : watchers_) {
    watcher.post([changed = watcher.changed, state] { changed(state); });
  }
}

void SimStore::look_at_power() {
  if (disk_.is_off()) power_is_off_ = true;
}

Duration SimStore::disk_time() {
  const auto span = static_cast<std::uint32_t>((tempo_.longest - tempo_.shortest).count() / 1000);
  return tempo_.shortest + microseconds(rng_.below(span + 1));
}

void SimStore::append(store::AppendRequest request, store::Reply<store::Sequence> reply) {
  std::size_t cost = 0;
  for (const auto& update : request.updates) cost += update.data->size() + update.author.size();
  if (probe_.queue_bytes > 0 && probe_.queue_bytes + cost > limits_.queue_bytes_max) {
    ++probe_.appends_refused;
    return reply(fail(StoreError::storage_unavailable));
  }
  ++arrived_;
  probe_.queue_bytes += cost;
  const store::Sequence last{request.first.value() + request.updates.size() - 1};
  appends_.push_back({std::move(request), {}, cost, std::nullopt});
  if (plant_ == Plant::acknowledge_before_commit) {
    reply(last);
  } else {
    appends_.back().reply = std::move(reply);
  }
  work_soon();
}

void SimStore::to_writer(Change change) {
  changes_.push_back({std::move(change), arrived_});
  work_soon();
}

/// `apply(Writer&)` is the change. After a power failure nobody is left to be answered.
template <typename T, typename Apply>
void SimStore::ask_writer(store::Reply<T> reply, Apply apply) {
  to_writer([this, reply = std::move(reply), apply = std::move(apply)](auto refused) mutable {
    if (refused) return reply(fail(*refused));
    auto result = database_->write<T>(
        [&apply](Writer& writer) -> Result<T, Failure> { return apply(writer); });
    look_at_power();
    if (!power_is_off_) reply(std::move(result));
  });
}

// ---- the reader ---------------------------------------------------------------------------------

void SimStore::after_disk(SimClock::Task task) {
  ++asked_;
  clock_.after(disk_time(), SimClock::Owner::process, [this, task = std::move(task)]() mutable {
    --asked_;
    if (power_is_off_) return;
    task();
  });
}

template <typename T, typename Question>
void SimStore::ask_reader(store::Reply<T> reply, Question question) {
  after_disk([this, reply = std::move(reply), question = std::move(question)]() mutable {
    auto result = database_->read(question);
    look_at_power();
    if (!power_is_off_) reply(std::move(result));
  });
}

Result<store::LoadedRoom, StoreError> SimStore::read(const RoomName& room) {
  auto found = database_->read([&room](Reader& reader) { return reader.load(room); });
  look_at_power();
  if (!found) return fail(found.error());
  if (!found->damaged.empty() || !found->room.set_aside.empty()) {
    throw Violation("room " + room.str() + ": a stored update is damaged or missing");
  }
  return std::move(found->room);
}

void SimStore::load(RoomName room, store::Reply<store::LoadedRoom> reply) {
  if (plant_ == Plant::answer_before_load) {
    const auto there = read(room);
    store::LoadedRoom empty;
    if (there) empty.epoch = there->epoch, empty.last = there->last;
    reply(std::move(empty));
    return;
  }
  after_disk([this, room = std::move(room), reply = std::move(reply)]() mutable {
    auto result = read(room);
    if (power_is_off_) return;
    if (result) loaded_.insert(room);
    reply(std::move(result));
  });
}

void SimStore::list_versions(RoomName room, std::optional<store::VersionId> before,
                             std::size_t limit, store::Reply<store::VersionPage> reply) {
  ask_reader(std::move(reply), [room = std::move(room), before, limit](Reader& reader) {
    return reader.list_versions(room, before, limit);
  });
}

void SimStore::get_version(RoomName room, store::VersionId id, store::Reply<store::Version> reply) {
  ask_reader(std::move(reply),
             [room = std::move(room), id](Reader& reader) { return reader.get_version(room, id); });
}

void SimStore::list_rooms(std::optional<RoomName> after, std::size_t limit,
                          store::Reply<store::RoomPage> reply) {
  ask_reader(std::move(reply), [after = std::move(after), limit](Reader& reader) {
    return reader.list_rooms(after, limit);
  });
}

// ---- other changes ------------------------------------------------------------------------------

void SimStore::write_snapshot(store::SnapshotRequest request, store::Reply<store::Sequence> reply) {
  ask_writer(std::move(reply), [request = std::move(request)](Writer& writer) {
    const PackedState packed{store::sqlite::compress(*request.state), request.state->size()};
    return writer.write_snapshot(request, packed);
  });
}

void SimStore::create_version(store::VersionRequest request, store::Reply<store::VersionId> reply) {
  ask_writer(std::move(reply), [request = std::move(request)](Writer& writer) {
    const PackedState packed{store::sqlite::compress(*request.state), request.state->size()};
    return writer.create_version(request, packed);
  });
}

void SimStore::rename_version(RoomName room, store::VersionId id, std::string name,
                              store::Reply<store::VersionInfo> reply) {
  ask_writer(std::move(reply),
             [room = std::move(room), id, name = std::move(name)](Writer& writer) {
               return writer.rename_version(room, id, name);
             });
}

void SimStore::delete_version(RoomName room, store::VersionId id,
                              store::Reply<store::VersionId> reply) {
  ask_writer(std::move(reply), [room = std::move(room), id](Writer& writer) {
    return writer.delete_version(room, id);
  });
}

void SimStore::delete_room(RoomName room, store::WallTime at, Bytes epitaph,
                           store::Reply<store::Epoch> reply) {
  ask_writer(std::move(reply),
             [room = std::move(room), at, epitaph = std::move(epitaph)](Writer& writer) {
               return writer.delete_room(room, at, epitaph);
             });
}

void SimStore::set_aside(RoomName room, store::Epoch epoch, store::Sequence sequence,
                         std::string reason, store::Reply<store::Sequence> reply) {
  ask_writer(std::move(reply),
             [room = std::move(room), epoch, sequence,
              reason = std::move(reason)](Writer& writer) -> Result<store::Sequence, Failure> {
               const auto done = writer.set_aside(room, epoch, std::span(&sequence, 1), reason);
               if (!done) return fail(done.error());
               return sequence;
             });
}

void SimStore::quarantine(store::QuarantineRequest request, store::Reply<store::Epoch> reply) {
  ask_writer(std::move(reply),
             [request = std::move(request)](Writer& writer) { return writer.quarantine(request); });
}

void SimStore::backup(std::string /*file*/, store::Reply<store::BackupInfo> reply) {
  reply(fail(StoreError::storage_failed));
}

void SimStore::verify(store::Reply<store::VerifyReport> reply) {
  reply(fail(StoreError::storage_failed));
}

void SimStore::watch(store::Post post, std::function<void(StorageState)> changed) {
  post([changed, state = probe_.state] { changed(state); });
  watchers_.push_back({std::move(post), std::move(changed)});
}

}  // namespace righttask::sim
