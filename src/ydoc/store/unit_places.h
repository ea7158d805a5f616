#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "ydoc/store/item.h"

namespace ydoc {

/// Where a unit is in the content of an item.
struct UnitPlace {
  std::size_t byte = 0;      // at which its character or value starts
  bool second_half = false;  // of that character
};

/// The place of the unit `offset`, below the item's length, by counting: values from the first,
/// characters from the nearer end, ASCII not at all. {} for content that has no parts.
[[nodiscard]] UnitPlace count_units(const Item& item, std::uint32_t offset);

/// Finds units in contents that are asked about again and again.
///
/// A few questions are answered by counting. Once a transaction has counted through kFreeBytes,
/// places it has come by are remembered, one every kStrideBytes, so that no update can make it go
/// through the same bytes over and over. Pieces of content that has been cut share what is known.
///
/// The store says what happens to items. Part of Store.
class UnitPlaces {
 public:
  /// As count_units.
  [[nodiscard]] UnitPlace find(const Item& item, ItemRef ref, std::uint32_t offset);

  /// The units of `left` from `offset` on, found at `place`, are now those of `right`.
  void cut(ItemRef left, ItemRef right, std::uint32_t offset, UnitPlace place);
  /// The content is no longer what it was, other than by growing at its end.
  void forget(ItemRef ref) {
    if (!windows_.empty()) windows_.erase(ref);
  }
  /// A transaction ends.
  void clear();

 private:
  static constexpr std::size_t kFreeBytes = 1u << 20;
  static constexpr std::size_t kStrideBytes = 512;

  struct Mark {
    std::uint32_t unit;
    std::uint32_t byte;
  };
  /// What is known of some content, of which an item has the part from `unit` and `byte` on.
  /// Between one mark and the next lie kStrideBytes and one character or value, at most.
  struct Window {
    std::shared_ptr<std::vector<Mark>> marks;  // ascending
    std::uint32_t unit = 0;
    std::uint32_t byte = 0;
  };

  std::size_t counted_ = 0;  // bytes
  std::unordered_map<ItemRef, Window> windows_;
};

}  // namespace ydoc
