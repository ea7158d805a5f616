#pragma once

#include "ydoc/store/transaction.h"

namespace ydoc {

/// Whether the type is a text that is there and may hold format marks.
[[nodiscard]] bool may_need_cleanup(const Store& store, TypeId id);

/// Whether a remote transaction, whose deletions have been sorted, changed a text that holds
/// format marks. Yjs cleans up after those.
[[nodiscard]] bool needs_formatting_cleanup(const Transaction& transaction);

/// Deletes, in the round `cleanup`, format marks that `transaction` has made redundant.
/// Time O(length of the texts into which marks were inserted or whose marks were deleted, and of
/// the gaps around other deletions). Source: Yjs 13.6, src/types/YText.js,
/// cleanupYTextAfterTransaction.
void clean_formatting(const Transaction& transaction, Transaction& cleanup);

}  // namespace ydoc
