#pragma once

#include <vector>

#include "ydoc/doc_engine.h"
#include "ydoc/event.h"

namespace ydoc {

/// What became of a text: what Yjs's YTextEvent.delta says. O(items of the text).
///
/// Yjs deletes format marks that it finds to be redundant while it looks. Here they are only
/// taken for deleted: looking does not edit.
[[nodiscard]] std::vector<Change> text_delta(Doc::Engine& engine, const ChangeIndex& index,
                                             TypeId text);

}  // namespace ydoc
