#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ydoc/store/item.h"

namespace ydoc {

/// Each distinct name of a document once: keys, format keys and values, root and node names.
/// Names are never given back before the document goes.
class StringPool {
 public:
  StringPool();

  /// The name's id; equal text, equal id. O(size), amortised.
  [[nodiscard]] NameId intern(std::string_view text);
  /// kNoName when the text was never interned.
  [[nodiscard]] NameId find(std::string_view text) const;
  /// Valid until the next intern.
  [[nodiscard]] std::string_view operator[](NameId id) const {
    const Entry& entry = entries_[id];
    return {chars_.data() + entry.offset, entry.size};
  }
  /// Ids run from 1 up to here.
  [[nodiscard]] NameId last() const { return static_cast<NameId>(entries_.size() - 1); }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Entry {
    std::uint32_t offset;
    std::uint32_t size;
  };

  [[nodiscard]] std::size_t slot_of(std::string_view text) const;
  void rehash(std::size_t slots);

  std::uint64_t seed_;
  std::vector<char> chars_;
  std::vector<Entry> entries_;  // entry 0 is no name
  std::vector<NameId> slots_;   // open addressing, linear probing; 0 is free
};

}  // namespace ydoc
