#include "store/memory/memory_store.h"

#include <algorithm>
#include <ranges>

#include "base/check.h"

namespace righttask::store {
namespace {

Sequence behind(Sequence sequence, std::uint64_t count) {
  return Sequence{sequence.value() + count};
}

}  // namespace

std::optional<StoreError> MemoryStore::refuse_epoch(const State& state, const RoomName& room,
                                                    Epoch epoch) {
  const auto found = state.rooms.find(room);
  const Epoch current = found == state.rooms.end() ? kFirstEpoch : found->second.epoch;
  if (epoch == current) return std::nullopt;
  return epoch < current ? StoreError::deleted : StoreError::stale_epoch;
}

MemoryStore::StoredRoom* MemoryStore::find_live(State& state, const RoomName& room) {
  const auto found = state.rooms.find(room);
  return found != state.rooms.end() && found->second.live ? &found->second : nullptr;
}

Result<Sequence, StoreError> MemoryStore::add(State& state, const AppendRequest& request) {
  if (const auto error = refuse_epoch(state, request.room, request.epoch)) return fail(*error);
  const StoredRoom* known = find_live(state, request.room);
  const Sequence last = known ? known->last : Sequence{};
  if (request.first.value() == 0 || request.first > behind(last, 1)) {
    return fail(StoreError::sequence_gap);
  }
  for (std::uint64_t i = 0; i < request.updates.size(); ++i) {
    const Sequence sequence = behind(request.first, i);
    if (sequence > last) break;
    const auto stored = known->updates.find(sequence);
    if (stored == known->updates.end() || stored->second.data != *request.updates[i].data) {
      return fail(StoreError::sequence_conflict);
    }
  }

  StoredRoom& room = state.rooms[request.room];
  if (!room.live) room.created_at = request.updates.front().at;
  room.live = true;
  for (std::uint64_t i = 0; i < request.updates.size(); ++i) {
    const Sequence sequence = behind(request.first, i);
    if (sequence <= last) continue;
    const Update& update = request.updates[i];
    room.updates.emplace(sequence, StoredUpdate{sequence, update.at, update.author, *update.data});
    room.last = sequence;
    ++state.probe.updates;
    state.probe.update_bytes += update.data->size();
  }
  return room.last;
}

void MemoryStore::append(AppendRequest request, Reply<Sequence> reply) {
  CHECK(!request.updates.empty());
  const bool too_large = std::ranges::any_of(request.updates, [this](const Update& update) {
    return update.data->size() > limits_.update_bytes_max ||
           update.author.size() > limits_.author_bytes_max;
  });
  reply(state_.with([&](State& state) -> Result<Sequence, StoreError> {
    Result<Sequence, StoreError> result =
        too_large ? fail(StoreError::too_large) : add(state, request);
    ++(result ? state.probe.appends : state.probe.appends_refused);
    ++state.probe.commits;
    return result;
  }));
}

void MemoryStore::load(RoomName room, Reply<LoadedRoom> reply) {
  reply(state_.with([&](State& state) {
    ++state.probe.loads;
    LoadedRoom loaded;
    const auto found = state.rooms.find(room);
    if (found == state.rooms.end()) return loaded;
    const StoredRoom& stored = found->second;
    loaded.epoch = stored.epoch;
    loaded.deleted_at = stored.deleted_at;
    loaded.epitaphs = stored.epitaphs;
    loaded.snapshot = stored.snapshot;
    loaded.last = stored.last;
    if (!stored.versions.empty()) loaded.versioned = stored.versions.rbegin()->second.info.sequence;
    for (const auto& update : std::views::values(stored.updates)) loaded.updates.push_back(update);
    for (const auto& sequence : std::views::keys(stored.set_aside)) {
      loaded.set_aside.push_back(sequence);
    }
    return loaded;
  }));
}

void MemoryStore::write_snapshot(SnapshotRequest request, Reply<Sequence> reply) {
  reply(state_.with([&](State& state) -> Result<Sequence, StoreError> {
    if (request.state->size() > limits_.state_bytes_max) return fail(StoreError::too_large);
    if (const auto error = refuse_epoch(state, request.room, request.epoch)) return fail(*error);
    const StoredRoom* known = find_live(state, request.room);
    const bool has_one = known && known->snapshot;
    const Sequence before = has_one ? known->snapshot->sequence : Sequence{};
    if (request.sequence <= before) {
      if (request.sequence < before || !has_one || known->snapshot->state != *request.state) {
        return fail(StoreError::sequence_conflict);
      }
      return before;
    }

    StoredRoom& room = state.rooms[request.room];
    if (!room.live) room.created_at = request.at;
    room.live = true;
    room.snapshot = Snapshot{request.sequence, request.at, *request.state};
    room.updates.erase(room.updates.begin(), room.updates.upper_bound(request.sequence));
    room.last = std::max(room.last, request.sequence);
    ++state.probe.snapshots;
    return request.sequence;
  }));
}

void MemoryStore::create_version(VersionRequest request, Reply<VersionId> reply) {
  reply(state_.with([&](State& state) -> Result<VersionId, StoreError> {
    if (request.state->size() > limits_.state_bytes_max ||
        request.name.size() > limits_.version_name_bytes_max ||
        request.author.size() > limits_.author_bytes_max) {
      return fail(StoreError::too_large);
    }
    if (const auto error = refuse_epoch(state, request.room, request.epoch)) return fail(*error);
    StoredRoom* room = find_live(state, request.room);
    if (room == nullptr) return fail(StoreError::not_found);
    const VersionId id = state.next_version;
    state.next_version = VersionId{id.value() + 1};
    room->versions.emplace(
        id, Version{{id, request.kind, request.name, request.author, request.epoch,
                     request.sequence, request.at, request.state->size(), request.state->size()},
                    *request.state});
    return id;
  }));
}

void MemoryStore::list_versions(RoomName room, std::optional<VersionId> before, std::size_t limit,
                                Reply<VersionPage> reply) {
  reply(state_.with([&](State& state) {
    VersionPage page;
    const StoredRoom* stored = find_live(state, room);
    if (stored == nullptr) return page;
    limit = std::clamp<std::size_t>(limit, 1, limits_.page_max);
    for (const auto& [id, version] : std::views::reverse(stored->versions)) {
      if (before && id >= *before) continue;
      if (page.versions.size() == limit) {
        page.continue_before = page.versions.back().id;
        break;
      }
      page.versions.push_back(version.info);
    }
    return page;
  }));
}

void MemoryStore::get_version(RoomName room, VersionId id, Reply<Version> reply) {
  reply(state_.with([&](State& state) -> Result<Version, StoreError> {
    const StoredRoom* stored = find_live(state, room);
    if (stored == nullptr || !stored->versions.contains(id)) return fail(StoreError::not_found);
    return stored->versions.at(id);
  }));
}

void MemoryStore::rename_version(RoomName room, VersionId id, std::string name,
                                 Reply<VersionInfo> reply) {
  reply(state_.with([&](State& state) -> Result<VersionInfo, StoreError> {
    if (name.size() > limits_.version_name_bytes_max) return fail(StoreError::too_large);
    StoredRoom* stored = find_live(state, room);
    if (stored == nullptr || !stored->versions.contains(id)) return fail(StoreError::not_found);
    VersionInfo& info = stored->versions.at(id).info;
    info.name = name;
    info.kind = VersionKind::named;
    return info;
  }));
}

void MemoryStore::delete_version(RoomName room, VersionId id, Reply<VersionId> reply) {
  reply(state_.with([&](State& state) -> Result<VersionId, StoreError> {
    StoredRoom* stored = find_live(state, room);
    if (stored == nullptr) return fail(StoreError::not_found);
    const auto found = stored->versions.find(id);
    if (found == stored->versions.end() || found->second.info.kind == VersionKind::named) {
      return fail(StoreError::not_found);
    }
    stored->versions.erase(found);
    return id;
  }));
}

RoomInfo MemoryStore::describe(const RoomName& name, const StoredRoom& room) {
  RoomInfo info{.name = name,
                .epoch = room.epoch,
                .last = room.last,
                .created_at = room.created_at,
                .changed_at = room.created_at};
  for (const auto& update : std::views::values(room.updates)) {
    ++info.updates;
    info.update_bytes += update.data.size();
    info.changed_at = std::max(info.changed_at, update.at);
  }
  if (room.snapshot) {
    info.snapshot_bytes = room.snapshot->state.size();
    info.changed_at = std::max(info.changed_at, room.snapshot->at);
  }
  for (const auto& version : std::views::values(room.versions)) {
    ++info.versions;
    info.version_bytes += version.info.stored_bytes;
  }
  info.set_aside = room.set_aside.size() + room.quarantined.size();
  return info;
}

void MemoryStore::list_rooms(std::optional<RoomName> after, std::size_t limit,
                             Reply<RoomPage> reply) {
  reply(state_.with([&](State& state) {
    RoomPage page;
    limit = std::clamp<std::size_t>(limit, 1, limits_.page_max);
    auto at = after ? state.rooms.upper_bound(*after) : state.rooms.begin();
    for (; at != state.rooms.end(); ++at) {
      if (!at->second.live) continue;
      if (page.rooms.size() == limit) {
        page.continue_after = page.rooms.back().name;
        break;
      }
      page.rooms.push_back(describe(at->first, at->second));
    }
    return page;
  }));
}

void MemoryStore::delete_room(RoomName room, WallTime at, Bytes epitaph, Reply<Epoch> reply) {
  reply(state_.with([&](State& state) -> Result<Epoch, StoreError> {
    if (epitaph.size() > limits_.epitaph_bytes_max) return fail(StoreError::too_large);
    StoredRoom* stored = find_live(state, room);
    if (stored == nullptr) return fail(StoreError::not_found);
    StoredRoom fresh;
    fresh.epoch = Epoch{stored->epoch.value() + 1};
    fresh.deleted_at = at;
    fresh.epitaphs = std::move(stored->epitaphs);
    fresh.epitaphs.push_back(std::move(epitaph));
    *stored = std::move(fresh);
    return stored->epoch;
  }));
}

void MemoryStore::set_aside(RoomName room, Epoch epoch, Sequence sequence, std::string /*reason*/,
                            Reply<Sequence> reply) {
  reply(state_.with([&](State& state) -> Result<Sequence, StoreError> {
    if (const auto error = refuse_epoch(state, room, epoch)) return fail(*error);
    StoredRoom* stored = find_live(state, room);
    if (stored == nullptr) return fail(StoreError::not_found);
    auto row = stored->updates.extract(sequence);
    if (row.empty()) return fail(StoreError::not_found);
    stored->set_aside.insert(std::move(row));
    ++state.probe.rows_set_aside;
    return sequence;
  }));
}

void MemoryStore::quarantine(QuarantineRequest request, Reply<Epoch> reply) {
  reply(state_.with([&](State& state) -> Result<Epoch, StoreError> {
    if (request.data->size() > limits_.update_bytes_max ||
        request.author.size() > limits_.author_bytes_max) {
      return fail(StoreError::too_large);
    }
    if (const auto error = refuse_epoch(state, request.room, request.epoch)) return fail(*error);
    StoredRoom& room = state.rooms[request.room];
    if (!room.live) room.created_at = request.at;
    room.live = true;
    ++state.probe.rows_set_aside;
    room.quarantined.push_back(std::move(request));
    return room.epoch;
  }));
}

void MemoryStore::backup(std::string /*file*/, Reply<BackupInfo> reply) {
  reply(fail(StoreError::storage_failed));
}

void MemoryStore::verify(Reply<VerifyReport> reply) {
  reply(state_.with([](State& state) {
    VerifyReport report;
    for (const auto& room : std::views::values(state.rooms)) {
      report.rooms += room.live;
      report.updates += room.updates.size();
      report.snapshots += room.snapshot.has_value();
      report.versions += room.versions.size();
      report.set_aside += room.set_aside.size() + room.quarantined.size();
    }
    return report;
  }));
}

void MemoryStore::watch(Post post, std::function<void(StorageState)> changed) {
  post([changed = std::move(changed)] { changed(StorageState::ok); });
}

StoreProbe MemoryStore::probe() const {
  return state_.with([](const State& state) { return state.probe; });
}

}  // namespace righttask::store
