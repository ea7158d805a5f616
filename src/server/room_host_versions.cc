#include <algorithm>
#include <utility>

#include "base/check.h"
#include "server/room_host.h"
#include "ydoc/doc.h"

// Versions that rooms leave behind by themselves, and what edits of the server's own need.

namespace righttask::server {
namespace {

/// Of one look at all rooms: each takes the time of encoding a document.
constexpr std::size_t kVersionsAtOnce = 50;
constexpr std::size_t kPage = 1000;
constexpr std::chrono::milliseconds kNextBatch{100};

}  // namespace

// ---- automatic versions ------------------------------------------------------------------------

void RoomHost::note_change(Hosted& hosted, const std::string& author) {
  hosted.keeper.on_change(author, outlet_.now().wall);
  watch_versions();
}

/// What was written in an earlier life of the room and is in no version: the server was stopped, or
/// the room failed, before there was one.
bool RoomHost::catch_up_with_versions(Hosted& hosted, const store::LoadedRoom& loaded) {
  if (loaded.last <= loaded.versioned) return true;
  const auto& snapshot = loaded.snapshot;
  const auto first = std::ranges::find_if(
      loaded.updates, [&](const auto& update) { return update.sequence > loaded.versioned; });
  // The first of them may be in the state by now, which is a little younger.
  const bool in_state = snapshot && snapshot->sequence > loaded.versioned;
  if (!in_state && first == loaded.updates.end()) return true;
  hosted.keeper.on_change(
      loaded.updates.empty() ? std::string() : loaded.updates.back().author,
      std::chrono::floor<std::chrono::seconds>(in_state ? snapshot->at : first->at));
  if (hosted.keeper.is_due(outlet_.now().wall, limits_)) return take_version(hosted);
  watch_versions();
  return true;
}

/// Looks at the rooms as long as any has a change that no version holds: seldom enough to cost
/// nothing, often enough to be on time.
void RoomHost::watch_versions() {
  if (watches_versions_ || limits_.version_interval.count() == 0) return;
  watches_versions_ = true;
  const Duration step = std::clamp<Duration>(
      limits_.version_interval / 10, std::chrono::milliseconds(100), std::chrono::minutes(1));
  outlet_.call_after(step, [this] { take_due_versions(); });
}

void RoomHost::take_due_versions() {
  watches_versions_ = false;
  const UnixSeconds now = outlet_.now().wall;
  std::vector<RoomName> due;
  bool more = false;
  for (const auto& [name, hosted] : rooms_) {
    if (!hosted->room || !hosted->keeper.has_change()) continue;
    more = true;
    if (due.size() < kVersionsAtOnce && hosted->keeper.is_due(now, limits_)) due.push_back(name);
  }
  for (const RoomName& name : due) {
    Hosted* hosted = find(name);
    if (hosted != nullptr && hosted->room) take_version(*hosted);
  }
  if (due.size() == kVersionsAtOnce) {
    watches_versions_ = true;
    outlet_.call_after(kNextBatch, [this] { take_due_versions(); });
  } else if (more) {
    watch_versions();
  }
}

/// Asks the store to keep the room's state, and to let go of what is too much then. A version that
/// is not written is no reason to bother anybody: the next one holds more.
bool RoomHost::take_version(Hosted& hosted) {
  if (limits_.version_interval.count() == 0) return true;
  const RoomName name = hosted.name;
  const std::uint64_t id = hosted.id;
  auto request = version_of(hosted);
  const Hosted* still = find(name);
  if (still == nullptr || still->id != id || !still->room) return false;
  hosted.keeper.on_version(outlet_.now().wall);
  if (!request) return true;
  ++probe_.versions_asked;
  storage_.store->create_version(
      *std::move(request),
      {storage_.post, [this, name](const Result<store::VersionId, store::StoreError>& made) {
         if (made) return thin_out(name, {}, std::nullopt);
         log_->warn("room {}: a version of it was not kept: {}", ops::printable(name.str()),
                    to_string(made.error()));
       }});
  return true;
}

void RoomHost::thin_out(const RoomName& name, std::vector<store::VersionInfo> found,
                        std::optional<store::VersionId> before) {
  storage_.store->list_versions(
      name, before, kPage,
      {storage_.post, [this, name, found = std::move(found)](
                          Result<store::VersionPage, store::StoreError> page) mutable {
         if (!page) return;  // the next version's turn
         std::ranges::move(page->versions, std::back_inserter(found));
         if (page->continue_before) return thin_out(name, std::move(found), page->continue_before);
         for (const store::VersionId id : superfluous_versions(found, wall_time(outlet_.now().wall),
                                                               limits_.versions_per_room_max)) {
           storage_.store->delete_version(name, id, {storage_.post, [](const auto&) {}});
         }
       }});
}

// ---- for those who edit rooms without being members ---------------------------------------------

/// The room may be gone afterwards.
std::optional<store::VersionRequest> RoomHost::version_of(Hosted& hosted) {
  if (hosted.log->has_batch() && !flush(hosted)) return std::nullopt;
  if (hosted.log->last() == store::Sequence{}) return std::nullopt;
  SharedBytes state;
  const bool lives =
      guarded(hosted, nullptr, [&](Room& room, Effects&) { state = share(room.encode_state()); });
  if (!lives) return std::nullopt;
  return store::VersionRequest{.room = hosted.name,
                               .epoch = hosted.log->epoch(),
                               .kind = store::VersionKind::automatic,
                               .name = {},
                               .author = author_to_keep(hosted.keeper.author()),
                               .sequence = hosted.log->last(),
                               .at = wall_time(outlet_.now().wall),
                               .state = std::move(state)};
}

std::optional<store::VersionRequest> RoomHost::version_of(const RoomName& name) {
  CHECK(storage_.store != nullptr);
  Hosted* hosted = find(name);
  if (hosted == nullptr || !hosted->room) return std::nullopt;
  return version_of(*hosted);
}

ydoc::ClientId RoomHost::unused_client(const RoomName& name) {
  Hosted* hosted = find(name);
  CHECK(hosted != nullptr && hosted->room);
  return hosted->room->unused_client(rng_);
}

const RoomLog* RoomHost::log_of(const RoomName& name) {
  const Hosted* hosted = find(name);
  return hosted != nullptr && hosted->room && hosted->log ? &*hosted->log : nullptr;
}

void RoomHost::when_stored(const RoomName& name, Stored then) {
  Hosted* hosted = find(name);
  if (hosted == nullptr || !hosted->room) return then(false);
  if (!hosted->log) return then(true);
  const std::uint64_t needs = hosted->log->added();
  if (needs <= hosted->log->stored()) return then(true);
  if (storage_state_ != StorageState::ok || hosted->log->has_gap()) return then(false);
  hosted->waiting.emplace_back(needs, std::move(then));
}

void RoomHost::tell_stored(Hosted& hosted) {
  while (!hosted.waiting.empty() && hosted.waiting.front().first <= hosted.log->stored()) {
    Stored then = std::move(hosted.waiting.front().second);
    hosted.waiting.erase(hosted.waiting.begin());
    storage_.post([then = std::move(then)]() mutable { then(true); });
  }
}

void RoomHost::give_up_waiting(Hosted& hosted) {
  for (auto& [needs, then] : std::exchange(hosted.waiting, {})) {
    storage_.post([stored = std::move(then)]() mutable { stored(false); });
  }
}

void RoomHost::compact(const RoomName& name, Compacted then) {
  CHECK(storage_.store != nullptr);
  Hosted* hosted = find(name);
  if (hosted == nullptr || !hosted->room || hosted->log->has_gap() || hosted->log->writes_state()) {
    return then(fail(store::StoreError::storage_unavailable));
  }
  if (hosted->log->is_compact()) return then(hosted->log->last());
  // Once only: of the two who could call it, one does not.
  auto shared = std::make_shared<Compacted>(std::move(then));
  const bool asked = write_snapshot(*hosted, [shared](auto answer) { (*shared)(answer); });
  if (!asked) (*shared)(fail(store::StoreError::storage_unavailable));
}

}  // namespace righttask::server
