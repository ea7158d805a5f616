#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ydoc/store/item.h"
#include "ydoc/type_kind.h"

namespace ydoc {

/// From names to 32-bit values, in the order in which the names came (as a JavaScript Map; views
/// and collection rely on it). Names are never removed.
class NameMap {
 public:
  struct Entry {
    NameId name;
    std::uint32_t value;
  };

  /// The value, or nothing as nullptr; valid until the next set.
  [[nodiscard]] std::uint32_t* find(NameId name);
  [[nodiscard]] const std::uint32_t* find(NameId name) const {
    return const_cast<NameMap*>(this)->find(name);
  }
  void set(NameId name, std::uint32_t value);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::size_t memory_bytes() const {
    return entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::size_t kScanMax = 12;

  [[nodiscard]] std::size_t slot_of(NameId name) const;

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // indices into entries_ + 1; empty while a scan will do
};

/// One shared type: the head of its list, and its keys.
struct SharedType {
  ItemRef item = kNoItem;         // that holds it; kNoItem for a root
  ItemRef start = kNoItem;        // of its list
  NameId name = kNoName;          // of a root, or the node or hook name
  std::uint32_t length = 0;       // elements of the list (UTF-16 code units of text) not deleted
  std::unique_ptr<NameMap> keys;  // the newest item of each key, deleted or not
  TypeKind kind = TypeKind::unknown;
  bool has_formatting = false;   // a format mark was ever integrated
  bool indexed : 1 = false;      // Positions has an index of the list
  bool changed : 1 = false;      // scratch of the open transaction
  bool needs_sweep : 1 = false;  // scratch of the formatting cleanup
  /// Of the place in the table: differs for every type that was ever there, so that a handle can
  /// tell whether its type is still the one it was made for.
  std::uint32_t generation = 0;

  /// The newest item under `key`, or kNoItem.
  [[nodiscard]] ItemRef newest(NameId key) const {
    if (keys == nullptr) return kNoItem;
    const std::uint32_t* const found = keys->find(key);
    return found == nullptr ? kNoItem : *found;
  }
  void set_newest(NameId key, ItemRef ref) {
    if (keys == nullptr) keys = std::make_unique<NameMap>();
    keys->set(key, ref);
  }
};

/// The shared types of a document. References to them stay valid until the next make.
class TypeTable {
 public:
  [[nodiscard]] SharedType& operator[](TypeId id) { return types_[id]; }
  [[nodiscard]] const SharedType& operator[](TypeId id) const { return types_[id]; }

  [[nodiscard]] TypeId make();
  void release(TypeId id);

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  std::vector<SharedType> types_;
  std::vector<TypeId> free_;
};

}  // namespace ydoc
