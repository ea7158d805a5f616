#include "ydoc/store/string_pool.h"

#include "base/check.h"
#include "ydoc/store/hash.h"

namespace ydoc {

StringPool::StringPool() : seed_(hash_seed(this)), entries_(1, Entry{0, 0}), slots_(8, kNoName) {}

std::size_t StringPool::slot_of(std::string_view text) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_bytes(text, seed_) & mask;
  while (slots_[slot] != kNoName && (*this)[slots_[slot]] != text) slot = (slot + 1) & mask;
  return slot;
}

NameId StringPool::find(std::string_view text) const {
  return slots_[slot_of(text)];
}

NameId StringPool::intern(std::string_view text) {
  std::size_t slot = slot_of(text);
  if (slots_[slot] != kNoName) return slots_[slot];
  if (entries_.size() * 4 > slots_.size() * 3) {
    rehash(slots_.size() * 2);
    slot = slot_of(text);
  }
  CHECK(chars_.size() + text.size() <= 0xffffffff);
  const auto id = static_cast<NameId>(entries_.size());
  entries_.push_back(
      {static_cast<std::uint32_t>(chars_.size()), static_cast<std::uint32_t>(text.size())});
  chars_.insert(chars_.end(), text.begin(), text.end());
  slots_[slot] = id;
  return id;
}

void StringPool::rehash(std::size_t slots) {
  slots_.assign(slots, kNoName);
  for (NameId id = 1; id < entries_.size(); ++id) slots_[slot_of((*this)[id])] = id;
}

std::size_t StringPool::memory_bytes() const {
  return chars_.capacity() + entries_.capacity() * sizeof(Entry) +
         slots_.capacity() * sizeof(NameId);
}

}  // namespace ydoc
