#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "ydoc/block.h"

namespace ydoc {

/// A vector of blocks that grows where it lies: realloc moves pages, not bytes, so that growing
/// never holds a large update's blocks twice.
class BlockList {
 public:
  BlockList() = default;
  ~BlockList() { std::free(blocks_); }
  BlockList(BlockList&& other) noexcept
      : blocks_(std::exchange(other.blocks_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  BlockList& operator=(BlockList&& other) noexcept {
    std::swap(blocks_, other.blocks_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  BlockList(const BlockList&) = delete;
  BlockList& operator=(const BlockList&) = delete;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] const Block* data() const { return blocks_; }
  [[nodiscard]] const Block& operator[](std::size_t index) const { return blocks_[index]; }
  [[nodiscard]] const Block& back() const { return blocks_[size_ - 1]; }
  [[nodiscard]] const Block* begin() const { return blocks_; }
  [[nodiscard]] const Block* end() const { return blocks_ + size_; }
  void clear() { size_ = 0; }

  /// Room for `more` blocks; amortised growth, but not beyond `most` blocks unless these need it.
  void make_room(std::size_t more, std::size_t most) {
    const std::size_t needed = size_ + more;
    if (needed <= capacity_) return;
    const std::size_t wanted = std::max(needed, std::min(capacity_ + capacity_ / 2, most));
    void* const moved = std::realloc(static_cast<void*>(blocks_), wanted * sizeof(Block));
    if (moved == nullptr) throw std::bad_alloc();
    blocks_ = static_cast<Block*>(moved);
    capacity_ = wanted;
  }

  /// A copy of `block` at the end, for which there is room.
  Block& add(const Block& block) { return *new (blocks_ + size_++) Block(block); }

 private:
  Block* blocks_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace ydoc
