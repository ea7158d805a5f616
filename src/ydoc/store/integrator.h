#pragma once

#include <vector>

#include "ydoc/store/transaction.h"

namespace ydoc {

/// Puts blocks into a store where Yjs's conflict resolution (YATA) puts them.
/// Source: Yjs 13.6, src/structs/Item.js, getMissing and integrate.
class Integrator {
 public:
  explicit Integrator(Store& store) : store_(store) {}

  /// What is integrated from now on belongs to this round.
  void join(Transaction& transaction) { transaction_ = &transaction; }

  /// The client that must come first, if any: an origin or the parent is not here yet.
  [[nodiscard]] const Id* missing(const Block& block);

  /// For a block that is known already: as if it were new, cuts the items at its origins where
  /// that leaves a trace, namely inside a surrogate pair and in an item that was brought back,
  /// whose pieces do not merge again. Elsewhere what a cut leaves is an attempt to merge, which
  /// may join neighbours that could have merged for long. Nothing is missing.
  void touch(const Block& block);

  /// Integrates the units of `block` from `offset` on. Nothing is missing, and the client's
  /// state is block.id.clock + offset.
  ///
  /// Time: O(log structs), and O(n) for n items that were inserted at the same place
  /// concurrently, which steps() counts; as in Yjs.
  void integrate(const Block& block, std::uint32_t offset);

  /// Makes an item here and now, as a local edit: `content` says what it holds and under which
  /// id, the next of its client; the rest of the block is not looked at. `left` and `right` are
  /// what it stands between. Returns the item, which is `left` where its content could be
  /// appended to it (`may_extend`).
  ItemRef insert(const Block& content, TypeId parent, NameId parent_sub, ItemRef left,
                 ItemRef right, bool may_extend = true);

  /// Items passed over while looking for a place, since the object was made.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Place {
    ItemRef left = kNoItem;
    ItemRef right = kNoItem;
    ShortId origin;
    ShortId right_origin;
    TypeId parent = kNoType;  // kNoType: nothing can be there any more, only a collected range
    NameId parent_sub = kNoName;
  };

  void touch_cut(ShortId id);
  [[nodiscard]] ShortId shorten(const Id& id);
  [[nodiscard]] ClientIndex index_of(ClientId id);
  [[nodiscard]] Place find_place(const Block& block, ClientIndex client, std::uint32_t offset);
  [[nodiscard]] ItemRef right_of(ItemRef left, ShortId id);
  void find_parent(Place& place, const Block& block);
  void continue_known(Place& place, ClientIndex client, Clock32 last);
  void inherit(Place& place, const Item& from) const;
  [[nodiscard]] bool extends_left(const Block& block, const Item& left, const Place& place) const;
  void extend(ItemRef left, const Block& block, ClientIndex client);
  ItemRef put(const Block& block, std::uint32_t offset, ClientIndex client, Place& place);
  void resolve_conflicts(Place& place, ClientId client);
  [[nodiscard]] std::int64_t origin_among_passed(const Item& other);
  [[nodiscard]] ItemRef first_sibling(const Place& place);
  void link(ItemRef ref, const Place& place);
  void give_content(ItemRef ref, const Block& block, std::uint32_t offset);

  /// Items passed over, with the question "which" in constant time, amortised.
  class Passed {
   public:
    void clear();
    void push(ItemRef ref) { order_.push_back(ref); }
    /// The place in the order of pushing, or -1.
    [[nodiscard]] std::int64_t position(ItemRef ref);
    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(order_.size()); }

   private:
    static constexpr std::size_t kScanMax = 16;
    [[nodiscard]] std::size_t slot_of(ItemRef ref) const;
    void index_all();

    std::vector<ItemRef> order_;
    std::vector<std::uint32_t> slots_;  // indices into order_ + 1, of the first indexed_
    std::uint32_t indexed_ = 0;         // none before somebody asks
  };

  Store& store_;
  Transaction* transaction_ = nullptr;
  Passed passed_;
  std::uint64_t steps_ = 0;
  ClientId cached_id_ = 0;
  ClientIndex cached_index_ = kNoClient;
};

}  // namespace ydoc
