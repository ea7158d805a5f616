#include "ydoc/types/formatting.h"

#include <algorithm>

namespace ydoc {
namespace {

/// The attributes at a position of a text: key to value, and the mark that set it. JavaScript
/// compares objects by identity, and two marks never share one.
class Attributes {
 public:
  struct Entry {
    NameId key;
    NameId value;
    ItemRef mark;
  };

  [[nodiscard]] const Entry* find(NameId key) const {
    for (const Entry& entry : entries_) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }
  void set(const Entry& entry) {
    for (Entry& have : entries_) {
      if (have.key == entry.key) {
        have = entry;
        return;
      }
    }
    entries_.push_back(entry);
  }
  void erase(NameId key) {
    std::erase_if(entries_, [key](const Entry& entry) { return entry.key == key; });
  }
  void clear() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;  // few in every document seen; order does not matter here
};

class Cleaner {
 public:
  Cleaner(const Transaction& transaction, Transaction& cleanup)
      : transaction_(transaction), cleanup_(cleanup), store_(cleanup.store()) {
    null_ = store_.names.intern("null");
  }

  void run() {
    find_new_marks();
    sweep_deletions();
    for (const ItemRef ref : swept_) store_.items[ref].swept = false;
    for (const TypeId type : full_) clean_type(type);
  }

 private:
  void add_full(TypeId type) {
    if (!in_full(type)) full_.push_back(type);
  }
  [[nodiscard]] bool in_full(TypeId type) const {
    return std::find(full_.begin(), full_.end(), type) != full_.end();
  }

  void find_new_marks();
  void sweep_deletions();
  void sweep_gap(ItemRef ref);
  void clean_type(TypeId id);
  void clean_gap(ItemRef start, ItemRef current, const Attributes& before, Attributes& now);

  [[nodiscard]] bool same_value(const Attributes::Entry* attribute, NameId value,
                                ItemRef mark) const;
  [[nodiscard]] bool is_null(const Attributes::Entry* attribute) const {
    return attribute == nullptr || attribute->value == null_;
  }
  void advance(Attributes& attributes, ItemRef mark) const;

