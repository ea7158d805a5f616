#include "ydoc/types/formatting.h"

#include <algorithm>

#include "ydoc/codec/value_text.h"

namespace ydoc {
namespace {

/// The value of an attribute, and which object it is: JavaScript compares those by identity.
struct Setting {
  NameId value = kNoName;  // none
  ShortId identity;
};

/// The attributes along a text, as they were before a gap and as they are now. Each step costs
/// the same however many attributes there are.
class Attributes {
 public:
  struct Entry {
    Setting before;
    Setting now;
    ItemRef last_mark = kNoItem;  // of the gap `gap`
    std::uint32_t gap = 0;
    bool dirty = false;  // before and now differ, perhaps
  };

  [[nodiscard]] Entry& operator[](NameId key) {
    if (const std::uint32_t* const at = index_.find(key)) return entries_[*at];
    index_.set(key, static_cast<std::uint32_t>(entries_.size()));
    return entries_.emplace_back();
  }
  void set(NameId key, Setting now) {
    Entry& entry = (*this)[key];
    entry.now = now;
    if (entry.dirty) return;
    entry.dirty = true;
    dirty_.push_back(static_cast<std::uint32_t>(&entry - entries_.data()));
  }
  /// The next gap begins: before becomes now.
  void settle() {
    for (const std::uint32_t at : dirty_) {
      entries_[at].before = entries_[at].now;
      entries_[at].dirty = false;
    }
    dirty_.clear();
  }

 private:
  NameMap index_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> dirty_;
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
    for (const TypeId type : full_) {
      store_.types[type].needs_sweep = false;
      clean_type(type);
    }
  }

 private:
  void add_full(TypeId type) {
    if (in_full(type)) return;
    store_.types[type].needs_sweep = true;
    full_.push_back(type);
  }
  [[nodiscard]] bool in_full(TypeId type) const { return store_.types[type].needs_sweep; }

  void find_new_marks();
  void sweep_deletions();
  void sweep_gap(ItemRef ref);
  void clean_type(TypeId id);
  void clean_gap(ItemRef start, ItemRef current, Attributes& attributes);

  [[nodiscard]] bool same(const Setting& setting, NameId value, ItemRef mark) const;
  void advance(Attributes& attributes, ItemRef mark) const;

  const Transaction& transaction_;
  Transaction& cleanup_;
  Store& store_;
  NameId null_;
  std::vector<TypeId> full_;  // Yjs: needFullCleanup
  std::vector<ItemRef> swept_;
  NameMap last_sweep_;  // of a key: the number of the last sweep that met it
  std::uint32_t sweeps_ = 0;
  std::uint32_t gaps_ = 0;
};

void Cleaner::find_new_marks() {
  for (const auto& [client, before] : transaction_.grown()) {
    const StructList& structs = store_.clients[client].structs;
    for (auto at = structs.find(before);; at = structs.next(at)) {
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
  ++sweeps_;
  for (; ref != kNoItem; ref = store_.items[ref].left) {
    Item& item = store_.items[ref];
    if (!item.deleted && item.countable()) break;
    item.swept = true;
    swept_.push_back(ref);
    if (item.deleted || item.kind != ContentKind::format) continue;
    const NameId key = item.format_key();
    const std::uint32_t* const met = last_sweep_.find(key);
    if (met != nullptr && *met == sweeps_) {
      cleanup_.remove(ref);
    } else {
      last_sweep_.set(key, sweeps_);
    }
  }
}

/// No setting is the same as null.
bool Cleaner::same(const Setting& setting, NameId value, ItemRef mark) const {
  if (setting.value == kNoName) return value == null_;
  if (setting.value != value) return false;
  return !equal_only_to_itself(store_.names[value]) || setting.identity == store_.identity_of(mark);
}

void Cleaner::advance(Attributes& attributes, ItemRef mark) const {
  const Item& item = store_.items[mark];
  const bool off = item.format_value() == null_;
  attributes.set(item.format_key(),
                 off ? Setting{} : Setting{item.format_value(), store_.identity_of(mark)});
}

/// Goes through a whole text. Source: cleanupYTextFormatting.
void Cleaner::clean_type(TypeId id) {
  ItemRef start = store_.types[id].start;
  Attributes attributes;
  for (ItemRef end = start; end != kNoItem; end = store_.items[end].right) {
    const Item& item = store_.items[end];
    if (item.deleted) continue;
    if (item.kind == ContentKind::format) {
      advance(attributes, end);
    } else {
      clean_gap(start, end, attributes);
      attributes.settle();
      start = end;
    }
  }
}

/// Deletes the marks between `start` and the next content that change nothing or are overruled.
/// Source: cleanupFormattingGap.
void Cleaner::clean_gap(ItemRef start, ItemRef current, Attributes& attributes) {
  ++gaps_;
  ItemRef end = start;
  for (; end != kNoItem; end = store_.items[end].right) {
    const Item& item = store_.items[end];
    if (item.countable() && !item.deleted) break;
    if (item.deleted || item.kind != ContentKind::format) continue;
    Attributes::Entry& entry = attributes[item.format_key()];
    entry.gap = gaps_;
    entry.last_mark = end;
  }
  bool reached_current = false;
  for (ItemRef ref = start; ref != end; ref = store_.items[ref].right) {
    if (ref == current) reached_current = true;
    const Item& item = store_.items[ref];
    if (item.deleted || item.kind != ContentKind::format) continue;
    const NameId key = item.format_key();
    const NameId value = item.format_value();
    const Attributes::Entry entry = attributes[key];
    const bool unchanged = same(entry.before, value, ref);
    if (entry.last_mark != ref || unchanged) {
      cleanup_.remove(ref);
      if (!reached_current && same(entry.now, value, ref) && !unchanged) {
        attributes.set(key, entry.before);
      }
    } else if (!reached_current) {
      advance(attributes, ref);
    }
  }
}

}  // namespace

bool may_need_cleanup(const Store& store, TypeId id) {
  const SharedType& type = store.types[id];
  if (!type.has_formatting || !is_text(type.kind)) return false;
  return type.item == kNoItem || !store.items[type.item].deleted;
}

bool needs_formatting_cleanup(const Transaction& transaction) {
  return std::ranges::any_of(transaction.changed(), [&](TypeId type) {
    return may_need_cleanup(transaction.store(), type);
  });
}

void clean_formatting(const Transaction& transaction, Transaction& cleanup) {
  Cleaner(transaction, cleanup).run();
}

}  // namespace ydoc
