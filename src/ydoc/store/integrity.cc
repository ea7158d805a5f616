#include "ydoc/store/integrity.h"

#include <vector>

#include "base/utf8.h"
#include "ydoc/codec/update_writer.h"

namespace ydoc {
namespace {

class Inspector {
 public:
  explicit Inspector(const Store& store) : store_(store), seen_(store.items.used(), false) {}

  std::string run() {
    for (ClientIndex c = 0; c < store_.clients.size() && fault_.empty(); ++c) structs(c);
    for (const auto& [name, type] : store_.roots.entries()) lists(type);
    if (const auto& oldest = store_.oldest; oldest.ref != kNoItem) {
      const Item& item = store_.items[oldest.ref];
      expect(item.parent == oldest.type && item.parent_sub == oldest.key && item.left == kNoItem,
             "the oldest item of a key is another one");
    }
    if (fault_.empty() && listed_ != items_) fault_ = "an item is in no list";
    if (fault_.empty() && items_ != store_.items.live()) fault_ = "an item is in no client";
    if (fault_.empty()) fault_ = store_.positions.fault(store_);
    return fault_;
  }

 private:
  void expect(bool holds, const char* what) {
    if (!holds && fault_.empty()) fault_ = what;
  }

  void structs(ClientIndex index) {
    const Client& client = store_.clients[index];
    expect(!client.structs.empty(), "a client has no structs");
    if (!fault_.empty()) return;
    Clock expected = 0;
    std::size_t count = 0;
    for (auto at = client.structs.first();; at = client.structs.next(at)) {
      const auto entry = client.structs.at(at);
      ++count;
      expect(entry.clock == expected, "structs leave a gap or overlap");
      expected = client.end_of(at);
      expect(expected > entry.clock, "a struct is empty");
      if (entry.ref != kCollected) item(entry, index, expected);
      if (client.structs.is_last(at)) break;
    }
    expect(count == client.structs.size(), "structs are miscounted");
  }

  void item(StructList::Entry entry, ClientIndex client, Clock end) {
    ++items_;
    const Item& it = store_.items[entry.ref];
    expect(it.client == client && it.clock == entry.clock && it.end() == end,
           "an item is not what its client's list says");
    expect(!it.swept, "an item is still marked as swept");
    expect(it.parent != kNoType, "an item has no parent");
    content(it);
  }

  void content(const Item& it) {
    const ByteView bytes = righttask::byte_view(it.bytes());
    switch (it.kind) {
      case ContentKind::string:
        expect(righttask::utf16_length(it.bytes()) == it.length, "a text has the wrong length");
        break;
      case ContentKind::any:
        expect(any_bytes(bytes, it.length) == bytes.size(), "values have the wrong count");
        break;
      case ContentKind::json:
        expect(json_bytes(bytes, it.length) == bytes.size(), "values have the wrong count");
        break;
      case ContentKind::deleted:
        expect(it.deleted, "deleted content in an item that is not");
        break;
      case ContentKind::type:
        expect(it.length == 1 && store_.types[it.type()].item != kNoItem &&
                   &store_.items[store_.types[it.type()].item] == &it,
               "a type does not know its item");
        break;
      default:
        expect(it.length == 1, "content that cannot be longer than 1 is");
        break;
    }
  }

  /// A type and all below it; no recursion.
  void lists(TypeId root) {
    std::vector<TypeId> open{root};
    while (!open.empty() && fault_.empty()) {
      const TypeId id = open.back();
      open.pop_back();
      const SharedType& type = store_.types[id];
      expect(!type.changed, "a type is still marked as changed");
      const bool dead = type.item != kNoItem && store_.items[type.item].deleted;
      std::uint32_t length = 0;
      walk(type.start, id, kNoName, dead, open, length);
      expect(length == type.length, "a type has the wrong length");
      if (type.keys == nullptr) continue;
      for (const auto& [key, newest] : type.keys->entries()) {
        ItemRef first = newest;
        while (store_.items[first].left != kNoItem) first = store_.items[first].left;
        expect(store_.items[newest].right == kNoItem, "a key's newest item is not its last");
        walk(first, id, key, dead, open, length);
      }
    }
  }

  /// Of several values in one struct under a key, which nobody means to write, the last ones may
  /// have been deleted alone. The key then has no value; so in Yjs.
  [[nodiscard]] bool cut_off(const Item& it) const {
    const Item& right = store_.items[it.right];
    return right.client == it.client && right.clock == it.end() && right.origin == it.last_id();
  }

  void walk(ItemRef first, TypeId parent, NameId key, bool dead, std::vector<TypeId>& open,
            std::uint32_t& length) {
    ItemRef left = kNoItem;
    for (ItemRef ref = first; ref != kNoItem && fault_.empty(); ref = store_.items[ref].right) {
      const Item& it = store_.items[ref];
      expect(!seen_[ref], "an item is in two lists, or twice in one");
      seen_[ref] = true;
      ++listed_;
      expect(it.left == left, "a list is not linked both ways");
      expect(it.parent == parent && it.parent_sub == key, "an item is not in its parent's list");
      expect(!dead || it.deleted, "a deleted type holds something alive");
      expect(key == kNoName || it.deleted || it.right == kNoItem || cut_off(it),
             "an old value is alive");
      if (!it.deleted && it.countable()) length += it.length;
      if (it.kind == ContentKind::type) open.push_back(it.type());
      left = ref;
    }
  }

  const Store& store_;
  std::string fault_;
  std::vector<bool> seen_;
  std::size_t items_ = 0;
  std::size_t listed_ = 0;
};

}  // namespace

std::string integrity_fault(const Store& store) {
  return Inspector(store).run();
}

}  // namespace ydoc
