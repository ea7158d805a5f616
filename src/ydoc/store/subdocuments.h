#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "ydoc/store/transaction.h"

namespace ydoc {

/// The places of a document's subdocuments, and which of them are wanted here. Only documents
/// that have had one have this.
class Subdocuments {
 public:
  /// Takes in what a closed round did.
  void note(const DocumentChanges& changes);

  [[nodiscard]] bool wanted(ShortId place) const;
  void want(ShortId place);
  /// In the order in which they came.
  [[nodiscard]] std::vector<ShortId> places() const;

 private:
  struct Entry {
    ShortId place;
    std::uint64_t order;
    bool wanted;
  };
  [[nodiscard]] static std::uint64_t key(ShortId place) {
    return (std::uint64_t{place.client} << 32) | place.clock;
  }

  std::unordered_map<std::uint64_t, Entry> entries_;
  std::uint64_t last_order_ = 0;
};

}  // namespace ydoc
