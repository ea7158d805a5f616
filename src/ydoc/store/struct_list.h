#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ydoc/store/item.h"

namespace ydoc {

/// The structs of one client in the order of their clocks, without gaps from clock 0 on.
///
/// Eight bytes a struct in chunks, so that a search never touches the items and an insertion in
/// the middle moves at most one chunk, however long the list is.
class StructList {
 public:
  struct Entry {
    Clock32 clock;
    ItemRef ref;  // kCollected: a range of which nothing is left but its length
  };

  /// A place in the list; valid until the list changes at or before it.
  struct Cursor {
    std::uint32_t chunk = 0;
    std::uint32_t slot = 0;
    bool operator==(const Cursor&) const = default;
  };

  [[nodiscard]] bool empty() const { return chunks_.empty(); }
  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] Entry& at(Cursor at) { return chunks_[at.chunk][at.slot]; }
  [[nodiscard]] const Entry& at(Cursor at) const { return chunks_[at.chunk][at.slot]; }

  [[nodiscard]] Cursor first() const { return {}; }
  [[nodiscard]] Cursor last() const {
    const auto chunk = static_cast<std::uint32_t>(chunks_.size() - 1);
    return {chunk, static_cast<std::uint32_t>(chunks_[chunk].size() - 1)};
  }
  [[nodiscard]] bool is_first(Cursor at) const { return at.chunk == 0 && at.slot == 0; }
  [[nodiscard]] bool is_last(Cursor at) const { return at == last(); }
  /// The cursor is not the last, or not the first.
  [[nodiscard]] Cursor next(Cursor at) const {
    if (at.slot + 1 < chunks_[at.chunk].size()) return {at.chunk, at.slot + 1};
    return {at.chunk + 1, 0};
  }
  [[nodiscard]] Cursor prev(Cursor at) const {
    if (at.slot > 0) return {at.chunk, at.slot - 1};
    return {at.chunk - 1, static_cast<std::uint32_t>(chunks_[at.chunk - 1].size() - 1)};
  }

  /// The list in pieces, for walking it: chunks, none empty.
  [[nodiscard]] std::uint32_t chunks() const { return static_cast<std::uint32_t>(chunks_.size()); }
  [[nodiscard]] std::span<const Entry> chunk(std::uint32_t index) const { return chunks_[index]; }

  /// The entry that holds `clock`, which lies below the client's state. O(log size).
  [[nodiscard]] Cursor find(Clock32 clock) const;

  /// The same, looking around `hint` first: for those who go through the list.
  [[nodiscard]] Cursor find_near(Cursor hint, Clock32 clock) const;

  /// O(1) amortised.
  void push_back(Entry entry);
  /// Behind `at`; returns where it stands. Cursors to `at` and before may be invalid afterwards.
  Cursor insert_after(Cursor at, Entry entry);
  /// Removes the `count` entries behind `at`; cursors up to `at` stay valid. O(count), and one
  /// chunk moved at most twice.
  void erase_after(Cursor at, std::size_t count);

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kChunkMax = 256;

  std::vector<std::vector<Entry>> chunks_;  // none empty
  std::size_t size_ = 0;
};

}  // namespace ydoc
