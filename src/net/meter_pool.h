#pragma once

#include <cstdint>
#include <vector>

#include "base/token_bucket.h"

namespace righttask::net {

/// What a connection has sent lately, against its rates.
struct Meter {
  TokenBucket messages;
  TokenBucket bytes;
  [[nodiscard]] bool full(Instant now) const { return messages.full(now) && bytes.full(now); }
};

/// Meters of the connections that have sent something lately: a connection that has not holds
/// none, since its buckets are full. 24 bytes each.
class MeterPool {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  [[nodiscard]] std::uint32_t take() {
    ++used_;
    if (free_ == kNone) {
      nodes_.emplace_back();
      return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    const std::uint32_t index = free_;
    free_ = nodes_[index].next;
    nodes_[index] = {};
    return index;
  }

  void give_back(std::uint32_t index) {
    nodes_[index].next = free_;
    free_ = index;
    --used_;
  }

  [[nodiscard]] Meter& operator[](std::uint32_t index) { return nodes_[index].meter; }
  [[nodiscard]] std::size_t used() const { return used_; }

  /// Gives memory back after a peak, when nobody has a meter.
  void shrink() {
    if (used_ > 0 || nodes_.capacity() <= kNodesKept) return;
    std::vector<Node>().swap(nodes_);
    free_ = kNone;
  }

 private:
  static constexpr std::size_t kNodesKept = 4096;

  struct Node {
    Meter meter;
    std::uint32_t next = kNone;
  };

  std::vector<Node> nodes_;
  std::uint32_t free_ = kNone;
  std::size_t used_ = 0;
};

}  // namespace righttask::net
