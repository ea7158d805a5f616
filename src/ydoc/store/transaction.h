#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ydoc/store/store.h"

namespace ydoc {

/// A deleted range inside a document.
struct DeletedRange {
  ClientIndex client;
  Clock32 clock;
  std::uint32_t length;
};

/// A client that got structs, and where its clock stood before.
struct Growth {
  ClientIndex client;
  Clock32 before;
};

/// What changed in a type: one key of it, or with kNoName its list.
struct ChangedKey {
  TypeId type;
  NameId key;
  bool operator==(const ChangedKey&) const = default;
};

/// Places of subdocuments, by the ids of their items.
struct DocumentChanges {
  std::vector<ShortId> added;
  std::vector<ShortId> wanted;  // to be loaded
  std::vector<ShortId> removed;
};

/// One round of changes to a store, and the tidying at its end: the counterpart of Yjs's
/// Transaction, without events.
///
/// begin(), changes, close(), finish(), rest(). The object is reused from round to round so that
/// its scratch memory is; it borrows the store for life. Source: Yjs 13.6,
/// src/utils/Transaction.js.
class Transaction {
 public:
  explicit Transaction(Store& store) : store_(store) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// `watched`: changed_keys() will be asked for. Where it turns out only later,
  /// recover_changed_keys() has to be called first.
  void begin(bool watched);
  /// No more changes belong to this round; sorts its deletions. Other rounds may begin before
  /// finish(): those of observers.
  void close();
  /// Between close() and finish(), of a round that was not watched: finds out what changed in its
  /// types from what it left. Within a type additions come before deletions.
  void recover_changed_keys();
  /// Deleted content is collected (if `collect`) and neighbours merge, in Yjs's order.
  void finish(bool collect);
  /// Everything has been told. Forgets it all, and gives back the memory of a large round.
  void rest();

  /// The item that starts at `id` or ends with it; an item that holds the id in its middle is
  /// split. kCollected where the struct has been collected.
  ItemRef clean_start(ShortId id);
  ItemRef clean_end(ShortId id);
  /// Splits the item at `at` before its unit `offset`, 0 < offset < length.
  ItemRef split(ClientIndex client, StructList::Cursor at, std::uint32_t offset);

  /// At the end the struct that holds `id` is to merge with its neighbours if it can.
  void merge_later(ShortId id) { merge_candidates_.push_back(id); }

  /// Marks an item and all it holds as deleted; a deleted item stays as it is. No recursion.
  void remove(ItemRef ref);

  /// Appends a struct to its client's list, of which it continues the clocks.
  void add_struct(ClientIndex client, Clock32 length, ItemRef ref);
  /// The client's last struct has become longer.
  void extend_struct(ClientIndex client, Clock32 length);

  void note_deleted(ClientIndex client, Clock32 clock, std::uint32_t length);
  /// `key`: kNoName for the list.
  void note_changed(TypeId type, NameId key);

  /// A subdocument's place has been made.
  void note_document(const Item& item);
  void note_document_wanted(ShortId place);
  /// Whoever holds it has let it go; its place remains.
  void note_document_unwanted(ShortId place);

  /// The client's state when the round began.
  [[nodiscard]] Clock32 state_before(ClientIndex client) const {
    const Client& c = store_.clients[client];
    if (c.added_stamp == stamp_) return c.state_before;
    return stamp_ == store_.rounds ? c.state : state_before_closed(client);
  }

  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] const Store& store() const { return store_; }
  /// Clients that got structs in this round.
  [[nodiscard]] std::span<const Growth> grown() const { return grown_; }
  /// Before close: as deleted. Afterwards: by first deletion of the client, then clock, touching
  /// ranges joined.
  [[nodiscard]] std::span<const DeletedRange> deleted() const { return deleted_; }
  /// Types that existed before this round and changed in it; some may have been deleted since.
  [[nodiscard]] std::span<const TypeId> changed() const { return changed_; }
  /// What changed in those of them that were there at the round's end, in the order of the
  /// changes, with repetitions. Only of a closed round that is watched.
  [[nodiscard]] std::span<const ChangedKey> changed_keys() const { return changed_keys_; }
  /// What became of subdocuments, if anything. In a closed round what came and went is left out.
  [[nodiscard]] const DocumentChanges* documents() const { return documents_.get(); }
  /// Nothing was added or deleted.
  [[nodiscard]] bool empty() const { return grown_.empty() && deleted_.empty(); }
  /// Items were split, to be joined again if nothing came between, or may merge anyway.
  [[nodiscard]] bool has_splits() const { return !merge_candidates_.empty(); }

 private:
  [[nodiscard]] Clock32 state_before_closed(ClientIndex client) const;
  void note_growth(Client& owner, ClientIndex client);
  void remove_one(ItemRef ref);
  void remove_children();
  void drop_dead_changed_keys();
  [[nodiscard]] DocumentChanges& document_changes();
  void sum_up_documents();
  void revisit_deleted(ItemRef ref);

  void collect_deleted();
  void collect_item(Item& item);
  void collect_child(ItemRef ref);

  void merge_deleted();
  void merge_grown();
  void merge_candidates();
  [[nodiscard]] bool mergeable(ItemRef left, ItemRef right) const;
  void absorb(ItemRef left, ItemRef right);
  std::size_t merge_lefts(ClientIndex client, StructList::Cursor& at);

  struct Frame {
    TypeId type;
    ItemRef next;           // of the list
    std::uint32_t key = 0;  // index of the next key
  };

  Store& store_;
  std::uint32_t stamp_ = 0;
  std::uint32_t deleting_clients_ = 0;
  bool watched_ = false;
  std::vector<Growth> grown_;
  std::vector<DeletedRange> deleted_;
  std::vector<ShortId> merge_candidates_;  // Yjs: _mergeStructs
  std::vector<TypeId> changed_;
  std::vector<ChangedKey> changed_keys_;
  std::unique_ptr<DocumentChanges> documents_;
  std::vector<Frame> frames_;
  std::vector<TypeId> doomed_;
};

}  // namespace ydoc
