#pragma once

#include <memory>
#include <vector>

#include "ydoc/store/item.h"

namespace ydoc {

/// The items of one document, named by 32-bit references that stay valid until released.
/// Chunks never move, so an Item& also stays valid while other items are made. A small document
/// takes small chunks; later ones come four in one allocation.
class ItemArena {
 public:
  ItemArena() = default;
  ItemArena(const ItemArena&) = delete;
  ItemArena& operator=(const ItemArena&) = delete;
  ~ItemArena();

  [[nodiscard]] Item& operator[](ItemRef ref) {
    return chunks_[ref >> kChunkBits][ref & (kChunkItems - 1)];
  }
  [[nodiscard]] const Item& operator[](ItemRef ref) const {
    return chunks_[ref >> kChunkBits][ref & (kChunkItems - 1)];
  }

  /// Fetches an item that will be read soon; any reference will do. (g++ takes a function that
  /// does nothing else for one without effect, and drops the call.)
  [[gnu::always_inline]] void prefetch(ItemRef ref) const {
    if (ref >= used_) return;
    const Item* const item = &(*this)[ref];
    __builtin_prefetch(item);
    __builtin_prefetch(&item->kind);
  }

  /// An item without content; every other field is the caller's to fill. O(1).
  [[nodiscard]] ItemRef make() {
    if (free_ != kNoItem) {
      const ItemRef ref = free_;
      free_ = (*this)[ref].right;
      ++live_;
      return ref;
    }
    if (used_ >> kChunkBits == chunks_.size()) grow();
    ++live_;
    (*this)[used_].content_size = 0;
    return used_++;
  }

  /// Frees the content and the item.
  void release(ItemRef ref) {
    Item& item = (*this)[ref];
    free_content(item);
    item.right = free_;
    free_ = ref;
    --live_;
  }

  [[nodiscard]] std::uint32_t live() const { return live_; }
  /// Items that ever existed at once; never falls. References are below it.
  [[nodiscard]] std::uint32_t used() const { return used_; }

 private:
  static constexpr unsigned kChunkBits = 4;
  static constexpr ItemRef kChunkItems = 1u << kChunkBits;
  static constexpr std::size_t kSingleChunks = 4;
  static constexpr std::size_t kChunksAtOnce = 4;

  void grow();

  std::vector<Item*> chunks_;
  std::vector<std::unique_ptr<Item[]>> allocations_;
  ItemRef used_ = 0;
  ItemRef free_ = kNoItem;
  std::uint32_t live_ = 0;
};

}  // namespace ydoc
