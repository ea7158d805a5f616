#include "store/sqlite/reader.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "store/sqlite/compression.h"

namespace righttask::store::sqlite {
namespace {

/// Missing sequences that are named one by one; a hole beyond says enough.
constexpr std::size_t kMissingMax = 1000;

}  // namespace

Result<Reader, std::string> Reader::open(const std::string& path, const std::string& vfs,
                                         const StoreLimits& limits) {
  auto connection = Connection::open(path, vfs, false);
  if (!connection) return fail(connection.error());
  connection->checkpoint_on_close(false);
  sqlite3_busy_timeout(connection->get(), 1000);
  Reader reader(std::move(*connection), limits);
  int code = reader.connection_.execute(
      "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;"
      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096");
  if (code == SQLITE_OK) code = reader.prepare();
  if (code != SQLITE_OK) return fail(reader.connection_.describe(code));
  return reader;
}

int Reader::prepare() {
  struct {
    Statement& statement;
    std::string_view sql;
  } const all[] = {
      {find_room_,
       "SELECT id, epoch, live, created_ms, deleted_ms, checksum FROM rooms WHERE name = ?1"},
      {snapshot_,
       "SELECT sequence, at_ms, state_bytes, checksum, data FROM snapshots WHERE room = ?1"},
      {updates_,
       "SELECT sequence, at_ms, author, checksum, data FROM updates WHERE room = ?1"
       " ORDER BY sequence"},
      {epitaphs_, "SELECT epoch, checksum, data FROM epitaphs WHERE room = ?1 ORDER BY epoch"},
      {aside_, "SELECT sequence FROM set_aside WHERE room = ?1 AND sequence > 0 ORDER BY sequence"},
      {versions_,
       "SELECT id, kind, name, author, epoch, sequence, at_ms, state_bytes, length(data),"
       " data_checksum, checksum FROM versions WHERE room = ?1 AND id < ?2 ORDER BY id DESC LIMIT "
       "?3"},
      {version_,
       "SELECT id, kind, name, author, epoch, sequence, at_ms, state_bytes, length(data),"
       " data_checksum, checksum, data FROM versions WHERE id = ?1 AND room = ?2"},
      {newest_version_, "SELECT sequence FROM versions WHERE room = ?1 ORDER BY id DESC LIMIT 1"},
      {version_ids_, "SELECT id FROM versions WHERE room = ?1 ORDER BY id"},
      {rooms_,
       "SELECT id, name, epoch, created_ms FROM rooms WHERE name > ?1 AND live ORDER BY name"
       " LIMIT ?2"},
      {room_after_, "SELECT id, name, live FROM rooms WHERE id > ?1 ORDER BY id LIMIT 1"},
      {strays_,
       "SELECT 'updates', count(*) FROM updates WHERE room NOT IN (SELECT id FROM rooms)"
       " UNION ALL"
       " SELECT 'snapshots', count(*) FROM snapshots WHERE room NOT IN (SELECT id FROM rooms)"
       " UNION ALL"
       " SELECT 'versions', count(*) FROM versions WHERE room NOT IN (SELECT id FROM rooms)"
       " UNION ALL"
       " SELECT 'epitaphs', count(*) FROM epitaphs WHERE room NOT IN (SELECT id FROM rooms)"},
      {quick_check_, "PRAGMA quick_check(20)"},
      {update_sizes_,
       "SELECT count(*), ifnull(sum(length(data)), 0), ifnull(max(sequence), 0),"
       " ifnull(max(at_ms), 0) FROM updates WHERE room = ?1"},
      {snapshot_size_, "SELECT length(data), sequence, at_ms FROM snapshots WHERE room = ?1"},
      {version_sizes_,
       "SELECT count(*), ifnull(sum(length(data)), 0) FROM versions WHERE room = ?1"},
      {aside_count_,
       "SELECT count(*), ifnull(max(sequence), 0), count(*) FILTER (WHERE sequence > 0)"
       " FROM set_aside WHERE room = ?1"},
  };
  for (const auto& [statement, sql] : all) {
    if (const int code = statement.prepare(connection_.get(), sql); code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

void Reader::give_way_to(const runtime::Guarded<bool>& flag) {
  constexpr int kInstructions = 1000;  // of SQLite's machine, some tens of microseconds
  sqlite3_progress_handler(
      connection_.get(), kInstructions,
      [](void* set) { return static_cast<const runtime::Guarded<bool>*>(set)->get() ? 1 : 0; },
      const_cast<runtime::Guarded<bool>*>(&flag));
}

StoreError Reader::note_failure(int code) {
  interrupted_ = (code & 0xff) == SQLITE_INTERRUPT;
  last_error_ = connection_.describe(code);
  return (code & 0xff) == SQLITE_CORRUPT ? StoreError::corrupt : StoreError::storage_failed;
}

std::optional<Bytes> Reader::unpack(ByteView packed, std::uint64_t state_bytes) const {
  if (state_bytes > limits_->state_bytes_max) return std::nullopt;
  return decompress(packed, state_bytes);
}

Result<std::optional<Reader::Room>, StoreError> Reader::find(const RoomName& name) {
  const Rows rows(find_room_);
  const int code = find_room_.start(std::string_view(name.str()));
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) return fail(note_failure(code));
  Room room{.id = find_room_.integer(0),
            .epoch = Epoch{find_room_.count(1)},
            .live = find_room_.integer(2) != 0,
            .created_at = find_room_.time(3),
            .deleted_at = {}};
  if (!find_room_.is_null(4)) room.deleted_at = find_room_.time(4);
  if (find_room_.integer(5) !=
      room_checksum(room.id, name.str(), room.epoch, room.live, room.created_at, room.deleted_at)) {
    return fail(StoreError::corrupt);
  }
  return room;
}

// ---- a room -----------------------------------------------------------------------------------

Result<ReadRoom, StoreError> Reader::load(const RoomName& name) {
  ReadRoom read;
  std::optional<Packed> packed;
  {
    Transaction transaction(connection_);
    if (const int code = transaction.begin_reading()) return fail(note_failure(code));
    const auto room = find(name);
    if (!room) return fail(room.error());
    if (!*room) return read;
    read.room.epoch = (*room)->epoch;
    read.room.deleted_at = (*room)->deleted_at;
    if (const auto done = read_epitaphs((*room)->id, read.room); !done) return fail(done.error());
    if (const auto done = read_versioned((*room)->id, read.room); !done) return fail(done.error());
    auto snapshot = read_snapshot((*room)->id);
    if (!snapshot) return fail(snapshot.error());
    packed = std::move(*snapshot);
    if (packed) read.room.last = packed->sequence;
    if (const auto done = read_set_aside((*room)->id, read); !done) return fail(done.error());
    const Sequence after = packed ? packed->sequence : Sequence{};
    if (const auto done = read_updates((*room)->id, after, read); !done) return fail(done.error());
  }
  if (packed) {  // unpacked once the transaction is over, which others may wait for
    auto state = unpack(packed->data, packed->state_bytes);
    if (!state) return fail(StoreError::corrupt);
    read.room.snapshot = Snapshot{packed->sequence, packed->at, std::move(*state)};
  }
  return read;
}

Result<std::optional<Reader::Packed>, StoreError> Reader::read_snapshot(RowId room) {
  const Rows rows(snapshot_);
  const int code = snapshot_.start(room);
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) return fail(note_failure(code));
  const ByteView data = snapshot_.blob(4);
  Packed packed{.sequence = snapshot_.sequence(0),
                .at = snapshot_.time(1),
                .state_bytes = snapshot_.count(2),
                .data = Bytes(data.begin(), data.end())};
  if (snapshot_.integer(3) !=
      snapshot_checksum(room, packed.sequence, packed.at, packed.state_bytes, packed.data)) {
    return fail(StoreError::corrupt);
  }
  return packed;
}

Result<void, StoreError> Reader::read_epitaphs(RowId room, LoadedRoom& into) {
  const Rows rows(epitaphs_);
  int code = epitaphs_.start(room);
  for (; code == SQLITE_ROW; code = epitaphs_.step()) {
    const ByteView data = epitaphs_.blob(2);
    if (epitaphs_.integer(1) != epitaph_checksum(room, Epoch{epitaphs_.count(0)}, data)) {
      return fail(StoreError::corrupt);
    }
    into.epitaphs.emplace_back(data.begin(), data.end());
  }
  if (code != SQLITE_DONE) return fail(note_failure(code));
  return {};
}

/// Unchecked: a damaged version costs at most one that holds the same.
Result<void, StoreError> Reader::read_versioned(RowId room, LoadedRoom& into) {
  const Rows rows(newest_version_);
  const int code = newest_version_.start(room);
  if (code == SQLITE_ROW) into.versioned = newest_version_.sequence(0);
  if (code != SQLITE_ROW && code != SQLITE_DONE) return fail(note_failure(code));
  return {};
}

Result<void, StoreError> Reader::read_set_aside(RowId room, ReadRoom& into) {
  const Rows rows(aside_);
  int code = aside_.start(room);
  for (; code == SQLITE_ROW; code = aside_.step()) {
    into.room.set_aside.push_back(aside_.sequence(0));
    into.room.last = std::max(into.room.last, aside_.sequence(0));
  }
  if (code != SQLITE_DONE) return fail(note_failure(code));
  return {};
}

Result<void, StoreError> Reader::read_updates(RowId room, Sequence after, ReadRoom& into) {
  const std::vector<Sequence> known = into.room.set_aside;  // sorted
  std::vector<Sequence> missing;
  std::uint64_t next = after.value() + 1;
  const auto expect = [&](std::uint64_t sequence) {  // what lies before it is missing
    for (; next < sequence && missing.size() < kMissingMax; ++next) {
      if (!std::ranges::binary_search(known, Sequence{next})) missing.push_back(Sequence{next});
    }
    next = sequence + 1;
  };

  const Rows rows(updates_);
  int code = updates_.start(room);
  for (; code == SQLITE_ROW; code = updates_.step()) {
    const ByteView data = updates_.blob(4);
    StoredUpdate update{.sequence = updates_.sequence(0),
                        .at = updates_.time(1),
                        .author = updates_.text(2),
                        .data = Bytes(data.begin(), data.end())};
    into.room.last = std::max(into.room.last, update.sequence);
    expect(update.sequence.value());
    if (updates_.integer(3) ==
        update_checksum(room, update.sequence, update.at, update.author, update.data)) {
      into.room.updates.push_back(std::move(update));
    } else {
      into.damaged.push_back(update.sequence);
    }
  }
  if (code != SQLITE_DONE) return fail(note_failure(code));
  expect(into.room.last.value() + 1);
  auto& aside = into.room.set_aside;
  aside.insert(aside.end(), into.damaged.begin(), into.damaged.end());
  aside.insert(aside.end(), missing.begin(), missing.end());
  std::ranges::sort(aside);
  return {};
}

// ---- versions ---------------------------------------------------------------------------------

Result<VersionInfo, StoreError> Reader::version_info(RowId room, const Statement& row) const {
  VersionInfo info{.id = VersionId{row.count(0)},
                   .kind = row.integer(1) == 0 ? VersionKind::automatic : VersionKind::named,
                   .name = row.text(2),
                   .author = row.text(3),
                   .epoch = Epoch{row.count(4)},
                   .sequence = row.sequence(5),
                   .at = row.time(6),
                   .state_bytes = row.count(7),
                   .stored_bytes = row.count(8)};
  if (row.integer(10) != version_checksum(room, info, row.integer(9))) {
    return fail(StoreError::corrupt);
  }
  return info;
}

Result<VersionPage, StoreError> Reader::list_versions(const RoomName& name,
                                                      std::optional<VersionId> before,
                                                      std::size_t limit) {
  Transaction transaction(connection_);
  if (const int code = transaction.begin_reading()) return fail(note_failure(code));
  const auto room = find(name);
  if (!room) return fail(room.error());
  VersionPage page;
  if (!*room) return page;
  limit = std::clamp<std::size_t>(limit, 1, limits_->page_max);
  constexpr auto kNewest = static_cast<std::uint64_t>(INT64_MAX);
  const Rows rows(versions_);
  int code = versions_.start((*room)->id, before ? before->value() : kNewest,
                             static_cast<std::int64_t>(limit + 1));
  for (; code == SQLITE_ROW; code = versions_.step()) {
    if (page.versions.size() == limit) {
      page.continue_before = page.versions.back().id;
      return page;
    }
    auto info = version_info((*room)->id, versions_);
    if (!info) return fail(info.error());
    page.versions.push_back(std::move(*info));
  }
  if (code != SQLITE_DONE) return fail(note_failure(code));
  return page;
}

Result<Version, StoreError> Reader::get_version(const RoomName& name, VersionId id) {
  Version version;
  Bytes packed;
  {
    Transaction transaction(connection_);
    if (const int code = transaction.begin_reading()) return fail(note_failure(code));
    const auto room = find(name);
    if (!room) return fail(room.error());
    if (!*room) return fail(StoreError::not_found);
    const Rows rows(version_);
    const int code = version_.start(id, (*room)->id);
    if (code == SQLITE_DONE) return fail(StoreError::not_found);
    if (code != SQLITE_ROW) return fail(note_failure(code));
    auto info = version_info((*room)->id, version_);
    if (!info) return fail(info.error());
    version.info = std::move(*info);
    const ByteView data = version_.blob(11);
    if (version_data_checksum(data) != version_.integer(9)) return fail(StoreError::corrupt);
    packed.assign(data.begin(), data.end());
  }
  auto state = unpack(packed, version.info.state_bytes);
  if (!state) return fail(StoreError::corrupt);
  version.state = std::move(*state);
  return version;
}

// ---- listing ----------------------------------------------------------------------------------

Result<RoomPage, StoreError> Reader::list_rooms(const std::optional<RoomName>& after,
                                                std::size_t limit) {
  Transaction transaction(connection_);
  if (const int code = transaction.begin_reading()) return fail(note_failure(code));
  RoomPage page;
  limit = std::clamp<std::size_t>(limit, 1, limits_->page_max);
  const Rows rows(rooms_);
  int code = rooms_.start(std::string_view(after ? after->str() : ""),
                          static_cast<std::int64_t>(limit + 1));
  for (; code == SQLITE_ROW; code = rooms_.step()) {
    if (page.rooms.size() == limit) {
      page.continue_after = page.rooms.back().name;
      return page;
    }
    auto name = RoomName::parse(rooms_.text(1));
    if (!name) return fail(StoreError::corrupt);
    auto info =
        describe(rooms_.integer(0), std::move(*name), Epoch{rooms_.count(2)}, rooms_.time(3));
    if (!info) return fail(info.error());
    page.rooms.push_back(std::move(*info));
  }
  if (code != SQLITE_DONE) return fail(note_failure(code));
  return page;
}

Result<RoomInfo, StoreError> Reader::describe(RowId id, RoomName name, Epoch epoch,
                                              WallTime created_at) {
  RoomInfo info{.name = std::move(name),
                .epoch = epoch,
                .last = {},
                .created_at = created_at,
                .changed_at = created_at};
  {
    const Rows rows(update_sizes_);
    if (const int c = update_sizes_.start(id); c != SQLITE_ROW) return fail(note_failure(c));
    info.updates = update_sizes_.count(0);
    info.update_bytes = update_sizes_.count(1);
    info.last = update_sizes_.sequence(2);
    info.changed_at = std::max(info.changed_at, update_sizes_.time(3));
  }
  {
    const Rows rows(snapshot_size_);
    const int code = snapshot_size_.start(id);
    if (code == SQLITE_ROW) {
      info.snapshot_bytes = snapshot_size_.count(0);
      info.last = std::max(info.last, snapshot_size_.sequence(1));
      info.changed_at = std::max(info.changed_at, snapshot_size_.time(2));
    } else if (code != SQLITE_DONE) {
      return fail(note_failure(code));
    }
  }
  {
    const Rows rows(version_sizes_);
    if (const int c = version_sizes_.start(id); c != SQLITE_ROW) return fail(note_failure(c));
    info.versions = version_sizes_.count(0);
    info.version_bytes = version_sizes_.count(1);
  }
  const Rows rows(aside_count_);
  if (const int c = aside_count_.start(id); c != SQLITE_ROW) return fail(note_failure(c));
  info.set_aside = aside_count_.count(0);
  info.last = std::max(info.last, aside_count_.sequence(1));
  return info;
}

}  // namespace righttask::store::sqlite
