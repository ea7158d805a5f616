#include "store/sqlite/writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace righttask::store::sqlite {
namespace {

/// Above, what is known of rooms is forgotten and read again: some 20 MB.
constexpr std::size_t kKnownRoomsMax = 100'000;

auto refuse(StoreError error) {
  return fail(Failure{error});
}

}  // namespace

int Writer::prepare() {
  struct {
    Statement& statement;
    std::string_view sql;
  } const all[] = {
      {find_room_,
       "SELECT id, epoch, live, created_ms, deleted_ms, checksum FROM rooms WHERE name = ?1"},
      {put_room_,
       "INSERT INTO rooms(id, name, epoch, live, created_ms, deleted_ms, checksum)"
       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET epoch = ?3, live = ?4,"
       " created_ms = ?5, deleted_ms = ?6, checksum = ?7"},
      {remove_room_, "DELETE FROM rooms WHERE id = ?1"},
      {newest_room_, "SELECT max(id) FROM rooms"},
      {last_sequence_,
       "SELECT max((SELECT ifnull(max(sequence), 0) FROM updates WHERE room = ?1),"
       " (SELECT ifnull(max(sequence), 0) FROM snapshots WHERE room = ?1),"
       " (SELECT ifnull(max(sequence), 0) FROM set_aside WHERE room = ?1))"},
      {insert_update_,
       "INSERT INTO updates(room, sequence, at_ms, author, checksum, data)"
       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
      {find_update_, "SELECT data FROM updates WHERE room = ?1 AND sequence = ?2"},
      {delete_updates_from_, "DELETE FROM updates WHERE room = ?1 AND sequence >= ?2"},
      {delete_updates_to_, "DELETE FROM updates WHERE room = ?1 AND sequence <= ?2"},
      {find_snapshot_, "SELECT sequence, state_bytes, data FROM snapshots WHERE room = ?1"},
      {put_snapshot_,
       "INSERT OR REPLACE INTO snapshots(room, sequence, at_ms, state_bytes, checksum, data)"
       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
      {insert_version_,
       "INSERT INTO versions(room, kind, name, author, epoch, sequence, at_ms, state_bytes,"
       " data_checksum, checksum, data) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
      {find_version_,
       "SELECT author, epoch, sequence, at_ms, state_bytes, length(data), data_checksum, kind, "
       "name,"
       " checksum FROM versions WHERE id = ?1 AND room = ?2"},
      {rename_version_, "UPDATE versions SET kind = ?2, name = ?3, checksum = ?4 WHERE id = ?1"},
      {delete_version_, "DELETE FROM versions WHERE id = ?1 AND room = ?2 AND kind = 0"},
      {delete_updates_, "DELETE FROM updates WHERE room = ?1"},
      {delete_snapshot_, "DELETE FROM snapshots WHERE room = ?1"},
      {delete_versions_, "DELETE FROM versions WHERE room = ?1"},
      {delete_set_aside_, "DELETE FROM set_aside WHERE room = ?1"},
      // A damaged row may hold anything, NULL included.
      {copy_aside_,
       "INSERT INTO set_aside(room, sequence, at_ms, author, reason, data) SELECT room, sequence,"
       " ifnull(at_ms, 0), ifnull(author, ''), ?3, ifnull(data, x'') FROM updates"
       " WHERE room = ?1 AND sequence = ?2"},
      {delete_update_, "DELETE FROM updates WHERE room = ?1 AND sequence = ?2"},
      {put_epitaph_, "INSERT INTO epitaphs(room, epoch, checksum, data) VALUES(?1, ?2, ?3, ?4)"},
      {put_aside_,
       "INSERT INTO set_aside(room, sequence, at_ms, author, reason, data)"
       " VALUES(?1, 0, ?2, ?3, ?4, ?5)"},
  };
  for (const auto& [statement, sql] : all) {
    if (const int code = statement.prepare(connection_.get(), sql); code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

Failure Writer::note_failure(int code) {
  const Failure failure = connection_.failure(code);
  if (failure.fault != Fault::none) last_error_ = connection_.describe(code);
  return failure;
}

void Writer::forget_rooms() {
  rooms_.clear();
  next_room_ = 0;
}

template <typename T, typename Step>
Result<T, Failure> Writer::transact(Step step) {
  Transaction transaction(connection_);
  if (const int code = transaction.begin_writing(); code != SQLITE_OK) return stop(code);
  Result<T, Failure> result = step();
  if (result) {
    if (const int code = transaction.commit(); code != SQLITE_OK) result = stop(code);
  }
  if (!result) forget_rooms();  // what is known of them may be of a change that was rolled back
  return result;
}

// ---- rooms ------------------------------------------------------------------------------------

Result<Writer::KnownRoom*, Failure> Writer::find(const RoomName& name) {
  if (const auto known = rooms_.find(name); known != rooms_.end()) return &known->second;
  const Rows room_rows(find_room_);
  const int code = find_room_.start(std::string_view(name.str()));
  if (code == SQLITE_DONE) return nullptr;
  if (code != SQLITE_ROW) return stop(code);
  KnownRoom room;
  room.id = find_room_.integer(0);
  room.epoch = Epoch{find_room_.count(1)};
  room.live = find_room_.integer(2) != 0;
  room.created_at = find_room_.time(3);
  if (!find_room_.is_null(4)) room.deleted_at = find_room_.time(4);
  if (find_room_.integer(5) !=
      room_checksum(room.id, name.str(), room.epoch, room.live, room.created_at, room.deleted_at)) {
    return refuse(StoreError::corrupt);
  }
  const Rows last_rows(last_sequence_);
  if (const int c = last_sequence_.start(room.id); c != SQLITE_ROW) return stop(c);
  room.last = last_sequence_.sequence(0);
  return &rooms_.emplace(name, room).first->second;
}

Result<Writer::KnownRoom*, Failure> Writer::find_in_epoch(const RoomName& name, Epoch epoch) {
  auto found = find(name);
  if (!found) return found;
  const Epoch current = *found ? (*found)->epoch : kFirstEpoch;
  if (epoch < current) return refuse(StoreError::deleted);
  if (epoch > current) return refuse(StoreError::stale_epoch);
  return found;
}

Result<void, Failure> Writer::put(const RoomName& name, const KnownRoom& room) {
  const int code = put_room_.run(
      room.id, std::string_view(name.str()), room.epoch, std::int64_t{room.live}, room.created_at,
      room.deleted_at,
      room_checksum(room.id, name.str(), room.epoch, room.live, room.created_at, room.deleted_at));
  if (code != SQLITE_OK) return stop(code);
  return {};
}

Result<Writer::KnownRoom*, Failure> Writer::enliven(const RoomName& name, KnownRoom* known,
                                                    WallTime at) {
  if (known != nullptr && known->live) return known;
  KnownRoom room = known ? *known : KnownRoom{};
  if (known == nullptr) {
    if (next_room_ == 0) {
      const Rows rows(newest_room_);
      if (const int code = newest_room_.start(); code != SQLITE_ROW) return stop(code);
      next_room_ = newest_room_.integer(0) + 1;
    }
    room.id =
        next_room_++;  // rows of rooms are never removed, but in the transaction that made them
  }
  room.live = true;
  room.created_at = at;
  if (const auto put_it = put(name, room); !put_it) return fail(put_it.error());
  return &rooms_.insert_or_assign(name, room).first->second;
}

// ---- appends ----------------------------------------------------------------------------------

Result<void, Failure> Writer::append(std::span<PendingAppend> batch) {
  if (rooms_.size() > kKnownRoomsMax) forget_rooms();
  const auto result = transact<bool>([&]() -> Result<bool, Failure> {
    for (PendingAppend& pending : batch) {
      const auto added = add(pending.request);
      if (added) {
        pending.result = *added;
      } else if (added.error().fault == Fault::none) {
        pending.result = fail(added.error().error);
      } else {
        return fail(added.error());
      }
    }
    return true;
  });
  if (result) return {};
  for (PendingAppend& pending : batch) pending.result.reset();
  return fail(result.error());
}

Result<Sequence, Failure> Writer::add(const AppendRequest& request) {
  const auto found = find_in_epoch(request.room, request.epoch);
  if (!found) return fail(found.error());
  const Sequence last = *found ? (*found)->last : Sequence{};
  if (request.first.value() == 0 || request.first.value() > last.value() + 1) {
    return refuse(StoreError::sequence_gap);
  }
  for (const Update& update : request.updates) {
    if (update.data->size() > limits_.update_bytes_max ||
        update.author.size() > limits_.author_bytes_max) {
      return refuse(StoreError::too_large);
    }
  }
  if (*found) {
    if (const auto same = check_repeated(**found, request); !same) return fail(same.error());
  }
  const bool was_live = *found && (*found)->live;
  const auto room = enliven(request.room, *found, request.updates.front().at);
  if (!room) return fail(room.error());
  const auto inserted = insert_updates(**room, request);
  if (inserted) return (*room)->last;
  if (inserted.error().fault != Fault::none || was_live) return fail(inserted.error());
  // The room has begun in this transaction, with something that cannot be written: it has not
  // begun.
  KnownRoom restored = **room;
  restored.live = false;
  rooms_.erase(request.room);
  if (restored.epoch == kFirstEpoch) {
    if (const int code = remove_room_.run(restored.id); code != SQLITE_OK) return stop(code);
  } else if (const auto put_it = put(request.room, restored); !put_it) {
    return fail(put_it.error());
  }
  return fail(inserted.error());
}

/// Those of the updates that are stored already must be stored with the same bytes.
Result<void, Failure> Writer::check_repeated(const KnownRoom& room, const AppendRequest& request) {
  for (std::uint64_t i = 0; i < request.updates.size(); ++i) {
    const Sequence sequence{request.first.value() + i};
    if (sequence > room.last) break;
    const Rows rows(find_update_);
    const int code = find_update_.start(room.id, sequence);
    if (code == SQLITE_DONE) return refuse(StoreError::sequence_conflict);
    if (code != SQLITE_ROW) return stop(code);
    if (!std::ranges::equal(find_update_.blob(0), *request.updates[i].data)) {
      return refuse(StoreError::sequence_conflict);
    }
  }
  return {};
}

Result<void, Failure> Writer::insert_updates(KnownRoom& room, const AppendRequest& request) {
  const Sequence before = room.last;
  for (std::uint64_t i = 0; i < request.updates.size(); ++i) {
    const Sequence sequence{request.first.value() + i};
    if (sequence <= before) continue;
    const Update& update = request.updates[i];
    const ByteView data(*update.data);
    const int code = insert_update_.run(
        room.id, sequence, update.at, std::string_view(update.author),
        update_checksum(room.id, sequence, update.at, update.author, data), data);
    if (code == SQLITE_OK) continue;
    const auto stopped = stop(code);
    if (stopped.error().fault == Fault::none) {  // this append alone: take its first rows out again
      const int undone = delete_updates_from_.run(room.id, Sequence{before.value() + 1});
      if (undone != SQLITE_OK) return stop(undone);
    }
    return stopped;
  }
  room.last = std::max(before, Sequence{request.first.value() + request.updates.size() - 1});
  return {};
}

// ---- snapshots and versions -------------------------------------------------------------------

Result<Sequence, Failure> Writer::write_snapshot(const SnapshotRequest& request,
                                                 const PackedState& packed) {
  return transact<Sequence>([&]() -> Result<Sequence, Failure> {
    const auto found = find_in_epoch(request.room, request.epoch);
    if (!found) return fail(found.error());
    Sequence before;
    if (*found) {
      const Rows rows(find_snapshot_);
      const int code = find_snapshot_.start((*found)->id);
      if (code != SQLITE_ROW && code != SQLITE_DONE) return stop(code);
      if (code == SQLITE_ROW) {
        before = find_snapshot_.sequence(0);
        if (request.sequence == before && find_snapshot_.count(1) == packed.state_bytes &&
            std::ranges::equal(find_snapshot_.blob(2), packed.data)) {
          return before;  // it is here: a repeat
        }
      }
    }
    if (request.sequence <= before) return refuse(StoreError::sequence_conflict);
    const auto room = enliven(request.room, *found, request.at);
    if (!room) return fail(room.error());
    const RowId id = (*room)->id;
    int code = put_snapshot_.run(
        id, request.sequence, request.at, packed.state_bytes,
        snapshot_checksum(id, request.sequence, request.at, packed.state_bytes, packed.data),
        ByteView(packed.data));
    if (code == SQLITE_OK) code = delete_updates_to_.run(id, request.sequence);
    if (code != SQLITE_OK) return stop(code);
    (*room)->last = std::max((*room)->last, request.sequence);
    return request.sequence;
  });
}

Result<VersionId, Failure> Writer::create_version(const VersionRequest& request,
                                                  const PackedState& packed) {
  return transact<VersionId>([&]() -> Result<VersionId, Failure> {
    const auto found = find_in_epoch(request.room, request.epoch);
    if (!found) return fail(found.error());
    if (*found == nullptr || !(*found)->live) return refuse(StoreError::not_found);
    const VersionInfo info{.kind = request.kind,
                           .name = request.name,
                           .author = request.author,
                           .epoch = request.epoch,
                           .sequence = request.sequence,
                           .at = request.at,
                           .state_bytes = packed.state_bytes};
    const std::int64_t data_checksum = version_data_checksum(packed.data);
    const RowId room = (*found)->id;
    const int code = insert_version_.run(
        room, static_cast<std::int64_t>(info.kind), std::string_view(info.name),
        std::string_view(info.author), info.epoch, info.sequence, info.at, info.state_bytes,
        data_checksum, version_checksum(room, info, data_checksum), ByteView(packed.data));
    if (code != SQLITE_OK) return stop(code);
    return VersionId{static_cast<std::uint64_t>(sqlite3_last_insert_rowid(connection_.get()))};
  });
}

Result<VersionInfo, Failure> Writer::rename_version(const RoomName& room, VersionId id,
                                                    const std::string& name) {
  return transact<VersionInfo>([&]() -> Result<VersionInfo, Failure> {
    const auto found = find(room);
    if (!found) return fail(found.error());
    if (*found == nullptr) return refuse(StoreError::not_found);
    VersionInfo info{.id = id};
    std::int64_t data_checksum = 0;
    {
      const Rows rows(find_version_);
      const int code = find_version_.start(id, (*found)->id);
      if (code == SQLITE_DONE) return refuse(StoreError::not_found);
      if (code != SQLITE_ROW) return stop(code);
      info.author = find_version_.text(0);
      info.epoch = Epoch{find_version_.count(1)};
      info.sequence = find_version_.sequence(2);
      info.at = find_version_.time(3);
      info.state_bytes = find_version_.count(4);
      info.stored_bytes = find_version_.count(5);
      data_checksum = find_version_.integer(6);
      info.kind = find_version_.integer(7) == 0 ? VersionKind::automatic : VersionKind::named;
      info.name = find_version_.text(8);
      // A new checksum would make damage pass for what was written.
      if (find_version_.integer(9) != version_checksum((*found)->id, info, data_checksum)) {
        return refuse(StoreError::corrupt);
      }
    }
    info.kind = VersionKind::named;
    info.name = name;
    const int code =
        rename_version_.run(id, static_cast<std::int64_t>(info.kind), std::string_view(info.name),
                            version_checksum((*found)->id, info, data_checksum));
    if (code != SQLITE_OK) return stop(code);
    return info;
  });
}

Result<VersionId, Failure> Writer::delete_version(const RoomName& room, VersionId id) {
  return transact<VersionId>([&]() -> Result<VersionId, Failure> {
    const auto found = find(room);
    if (!found) return fail(found.error());
    if (*found == nullptr) return refuse(StoreError::not_found);
    if (const int code = delete_version_.run(id, (*found)->id); code != SQLITE_OK)
      return stop(code);
    if (sqlite3_changes(connection_.get()) == 0) return refuse(StoreError::not_found);
    return id;
  });
}

// ---- removing ---------------------------------------------------------------------------------

Result<Epoch, Failure> Writer::delete_room(const RoomName& name, WallTime at, ByteView epitaph) {
  return transact<Epoch>([&]() -> Result<Epoch, Failure> {
    const auto found = find(name);
    if (!found) return fail(found.error());
    if (*found == nullptr || !(*found)->live) return refuse(StoreError::not_found);
    KnownRoom& room = **found;
    for (Statement* statement :
         {&delete_updates_, &delete_snapshot_, &delete_versions_, &delete_set_aside_}) {
      if (const int code = statement->run(room.id); code != SQLITE_OK) return stop(code);
    }
    if (const int code = put_epitaph_.run(room.id, room.epoch,
                                          epitaph_checksum(room.id, room.epoch, epitaph), epitaph);
        code != SQLITE_OK) {
      return stop(code);
    }
    room = KnownRoom{.id = room.id,
                     .epoch = Epoch{room.epoch.value() + 1},
                     .live = false,
                     .created_at = at,
                     .deleted_at = at,
                     .last = {}};
    if (const auto put_it = put(name, room); !put_it) return fail(put_it.error());
    return room.epoch;
  });
}

Result<Epoch, Failure> Writer::quarantine(const QuarantineRequest& request) {
  return transact<Epoch>([&]() -> Result<Epoch, Failure> {
    const auto found = find_in_epoch(request.room, request.epoch);
    if (!found) return fail(found.error());
    const auto room = enliven(request.room, *found, request.at);
    if (!room) return fail(room.error());
    const int code = put_aside_.run((*room)->id, request.at, std::string_view(request.author),
                                    std::string_view(request.reason), ByteView(*request.data));
    if (code != SQLITE_OK) return stop(code);
    return (*room)->epoch;
  });
}

Result<void, Failure> Writer::set_aside(const RoomName& name, Epoch epoch,
                                        std::span<const Sequence> sequences,
                                        const std::string& reason) {
  const auto done = transact<bool>([&]() -> Result<bool, Failure> {
    const auto found = find_in_epoch(name, epoch);
    if (!found) return fail(found.error());
    if (*found == nullptr || !(*found)->live) return refuse(StoreError::not_found);
    for (const Sequence sequence : sequences) {
      int code = copy_aside_.run((*found)->id, sequence, std::string_view(reason));
      if (code == SQLITE_OK && sqlite3_changes(connection_.get()) == 0) {
        return refuse(StoreError::not_found);
      }
      if (code == SQLITE_OK) code = delete_update_.run((*found)->id, sequence);
      if (code != SQLITE_OK) return stop(code);
    }
    return true;
  });
  if (!done) return fail(done.error());
  return {};
}

}  // namespace righttask::store::sqlite
