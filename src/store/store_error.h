#pragma once

#include <cstdint>
#include <string_view>

namespace righttask::store {

/// Why the store did not do what it was asked.
enum class StoreError : std::uint8_t {
  // The disk, the database, the network.
  storage_full,         // no room to write; nothing has changed
  storage_unavailable,  // more waits to be written than the store holds, or it is being closed
  storage_failed,       // reading or writing failed; the log says how
  corrupt,              // what is stored is damaged, so that giving the rest would mislead
  // The room.
  deleted,            // the room was deleted since that epoch
  stale_epoch,        // not the room's epoch, and not because it was deleted
  sequence_gap,       // not the next sequence: an earlier append is missing
  sequence_conflict,  // that sequence is stored with other content, or lies behind the snapshot
  // The request.
  too_large,
  not_found,
  already_exists,
};

/// As it stands in replies, logs and metrics: "storage_full".
[[nodiscard]] std::string_view to_string(StoreError error) noexcept;

}  // namespace righttask::store
