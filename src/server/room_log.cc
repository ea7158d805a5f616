#include "server/room_log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/limits.h"

namespace righttask::server {

using store::Sequence;
using store::StoreError;

std::string author_to_keep(std::string utf8) {
  std::size_t size = store::StoreLimits{}.author_bytes_max;
  if (utf8.size() <= size) return utf8;
  const auto continues = [](char c) { return (static_cast<std::uint8_t>(c) & 0xc0U) == 0x80U; };
  while (size > 0 && continues(utf8[size])) --size;
  utf8.resize(size);
  return utf8;
}

RoomLog::RoomLog(RoomName name, const store::LoadedRoom& loaded)
    : name_(std::move(name)),
      epoch_(loaded.epoch),
      base_(loaded.last),
      last_(loaded.last),
      stored_(loaded.last),
      state_stored_(loaded.snapshot ? loaded.snapshot->sequence : Sequence{}),
      state_bytes_(loaded.snapshot ? loaded.snapshot->state.size() : 0),
      tail_updates_(loaded.updates.size()) {
  for (const auto& update : loaded.updates) tail_bytes_ += update.data.size();
}

void RoomLog::add(SharedBytes update, std::string author, store::WallTime at) {
  last_ = Sequence{last_.value() + 1};
  ++tail_updates_;
  tail_bytes_ += update->size();
  batch_bytes_ += update->size();
  batch_.push_back({std::move(update), author_to_keep(std::move(author)), at});
  if (gap_ && batch_bytes_ > kHeldBytesMax) {
    drop_batch();
    more_is_missing_ = true;
  }
}

store::AppendRequest RoomLog::take_batch(Instant now) {
  CHECK(has_batch());
  store::AppendRequest request{.room = name_,
                               .epoch = epoch_,
                               .first = Sequence{last_.value() - batch_.size() + 1},
                               .updates = std::exchange(batch_, {})};
  batch_bytes_ = 0;
  sent_.push_back({last_, now});
  return request;
}

RoomLog::Outcome RoomLog::on_appended(Sequence last, const Result<Sequence, StoreError>& answer,
                                      Instant now) {
  const auto found = std::ranges::find(sent_, last, &Sent::last);
  CHECK(found != sent_.end());
  const Sent sent = *found;
  sent_.erase(found);
  if (answer) {
    latency_ = now - sent.at;
    stored_ = std::max(stored_, sent.last);
    return Outcome::stored;
  }
  if (answer.error() == StoreError::deleted || answer.error() == StoreError::stale_epoch) {
    return Outcome::gone;
  }
  gap_ = true;
  more_is_missing_ = more_is_missing_ || (writing_state_ && sent.last > state_at_);
  return Outcome::gap;
}

store::SnapshotRequest RoomLog::snapshot(SharedBytes state, store::WallTime at) {
  CHECK(!writing_state_ && !has_batch());
  writing_state_ = true;
  state_at_ = last_;
  state_bytes_ = state->size();
  tail_updates_ = 0;
  tail_bytes_ = 0;
  if (gap_) {  // the state holds it
    drop_batch();
    more_is_missing_ = false;
  }
  return {
      .room = name_, .epoch = epoch_, .sequence = state_at_, .at = at, .state = std::move(state)};
}

RoomLog::Outcome RoomLog::on_snapshot(const Result<Sequence, StoreError>& answer) {
  CHECK(writing_state_);
  writing_state_ = false;
  if (answer) {
    stored_ = std::max(stored_, state_at_);
    state_stored_ = state_at_;
    gap_ = gap_ && more_is_missing_;
    return gap_ ? Outcome::gap : Outcome::stored;
  }
  if (answer.error() == StoreError::deleted || answer.error() == StoreError::stale_epoch) {
    return Outcome::gone;
  }
  return gap_ ? Outcome::gap : Outcome::stored;
}

bool RoomLog::tail_is_long() const {
  if (writing_state_ || gap_) return false;
  return tail_updates_ >= kTailUpdatesMax ||
         tail_bytes_ >= std::max<std::uint64_t>(kTailBytesMax, state_bytes_);
}

bool RoomLog::tail_is_long_for_a_room_at_rest() const {
  return !writing_state_ && !gap_ && tail_updates_ >= kTailUpdatesAtRest;
}

void RoomLog::drop_batch() {
  batch_.clear();
  batch_bytes_ = 0;
}

}  // namespace righttask::server
