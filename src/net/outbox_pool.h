#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace righttask::net {

/// The frames that wait for one connection: a list through the nodes of an OutboxPool.
struct Outbox {
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::uint32_t head = kNone;
  std::uint32_t tail = kNone;
  std::uint32_t offset = 0;   // bytes of the head that have left
  std::uint32_t charged = 0;  // what the queue counts towards the limit
  [[nodiscard]] bool empty() const { return head == kNone; }
};

/// Nodes for all outboxes of a server, so that queueing a frame allocates nothing and an idle
/// connection holds nothing. 24 bytes for each queued frame.
class OutboxPool {
 public:
  /// What a queued frame costs beside its bytes, which are shared.
  static constexpr std::uint32_t kNodeCharge = 64;

  void push(Outbox& box, SharedBytes frame, bool counted) {
    const std::uint32_t charge =
        counted ? static_cast<std::uint32_t>(frame->size()) + kNodeCharge : 0;
    if (!counted) owed_ += frame->size();
    const std::uint32_t index = take(std::move(frame), charge);
    if (box.empty()) {
      box.head = index;
      box.offset = 0;
    } else {
      nodes_[box.tail].next = index;
    }
    box.tail = index;
    box.charged += charge;
    charged_ += charge;
  }

  void pop(Outbox& box) {
    Node& node = nodes_[box.head];
    const std::uint32_t index = box.head;
    box.charged -= node.charge;
    charged_ -= node.charge;
    if (node.charge == 0) owed_ -= node.frame->size();
    box.head = node.next;
    box.offset = 0;
    if (box.empty()) box.tail = Outbox::kNone;
    node.frame.reset();
    node.next = free_;
    free_ = index;
    --used_;
  }

  void clear(Outbox& box) {
    while (!box.empty()) pop(box);
  }

  /// Drops all but a head that has begun to leave: half a frame would break the stream.
  void drop_unsent(Outbox& box) {
    if (box.empty() || box.offset == 0) return clear(box);
    const SharedBytes begun = nodes_[box.head].frame;
    const std::uint32_t offset = box.offset;
    clear(box);
    push(box, begun, true);
    box.offset = offset;
  }

  [[nodiscard]] const Bytes& frame(std::uint32_t node) const { return *nodes_[node].frame; }
  [[nodiscard]] std::uint32_t next(std::uint32_t node) const { return nodes_[node].next; }
  [[nodiscard]] std::size_t charged() const { return charged_; }
  /// Bytes of what does not count towards the limits of single outboxes, of all of them.
  [[nodiscard]] std::size_t owed() const { return owed_; }

  /// Gives memory back after a peak, when nothing is queued.
  void shrink() {
    if (used_ > 0 || nodes_.capacity() <= kNodesKept) return;
    std::vector<Node>().swap(nodes_);
    free_ = Outbox::kNone;
  }

 private:
  static constexpr std::size_t kNodesKept = 4096;

  struct Node {
    SharedBytes frame;
    std::uint32_t next = Outbox::kNone;
    std::uint32_t charge = 0;
  };

  std::uint32_t take(SharedBytes frame, std::uint32_t charge) {
    ++used_;
    if (free_ == Outbox::kNone) {
      nodes_.push_back({std::move(frame), Outbox::kNone, charge});
      return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    const std::uint32_t index = free_;
    free_ = nodes_[index].next;
    nodes_[index] = {std::move(frame), Outbox::kNone, charge};
    return index;
  }

  std::vector<Node> nodes_;
  std::uint32_t free_ = Outbox::kNone;
  std::size_t used_ = 0;
  std::size_t charged_ = 0;
  std::size_t owed_ = 0;
};

}  // namespace righttask::net
