#include "ydoc/store/item_arena.h"

namespace ydoc {

ItemArena::~ItemArena() {
  for (ItemRef ref = 0; ref < used_; ++ref) free_content((*this)[ref]);
}

void ItemArena::grow() {
  const std::size_t count = chunks_.size() < kSingleChunks ? 1 : kChunksAtOnce;
  allocations_.push_back(std::make_unique_for_overwrite<Item[]>(count * kChunkItems));
  Item* chunk = allocations_.back().get();
  for (std::size_t i = 0; i < count; ++i, chunk += kChunkItems) chunks_.push_back(chunk);
}

}  // namespace ydoc
