#include "ydoc/store/type_table.h"

#include "ydoc/store/hash.h"

namespace ydoc {

std::size_t NameMap::slot_of(NameId name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = mix_hash(name) & mask;
  while (slots_[slot] != 0 && entries_[slots_[slot] - 1].name != name) slot = (slot + 1) & mask;
  return slot;
}

std::uint32_t* NameMap::find(NameId name) {
  if (!slots_.empty()) {
    const std::uint32_t index = slots_[slot_of(name)];
    return index == 0 ? nullptr : &entries_[index - 1].value;
  }
  for (Entry& entry : entries_) {
    if (entry.name == name) return &entry.value;
  }
  return nullptr;
}

void NameMap::set(NameId name, std::uint32_t value) {
  if (std::uint32_t* const found = find(name)) {
    *found = value;
    return;
  }
  entries_.push_back({name, value});
  if (entries_.size() <= kScanMax) return;
  if (entries_.size() * 4 <= slots_.size() * 3) {
    slots_[slot_of(name)] = static_cast<std::uint32_t>(entries_.size());
    return;
  }
  slots_.assign(slots_.empty() ? 32 : slots_.size() * 2, 0);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) slots_[slot_of(entries_[i].name)] = i + 1;
}

TypeId TypeTable::make() {
  if (!free_.empty()) {
    const TypeId id = free_.back();
    free_.pop_back();
    return id;
  }
  types_.emplace_back();
  return static_cast<TypeId>(types_.size() - 1);
}

void TypeTable::release(TypeId id) {
  const std::uint32_t generation = types_[id].generation;
  types_[id] = SharedType{};
  types_[id].generation = generation + 1;
  free_.push_back(id);
}

std::size_t TypeTable::memory_bytes() const {
  std::size_t bytes = types_.capacity() * sizeof(SharedType) + free_.capacity() * sizeof(TypeId);
  for (const SharedType& type : types_) {
    if (type.keys != nullptr) bytes += sizeof(NameMap) + type.keys->memory_bytes();
  }
  return bytes;
}

}  // namespace ydoc
