#include "store/store_error.h"

namespace righttask::store {

std::string_view to_string(StoreError error) noexcept {
  switch (error) {
    case StoreError::storage_full:
      return "storage_full";
    case StoreError::storage_unavailable:
      return "storage_unavailable";
    case StoreError::storage_failed:
      return "storage_failed";
    case StoreError::corrupt:
      return "corrupt";
    case StoreError::deleted:
      return "deleted";
    case StoreError::stale_epoch:
      return "stale_epoch";
    case StoreError::sequence_gap:
      return "sequence_gap";
    case StoreError::sequence_conflict:
      return "sequence_conflict";
    case StoreError::too_large:
      return "too_large";
    case StoreError::not_found:
      return "not_found";
    case StoreError::already_exists:
      return "already_exists";
  }
  return "storage_failed";
}

}  // namespace righttask::store
