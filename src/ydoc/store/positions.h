#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "ydoc/store/item.h"

namespace ydoc {

struct Store;

/// Where an index into a list lies: `ref` holds the unit before it.
struct ListPlace {
  ItemRef ref = kNoItem;     // kNoItem: the start of the list
  std::uint32_t offset = 0;  // units of `ref` before the place; 1 to its length
};

/// Finds places in long lists without walking them.
///
/// A list is cut into blocks of up to kBlockItems neighbouring items; a Fenwick tree over the
/// blocks adds up their visible units, and the last place found is remembered, since edits come
/// in runs. All of it exists only for lists that are edited by index and long enough: a document
/// that just takes in updates has none. Eight bytes an item of such a list; an item is in one
/// list, so that the array from items to blocks is shared by all of them.
///
/// The store tells it what happens to items. Shard-local; part of Store.
class Positions {
 public:
  /// The place of `index`, at most the list's length. O(log n) once the list is indexed, which
  /// the first long walk brings about.
  [[nodiscard]] ListPlace find(Store& store, TypeId list, std::uint32_t index);
  /// Where the item before a place found ends, after an edit there: the next search starts here.
  /// Only of indexed lists.
  void remember(TypeId list, ItemRef ref, std::uint32_t end);

  /// The index of an item's first unit in its list, deleted or not: the visible units before it.
  /// Not of items under keys. O(log n), with the first long walk as for find().
  [[nodiscard]] std::uint32_t index_at(Store& store, ItemRef ref);

  /// The last item of a list, deleted or not; kNoItem if there are none. O(log n) as above.
  [[nodiscard]] ItemRef last_item(Store& store, TypeId list);

  /// The next live format mark of a list from the item `from` on, at most up to `last`;
  /// kNoItem if there is none. Blocks without marks are passed over whole.
  [[nodiscard]] ItemRef next_mark(const Store& store, TypeId list, ItemRef from, ItemRef last);

  // What happens to items of indexed lists (SharedType::indexed).
  void inserted(const Store& store, ItemRef ref);
  void grown(const Store& store, ItemRef ref, std::uint32_t units);
  void removed(const Store& store, ItemRef ref);
  /// `right` was cut off `left`.
  void split(const Store& store, ItemRef left, ItemRef right);
  /// `right`, still linked, is about to become part of `left`.
  void absorbed(Store& store, ItemRef left, ItemRef right);
  void drop(TypeId list);

  /// Empty if every index agrees with its list, else what does not. For tests.
  [[nodiscard]] std::string_view fault(const Store& store) const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::uint32_t kBlockItems = 64;
  static constexpr std::uint32_t kWalkMax = 64;

  struct Block {
    ItemRef first = kNoItem;
    std::uint32_t items = 0;
    std::uint32_t units = 0;
    std::uint32_t marks = 0;  // live format marks
    std::uint32_t order = 0;  // place among the blocks
  };
  struct Index {
    TypeId list = kNoType;
    std::vector<Block> blocks;         // by id, which stays
    std::vector<std::uint32_t> order;  // ids from left to right
    std::vector<std::uint32_t> sums;   // Fenwick tree over order
    std::uint32_t items = 0;
    bool stale = false;          // order still has blocks that are empty; sums and places wait
    ItemRef near = kNoItem;      // the item found last
    std::uint32_t near_end = 0;  // index of its end
  };
  static constexpr std::uint32_t kNoBlock = 0xffffffff;

  [[nodiscard]] Index& index_of(TypeId list);
  Index& make_index(Store& store, TypeId list);
  void build(const Store& store, Index& index);
  void cut(const Store& store, Index& index, std::uint32_t block);
  static void renumber(Index& index);
  static void take_out_empty(Index& index);
  static void add_units(Index& index, std::uint32_t block, std::uint32_t units);
  [[nodiscard]] static std::uint32_t sum_before(const Index& index, std::uint32_t block);
  [[nodiscard]] static ListPlace walk_near(const Store& store, Index& index, std::uint32_t wanted);
  [[nodiscard]] ListPlace search(const Store& store, Index& index, std::uint32_t wanted) const;

  std::unordered_map<TypeId, std::unique_ptr<Index>> indexes_;
  std::vector<std::uint32_t> block_of_;  // by item; only of items in indexed lists
  Index* last_ = nullptr;                // the index used last
};

}  // namespace ydoc
