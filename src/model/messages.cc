#include "model/messages.h"

namespace righttask {

std::string_view to_string(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::invalid_update:
      return "invalid_update";
    case Refusal::read_only:
      return "read_only";
    case Refusal::too_large:
      return "too_large";
    case Refusal::rate_limited:
      return "rate_limited";
    case Refusal::pending_limit:
      return "pending_limit";
    case Refusal::invalid_state_vector:
      return "invalid_state_vector";
    case Refusal::invalid_presence:
      return "invalid_presence";
    case Refusal::room_full:
      return "room-full";
    case Refusal::not_joined:
      return "not_joined";
    case Refusal::unauthorized:
      return "unauthorized";
    case Refusal::expired:
      return "expired";
    case Refusal::forbidden:
      return "forbidden";
    case Refusal::storage_unavailable:
      return "storage_unavailable";
    case Refusal::room_damaged:
      return "room_damaged";
    case Refusal::room_deleted:
      return "room_deleted";
  }
  return "refused";
}

std::string_view to_string(StorageState state) noexcept {
  switch (state) {
    case StorageState::ok:
      return "ok";
    case StorageState::full:
      return "full";
    case StorageState::failing:
      return "failing";
  }
  return "unknown";
}

}  // namespace righttask
