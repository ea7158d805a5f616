#pragma once

#include <vector>

#include "ydoc/store/store.h"

namespace ydoc {

/// The value of a text attribute as JSON text, and which object it is: JavaScript compares
/// objects by identity in some places.
struct AttributeValue {
  NameId json = kNoName;
  ShortId identity;
};

/// JavaScript's ===. Objects that are in no mark yet are their own.
[[nodiscard]] bool same_value(const StringPool& names, const AttributeValue& a,
                              const AttributeValue& b);
/// The same value, or objects whose members are. Source: Yjs 13.6, src/types/YText.js, equalAttrs.
[[nodiscard]] bool equal_value(const StringPool& names, const AttributeValue& a,
                               const AttributeValue& b);

/// Text attributes in the order in which they were set, as a JavaScript Map keeps them: setting a
/// key again leaves it in its place, deleting and setting moves it to the end.
class AttributeMap {
 public:
  struct Entry {
    NameId key;  // kNoName: was deleted
    AttributeValue value;
  };

  [[nodiscard]] const AttributeValue* find(NameId key) const {
    const std::uint32_t* const at = index_.find(key);
    return at == nullptr || *at == kAbsent ? nullptr : &entries_[*at].value;
  }
  void set(NameId key, AttributeValue value) {
    if (const std::uint32_t* const at = index_.find(key); at != nullptr && *at != kAbsent) {
      entries_[*at].value = value;
      return;
    }
    index_.set(key, static_cast<std::uint32_t>(entries_.size()));
    entries_.push_back({key, value});
    ++size_;
  }
  void erase(NameId key) {
    std::uint32_t* const at = index_.find(key);
    if (at == nullptr || *at == kAbsent) return;
    entries_[*at].key = kNoName;
    *at = kAbsent;
    --size_;
    if (entries_.size() > kErasedMax && size_ < entries_.size() / 2) close_gaps();
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// In order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Entry& entry : entries_) {
      if (entry.key != kNoName) visit(entry.key, entry.value);
    }
  }

 private:
  static constexpr std::uint32_t kAbsent = 0xffffffff;
  static constexpr std::size_t kErasedMax = 8;

  /// Along a text an attribute may be set and erased any number of times.
  void close_gaps() {
    std::erase_if(entries_, [](const Entry& entry) { return entry.key == kNoName; });
    for (std::uint32_t i = 0; i < entries_.size(); ++i) index_.set(entries_[i].key, i);
  }

  NameMap index_;
  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

}  // namespace ydoc
