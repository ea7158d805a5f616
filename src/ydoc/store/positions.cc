#include "ydoc/store/positions.h"

#include <bit>

#include "ydoc/store/store.h"

namespace ydoc {
namespace {

/// Units that an item contributes to the indices of its list.
std::uint32_t visible(const Item& item) {
  return item.deleted || !item.countable() ? 0 : item.length;
}
std::uint32_t mark(const Item& item) {
  return !item.deleted && item.kind == ContentKind::format ? 1 : 0;
}

/// The index of an item's end, the slow way.
std::uint32_t end_of(const Store& store, ItemRef ref) {
  std::uint32_t end = 0;
  for (; ref != kNoItem; ref = store.items[ref].left) end += visible(store.items[ref]);
  return end;
}

}  // namespace

Positions::Index& Positions::index_of(TypeId list) {
  if (last_ == nullptr || last_->list != list) last_ = indexes_.find(list)->second.get();
  return *last_;
}

void Positions::add_units(Index& index, std::uint32_t block, std::uint32_t units) {
  index.blocks[block].units += units;
  if (index.stale) return;
  for (std::size_t i = index.blocks[block].order + 1; i < index.sums.size(); i += i & (~i + 1)) {
    index.sums[i] += units;  // modulo 2^32, so that adding a negative number subtracts
  }
}

/// After blocks came or went. O(blocks), once in kBlockItems / 2 insertions.
void Positions::renumber(Index& index) {
  index.sums.assign(index.order.size() + 1, 0);
  for (std::uint32_t i = 0; i < index.order.size(); ++i) {
    Block& block = index.blocks[index.order[i]];
    block.order = i;
    index.sums[i + 1] += block.units;
    const std::size_t node = i + 1;
    const std::size_t above = node + (node & (~node + 1));
    if (above < index.sums.size()) index.sums[above] += index.sums[node];
  }
}

/// A list that is joined to a few items loses most of its blocks at once: all of them go in one
/// pass, before order or sums are used again.
void Positions::take_out_empty(Index& index) {
  if (!index.stale) return;
  std::erase_if(index.order, [&](std::uint32_t id) { return index.blocks[id].items == 0; });
  index.stale = false;
  renumber(index);
}

/// The units of all blocks left of this one. O(log blocks).
std::uint32_t Positions::sum_before(const Index& index, std::uint32_t block) {
  std::uint32_t sum = 0;
  for (std::size_t i = index.blocks[block].order; i > 0; i &= i - 1) sum += index.sums[i];
  return sum;
}

Positions::Index& Positions::make_index(Store& store, TypeId list) {
  auto& made = indexes_[list];
  made = std::make_unique<Index>();
  made->list = list;
  build(store, *made);
  store.types[list].indexed = true;
  return *made;
}

void Positions::build(const Store& store, Index& index) {
  block_of_.resize(store.items.used(), kNoBlock);
  index.blocks.clear();
  index.order.clear();
  index.items = 0;
  index.stale = false;
  index.near = kNoItem;
  for (ItemRef ref = store.types[index.list].start; ref != kNoItem; ref = store.items[ref].right) {
    if (index.blocks.empty() || index.blocks.back().items == kBlockItems / 2) {
      index.order.push_back(static_cast<std::uint32_t>(index.blocks.size()));
      index.blocks.push_back({.first = ref});
    }
    const Item& item = store.items[ref];
    Block& block = index.blocks.back();
    ++block.items;
    block.units += visible(item);
    block.marks += mark(item);
    block_of_[ref] = index.order.back();
    ++index.items;
  }
  renumber(index);
}

// Finding ----------------------------------------------------------------------------------------

ListPlace Positions::find(Store& store, TypeId list, std::uint32_t wanted) {
  if (wanted == 0) return {};
  SharedType& type = store.types[list];
  if (!type.indexed) {
    std::uint32_t end = 0;
    std::uint32_t steps = 0;
    for (ItemRef ref = type.start; ref != kNoItem && steps < kWalkMax; ++steps) {
      const Item& item = store.items[ref];
      const std::uint32_t units = visible(item);
      end += units;
      if (units != 0 && end >= wanted) return {ref, units - (end - wanted)};
      ref = item.right;
    }
    make_index(store, list);
  }
  Index& index = index_of(list);
  ListPlace place = walk_near(store, index, wanted);
  if (place.ref == kNoItem) {
    take_out_empty(index);
    place = search(store, index, wanted);
  }
  index.near = place.ref;
  index.near_end = wanted + (store.items[place.ref].length - place.offset);
  return place;
}

/// A few steps from where the last search ended.
ListPlace Positions::walk_near(const Store& store, Index& index, std::uint32_t wanted) {
  if (index.near == kNoItem) return {};
  constexpr unsigned kSteps = 8;
  ItemRef ref = index.near;
  std::uint32_t end = index.near_end;
  for (unsigned i = 0; i < kSteps; ++i) {
    const Item& item = store.items[ref];
    const std::uint32_t units = visible(item);
    if (wanted > end) {
      ref = item.right;
      if (ref == kNoItem) return {};
      end += visible(store.items[ref]);
      continue;
    }
    if (units != 0 && wanted > end - units) return {ref, units - (end - wanted)};
    end -= units;
    ref = item.left;
    if (ref == kNoItem) return {};
  }
  return {};
}

ListPlace Positions::search(const Store& store, Index& index, std::uint32_t wanted) const {
  // The first block whose end is not before the place: descend the Fenwick tree.
  std::size_t at = 0;
  std::uint32_t left = wanted;
  for (std::size_t step = std::bit_floor(index.sums.size() - 1); step > 0; step /= 2) {
    if (at + step < index.sums.size() && index.sums[at + step] < left) {
      at += step;
      left -= index.sums[at];
    }
  }
  for (ItemRef ref = index.blocks[index.order[at]].first;; ref = store.items[ref].right) {
    const std::uint32_t units = visible(store.items[ref]);
    if (units != 0 && units >= left) return {ref, left};
    left -= units;
  }
}

std::uint32_t Positions::index_at(Store& store, ItemRef ref) {
  const TypeId list = store.items[ref].parent;
  if (!store.types[list].indexed) {
    std::uint32_t units = 0;
    ItemRef left = store.items[ref].left;
    for (std::uint32_t steps = 0; left != kNoItem && steps < kWalkMax; ++steps) {
      units += visible(store.items[left]);
      left = store.items[left].left;
    }
    if (left == kNoItem) return units;
    make_index(store, list);
  }
  Index& index = index_of(list);
  take_out_empty(index);
  const std::uint32_t block = block_of_[ref];
  std::uint32_t units = sum_before(index, block);
  for (ItemRef at = index.blocks[block].first; at != ref; at = store.items[at].right) {
    units += visible(store.items[at]);
  }
  return units;
}

ItemRef Positions::last_item(Store& store, TypeId list) {
  ItemRef last = store.types[list].start;
  if (last == kNoItem) return kNoItem;
  if (!store.types[list].indexed) {
    std::uint32_t steps = 0;
    for (; store.items[last].right != kNoItem && steps < kWalkMax; ++steps) {
      last = store.items[last].right;
    }
    if (store.items[last].right == kNoItem) return last;
    make_index(store, list);
  }
  Index& index = index_of(list);
  take_out_empty(index);
  last = index.blocks[index.order.back()].first;
  while (store.items[last].right != kNoItem) last = store.items[last].right;
  return last;
}

void Positions::remember(TypeId list, ItemRef ref, std::uint32_t end) {
  Index& index = index_of(list);
  index.near = ref;
  index.near_end = end;
}

ItemRef Positions::next_mark(const Store& store, TypeId list, ItemRef from, ItemRef last) {
  Index* const index = store.types[list].indexed ? &index_of(list) : nullptr;
  if (index != nullptr) take_out_empty(*index);
  const std::uint32_t last_block = index == nullptr ? kNoBlock : block_of_[last];
  for (ItemRef ref = from; ref != kNoItem;) {
    const std::uint32_t block = index == nullptr ? kNoBlock : block_of_[ref];
    if (block != last_block && index->blocks[block].marks == 0) {
      ref = index->blocks[index->order[index->blocks[block].order + 1]].first;
      continue;
    }
    if (mark(store.items[ref]) != 0) return ref;
    if (ref == last) break;
    ref = store.items[ref].right;
  }
  return kNoItem;
}

// Following what happens -------------------------------------------------------------------------

void Positions::inserted(const Store& store, ItemRef ref) {
  const Item& item = store.items[ref];
  Index& index = index_of(item.parent);
  if (block_of_.size() < store.items.used()) block_of_.resize(store.items.used(), kNoBlock);
  index.near = kNoItem;
  std::uint32_t block = 0;
  if (item.left != kNoItem) {
    block = block_of_[item.left];
  } else if (item.right != kNoItem) {
    block = block_of_[item.right];
    index.blocks[block].first = ref;
  } else {
    build(store, index);
    return;
  }
  block_of_[ref] = block;
  ++index.items;
  ++index.blocks[block].items;
  index.blocks[block].marks += mark(item);
  add_units(index, block, visible(item));
  if (index.blocks[block].items > kBlockItems) cut(store, index, block);
}

/// Gives the second half of a block to a new one behind it.
void Positions::cut(const Store& store, Index& index, std::uint32_t id) {
  take_out_empty(index);
  const auto fresh_id = static_cast<std::uint32_t>(index.blocks.size());
  index.blocks.emplace_back();
  Block& block = index.blocks[id];
  Block& fresh = index.blocks[fresh_id];
  const std::uint32_t kept = block.items / 2;
  ItemRef ref = block.first;
  for (std::uint32_t i = 0; i < kept; ++i) ref = store.items[ref].right;
  fresh.first = ref;
  for (std::uint32_t i = kept; i < block.items; ++i) {
    const Item& item = store.items[ref];
    ++fresh.items;
    fresh.units += visible(item);
    fresh.marks += mark(item);
    block_of_[ref] = fresh_id;
    ref = item.right;
  }
  block.items = kept;
  block.units -= fresh.units;
  block.marks -= fresh.marks;
  index.order.insert(index.order.begin() + block.order + 1, fresh_id);
  renumber(index);
}

void Positions::grown(const Store& store, ItemRef ref, std::uint32_t units) {
  Index& index = index_of(store.items[ref].parent);
  add_units(index, block_of_[ref], units);
  index.near = kNoItem;
}

void Positions::removed(const Store& store, ItemRef ref) {
  const Item& item = store.items[ref];
  if (item.parent_sub != kNoName) return;
  Index& index = index_of(item.parent);
  index.near = kNoItem;
  const std::uint32_t block = block_of_[ref];
  if (item.countable()) add_units(index, block, ~item.length + 1);
  if (item.kind == ContentKind::format) --index.blocks[block].marks;
}

void Positions::split(const Store& store, ItemRef left, ItemRef right) {
  const Item& item = store.items[right];
  if (item.parent_sub != kNoName) return;
  Index& index = index_of(item.parent);
  if (block_of_.size() < store.items.used()) block_of_.resize(store.items.used(), kNoBlock);
  const std::uint32_t block = block_of_[left];
  block_of_[right] = block;
  ++index.items;
  if (index.near == left) index.near = right;
  if (++index.blocks[block].items > kBlockItems) cut(store, index, block);
}

void Positions::absorbed(Store& store, ItemRef left, ItemRef right) {
  const Item& item = store.items[right];
  if (item.parent_sub != kNoName) return;
  Index& index = index_of(item.parent);
  const std::uint32_t to = block_of_[left];
  const std::uint32_t from = block_of_[right];
  const std::uint32_t units = visible(item);
  if (index.near == right) {
    index.near = left;
  } else if (index.near == left) {
    index.near_end += units;
  }
  --index.items;
  if (from != to && units != 0) {
    add_units(index, from, ~units + 1);
    add_units(index, to, units);
  }
  Block& block = index.blocks[from];
  if (block.first == right) block.first = item.right;
  if (--block.items == 0) index.stale = true;
  // Few items a block are left: the next search in need of an index builds a better one.
  constexpr std::size_t kItemsMin = kBlockItems / 8;
  if (index.blocks.size() > kItemsMin && index.items < index.blocks.size() * kItemsMin) {
    store.types[item.parent].indexed = false;
    drop(item.parent);
  }
}

std::string_view Positions::fault(const Store& store) const {
  for (const auto& [list, index] : indexes_) {
    take_out_empty(*index);
    std::uint32_t items = 0;
    std::uint32_t order = 0;
    Block sum;
    const auto whole = [&] {
      if (order >= index->order.size()) return false;
      const Block& block = index->blocks[index->order[order]];
      return block.order == order && block.items == sum.items && block.units == sum.units &&
             block.marks == sum.marks && block.first == sum.first;
    };
    for (ItemRef ref = store.types[list].start; ref != kNoItem; ref = store.items[ref].right) {
      const Item& item = store.items[ref];
      if (block_of_[ref] >= index->blocks.size()) return "an item is in no block";
      if (sum.items != 0 && index->blocks[block_of_[ref]].order != order) {
        if (!whole()) return "a block is not what its items add up to";
        ++order;
        sum = {};
      }
      if (sum.items == 0) sum.first = ref;
      ++sum.items;
      sum.units += visible(item);
      sum.marks += mark(item);
      ++items;
    }
    if (sum.items != 0 && !whole()) return "the last block is not what its items add up to";
    if (sum.items != 0 && order + 1 != index->order.size()) return "there are too many blocks";
    if (items != index->items) return "the items of an index are miscounted";
    if (index->near != kNoItem && index->near_end != end_of(store, index->near)) {
      return "the last place is wrong";
    }
  }
  return {};
}

std::size_t Positions::memory_bytes() const {
  std::size_t bytes = block_of_.capacity() * sizeof(std::uint32_t);
  for (const auto& [list, index] : indexes_) {
    bytes += sizeof(Index) + index->blocks.capacity() * sizeof(Block) +
             (index->order.capacity() + index->sums.capacity()) * sizeof(std::uint32_t);
  }
  return bytes;
}

void Positions::drop(TypeId list) {
  last_ = nullptr;
  const auto found = indexes_.find(list);
  if (found == indexes_.end()) return;
  indexes_.erase(found);
  if (indexes_.empty()) std::vector<std::uint32_t>().swap(block_of_);
}

}  // namespace ydoc
