#include "ydoc/store/struct_list.h"

#include <algorithm>

namespace ydoc {

StructList::Cursor StructList::find(Clock32 clock) const {
  // Most searches ask for the newest structs.
  const auto newest = static_cast<std::uint32_t>(chunks_.size() - 1);
  const auto& tail = chunks_[newest];
  if (tail.back().clock <= clock) return {newest, static_cast<std::uint32_t>(tail.size() - 1)};
  std::uint32_t chunk = newest;
  if (tail.front().clock > clock) {
    const auto after = std::upper_bound(
        chunks_.begin(), chunks_.end(), clock,
        [](Clock32 c, const std::vector<Entry>& entries) { return c < entries.front().clock; });
    chunk = static_cast<std::uint32_t>(after - chunks_.begin() - 1);
  }
  const Entry* base = chunks_[chunk].data();
  std::size_t size = chunks_[chunk].size();
  while (size > 1) {
    const std::size_t half = size / 2;
    if (base[half].clock <= clock) base += half;
    size -= half;
  }
  return {chunk, static_cast<std::uint32_t>(base - chunks_[chunk].data())};
}

StructList::Cursor StructList::find_near(Cursor hint, Clock32 clock) const {
  constexpr int kSteps = 8;
  if (at(hint).clock <= clock) {
    for (int i = 0; i < kSteps; ++i) {
      if (is_last(hint)) return hint;
      const Cursor after = next(hint);
      if (at(after).clock > clock) return hint;
      hint = after;
    }
  } else {
    for (int i = 0; i < kSteps; ++i) {
      hint = prev(hint);  // there is one, as the first struct begins at clock 0
      if (at(hint).clock <= clock) return hint;
    }
  }
  return find(clock);
}

void StructList::push_back(Entry entry) {
  if (chunks_.empty() || chunks_.back().size() == kChunkMax) {
    chunks_.emplace_back();
    if (chunks_.size() > 1) chunks_.back().reserve(kChunkMax);
  }
  chunks_.back().push_back(entry);
  ++size_;
}

StructList::Cursor StructList::insert_after(Cursor at, Entry entry) {
  if (chunks_[at.chunk].size() == kChunkMax) {
    const auto place = chunks_.begin() + at.chunk + 1;
    const auto fresh = chunks_.emplace(place);
    auto& full = chunks_[at.chunk];
    fresh->reserve(kChunkMax);
    fresh->assign(full.begin() + kChunkMax / 2, full.end());
    full.resize(kChunkMax / 2);
    if (at.slot >= kChunkMax / 2)
      at = {at.chunk + 1, at.slot - static_cast<std::uint32_t>(kChunkMax / 2)};
  }
  auto& chunk = chunks_[at.chunk];
  chunk.insert(chunk.begin() + at.slot + 1, entry);
  ++size_;
  return {at.chunk, at.slot + 1};
}

void StructList::erase_after(Cursor at, std::size_t count) {
  size_ -= count;
  std::size_t chunk = at.chunk;
  std::size_t slot = at.slot + 1;
  while (count > 0) {
    if (slot == chunks_[chunk].size()) {
      ++chunk;
      slot = 0;
    }
    const std::size_t here = std::min(count, chunks_[chunk].size() - slot);
    const auto from = chunks_[chunk].begin() + static_cast<std::ptrdiff_t>(slot);
    chunks_[chunk].erase(from, from + static_cast<std::ptrdiff_t>(here));
    count -= here;
  }
  std::size_t kept = at.chunk + 1;  // chunks that have become empty go together
  for (std::size_t i = kept; i <= chunk; ++i) {
    if (chunks_[i].empty()) continue;
    if (i != kept) chunks_[kept] = std::move(chunks_[i]);
    ++kept;
  }
  if (kept <= chunk) {
    const auto begin = chunks_.begin();
    chunks_.erase(begin + static_cast<std::ptrdiff_t>(kept),
                  begin + static_cast<std::ptrdiff_t>(chunk + 1));
  }
}

std::size_t StructList::memory_bytes() const {
  std::size_t bytes = chunks_.capacity() * sizeof(std::vector<Entry>);
  for (const auto& chunk : chunks_) bytes += chunk.capacity() * sizeof(Entry);
  return bytes;
}

}  // namespace ydoc
