#pragma once

#include <cstddef>

namespace righttask::store {

/// What may be stored how large. Above: StoreError::too_large, unless another is named.
/// Documented in docs/spec/limits.md.
struct StoreLimits {
  // One update: a message of the largest size (model/limits.h) and room to spare.
  std::size_t update_bytes_max = 32u << 20;
  // The state in a snapshot or version, before compression; also the most that is unpacked.
  std::size_t state_bytes_max = 256u << 20;
  // What is kept of a deleted room: a state vector, some ten bytes for each client that ever
  // edited.
  std::size_t epitaph_bytes_max = 4u << 20;
  // A user's name, a version's name.
  std::size_t author_bytes_max = 255;
  std::size_t version_name_bytes_max = 255;
  // Updates that wait for the disk, all rooms together; above: storage_unavailable.
  std::size_t queue_bytes_max = 256u << 20;
  // States that wait to be compressed and written, all rooms together; above: storage_unavailable.
  std::size_t state_queue_bytes_max = 512u << 20;
  // Entries of one page of a listing; a request for more gets as many.
  std::size_t page_max = 1000;
};

}  // namespace righttask::store
