#include "ydoc/store/item_arena.h"

namespace ydoc {

ItemArena::~ItemArena() {
  for (ItemRef ref = 0; ref < used_; ++ref) free_content((*this)[ref]);
}

void ItemArena::grow() {
  chunks_.push_back(std::make_unique_for_overwrite<Item[]>(kChunkItems));
}

}  // namespace ydoc
