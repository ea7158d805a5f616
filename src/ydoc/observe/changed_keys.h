#pragma once

#include <vector>

#include "ydoc/store/transaction.h"

namespace ydoc {

/// What changed in one type, each key once.
struct ChangedKeys {
  TypeId type;
  bool list = false;
  std::vector<NameId> keys;  // in the order of their first change
};

/// By type, in the order of their first change. O(changes * log).
[[nodiscard]] std::vector<ChangedKeys> changes_by_type(const Transaction& transaction);

}  // namespace ydoc
