#pragma once

#include <optional>
#include <vector>

#include "ydoc/events.h"
#include "ydoc/observe/change_index.h"
#include "ydoc/observe/changed_keys.h"
#include "ydoc/store/transaction.h"

namespace ydoc {

/// Structs of one client that a transaction added.
struct AddedRange {
  ClientIndex client;
  Clock32 clock;
  Clock32 end;
};

/// One transaction, from its opening until everything about it has been told.
struct Round {
  explicit Round(Store& store) : changes(store) {}

  void begin(bool watched, bool made_here, Origin&& by) {
    changes.begin(watched);
    origin = std::move(by);
    local = made_here;
    cleanup = false;
  }

  /// Until it begins anew; idle documents are many.
  void rest() {
    changes.rest();
    added = {};
    types.reset();
    index = {};
    index_growths = 0;
    origin = {};
  }

  Transaction changes;
  std::size_t at = 0;  // its place among the rounds that are not settled
  /// From when it began until its observers are told, by client in order of appearance; that is
  /// Yjs's beforeState to afterState. Only where somebody wants to know.
  std::vector<AddedRange> added;
  Origin origin;
  bool local = true;
  bool cleanup = false;  // of formatting

  // Computed for observers when they ask; see Engine::types_of and Engine::index_of.
  std::optional<std::vector<ChangedKeys>> types;
  ChangeIndex index;
  std::size_t index_growths = 0;  // how much had grown when the index was filled
};

}  // namespace ydoc
