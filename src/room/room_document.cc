#include "room/room_document.h"

#include <utility>

#include "base/check.h"
#include "ydoc/codec/merge.h"
#include "ydoc/update.h"

namespace righttask {

ydoc::DocOptions doc_options(const Limits& limits) {
  ydoc::DocOptions options;
  options.pending_bytes_max = limits.pending_bytes_max;
  options.conflict_steps_max = limits.conflict_steps_max;
  options.decode.update_bytes_max = limits.message_bytes_max;
  return options;
}

ydoc::Doc& RoomDocument::awake() {
  if (doc_) return *doc_;
  doc_.emplace(doc_options(limits_));
  if (state_.empty()) return *doc_;
  const auto update = ydoc::Update::decode_v1(state_, ydoc::DecodeLimits::trusted());
  CHECK(update.has_value());
  CHECK(doc_->apply(*update, {}, {.drops_nothing = true}).has_value());
  state_ = Bytes();
  return *doc_;
}

void RoomDocument::rest() {
  if (!doc_ || doc_->has_pending()) return;
  Bytes state = doc_->encode_state_as_update_v1();
  if (state.size() > kRestingBytesMax) return;
  state.shrink_to_fit();
  state_ = std::move(state);
  doc_.reset();
}

Bytes RoomDocument::encode_state(const ydoc::StateVector& have) const {
  if (doc_) return doc_->encode_state_as_update_v1(have);
  if (state_.empty()) return bytes(0, 0);
  if (have.empty()) return state_;
  auto update = ydoc::diff_update_v1(state_, have, ydoc::DecodeLimits::trusted());
  CHECK(update.has_value());
  return *std::move(update);
}

Bytes RoomDocument::encode_state_vector() const {
  if (doc_) return doc_->encode_state_vector_v1();
  if (state_.empty()) return bytes(0);
  auto vector = ydoc::state_vector_from_update_v1(state_, ydoc::DecodeLimits::trusted());
  CHECK(vector.has_value());
  return *std::move(vector);
}

}  // namespace righttask
