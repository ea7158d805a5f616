#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace ydoc {

/// Bytes that stay where they are until clear(), in chunks. Takes at most twice what was asked
/// for, and a chunk.
class ByteArena {
 public:
  /// Room for `size` bytes.
  [[nodiscard]] std::uint8_t* allocate(std::size_t size) {
    if (size > left_) add_chunk(size);
    std::uint8_t* const place = at_;
    at_ += size;
    left_ -= size;
    return place;
  }

  void clear() {
    chunks_.clear();
    at_ = nullptr;
    left_ = 0;
    next_ = kFirstChunk;
  }

 private:
  static constexpr std::size_t kFirstChunk = 64;
  static constexpr std::size_t kLargestChunk = 64u << 10;

  void add_chunk(std::size_t size) {
    const std::size_t chunk = std::max(size, next_);
    next_ = std::min(next_ * 2, kLargestChunk);
    chunks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(chunk));
    at_ = chunks_.back().get();
    left_ = chunk;
  }

  std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
  std::uint8_t* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t next_ = kFirstChunk;
};

}  // namespace ydoc
