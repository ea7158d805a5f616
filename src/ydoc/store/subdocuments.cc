#include "ydoc/store/subdocuments.h"

#include <algorithm>

namespace ydoc {

/// One that is let go is removed and added at once.
void Subdocuments::note(const DocumentChanges& changes) {
  for (const ShortId place : changes.removed) entries_.erase(key(place));
  for (const ShortId place : changes.added) {
    entries_.insert_or_assign(key(place), Entry{place, ++last_order_, false});
  }
  for (const ShortId place : changes.wanted) want(place);
}

bool Subdocuments::wanted(ShortId place) const {
  const auto at = entries_.find(key(place));
  return at != entries_.end() && at->second.wanted;
}

void Subdocuments::want(ShortId place) {
  const auto at = entries_.find(key(place));
  if (at != entries_.end()) at->second.wanted = true;
}

std::vector<ShortId> Subdocuments::places() const {
  std::vector<Entry> entries;
  entries.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) entries.push_back(entry);
  std::ranges::sort(entries, {}, &Entry::order);
  std::vector<ShortId> places;
  places.reserve(entries.size());
  for (const Entry& entry : entries) places.push_back(entry.place);
  return places;
}

}  // namespace ydoc