  const Transaction& transaction_;
  Transaction& cleanup_;
  Store& store_;
  NameId null_;
  std::vector<TypeId> full_;  // Yjs: needFullCleanup
  std::vector<ItemRef> swept_;
  std::vector<NameId> gap_keys_;
  Attributes end_formats_;
};

void Cleaner::find_new_marks() {
  for (const ClientIndex client : transaction_.grown()) {
    const Client& owner = store_.clients[client];
    const StructList& structs = owner.structs;
    for (auto at = structs.find(owner.state_before);; at = structs.next(at)) {
      const ItemRef ref = structs.at(at).ref;
      if (ref != kCollected) {
        const Item& item = store_.items[ref];
        if (!item.deleted && item.kind == ContentKind::format) add_full(item.parent);
      }
      if (structs.is_last(at)) break;
    }
  }
}

/// Around deleted content the marks that now stand side by side are reduced, unless the whole
/// text will be gone through anyway.
void Cleaner::sweep_deletions() {
  for (const DeletedRange& range : transaction_.deleted()) {
    const StructList& structs = store_.clients[range.client].structs;
    const Clock32 end = range.clock + range.length;
    for (auto at = structs.find(range.clock);; at = structs.next(at)) {
      const auto entry = structs.at(at);
      if (entry.clock >= end) break;
      if (entry.ref != kCollected) {
        const Item& item = store_.items[entry.ref];
        if (store_.types[item.parent].has_formatting && !in_full(item.parent)) {
          if (item.kind == ContentKind::format) {
            add_full(item.parent);
          } else {
            sweep_gap(entry.ref);
          }
        }
      }
      if (structs.is_last(at)) break;
    }
  }
}

/// Between two pieces of content only the last mark of each key counts.
/// Source: cleanupContextlessFormattingGap. A gap already swept has nothing left to delete.
void Cleaner::sweep_gap(ItemRef ref) {
  if (store_.items[ref].swept) return;
  while (store_.items[ref].right != kNoItem) {
    const Item& right = store_.items[store_.items[ref].right];
    if (!right.deleted && right.countable()) break;
    ref = store_.items[ref].right;
  }
  gap_keys_.clear();
  for (; ref != kNoItem; ref = store_.items[ref].left) {
    Item& item = store_.items[ref];
    if (!item.deleted && item.countable()) break;
    item.swept = true;
    swept_.push_back(ref);
    if (item.deleted || item.kind != ContentKind::format) continue;
    const NameId key = item.format_key();
    if (std::find(gap_keys_.begin(), gap_keys_.end(), key) != gap_keys_.end()) {
      cleanup_.remove(ref);
    } else {
      gap_keys_.push_back(key);
    }
  }
}

bool Cleaner::same_value(const Attributes::Entry* attribute, NameId value, ItemRef mark) const {
  if (attribute == nullptr) return value == null_;
  if (attribute->value != value) return false;
  const std::string_view text = store_.names[value];
  const bool object = text.starts_with('{') || text.starts_with('[');
  return !object || attribute->mark == mark;
}

void Cleaner::advance(Attributes& attributes, ItemRef mark) const {
  const Item& item = store_.items[mark];
  if (item.format_value() == null_) {
    attributes.erase(item.format_key());
  } else {
    attributes.set({item.format_key(), item.format_value(), mark});
  }
}

/// Goes through a whole text. Source: cleanupYTextFormatting.
void Cleaner::clean_type(TypeId id) {
  ItemRef start = store_.types[id].start;
  Attributes before;
  Attributes now;
  for (ItemRef end = start; end != kNoItem; end = store_.items[end].right) {
    const Item& item = store_.items[end];
    if (item.deleted) continue;
    if (item.kind == ContentKind::format) {
      advance(now, end);
    } else {
      clean_gap(start, end, before, now);
      before = now;
      start = end;
    }
  }
}

/// Deletes the marks between `start` and the next content that change nothing or are overruled.
/// Source: cleanupFormattingGap.
void Cleaner::clean_gap(ItemRef start, ItemRef current, const Attributes& before, Attributes& now) {
  end_formats_.clear();
  ItemRef end = start;
  for (; end != kNoItem; end = store_.items[end].right) {
    const Item& item = store_.items[end];
    if (item.countable() && !item.deleted) break;
    if (!item.deleted && item.kind == ContentKind::format) {
      end_formats_.set({item.format_key(), item.format_value(), end});
    }
  }
  bool reached_current = false;
  for (ItemRef ref = start; ref != end; ref = store_.items[ref].right) {
    if (ref == current) reached_current = true;
    const Item& item = store_.items[ref];
    if (item.deleted || item.kind != ContentKind::format) continue;
    const NameId key = item.format_key();
    const NameId value = item.format_value();
    const Attributes::Entry* const old = before.find(key);
    const bool unchanged = same_value(old, value, ref);
    if (end_formats_.find(key)->mark != ref || unchanged) {
      cleanup_.remove(ref);
      if (!reached_current && same_value(now.find(key), value, ref) && !unchanged) {
        if (is_null(old)) {
          now.erase(key);
        } else {
          now.set(*old);
        }
      }
    } else if (!reached_current) {
      advance(now, ref);
    }
  }
}

}  // namespace

bool needs_formatting_cleanup(const Transaction& transaction) {
  const Store& store = transaction.store();
  return std::any_of(transaction.changed().begin(), transaction.changed().end(), [&](TypeId id) {
    const SharedType& type = store.types[id];
    if (!type.has_formatting || !is_text(type.kind)) return false;
    return type.item == kNoItem || !store.items[type.item].deleted;
  });
}

void clean_formatting(const Transaction& transaction, Transaction& cleanup) {
  Cleaner(transaction, cleanup).run();
}

}  // namespace ydoc
