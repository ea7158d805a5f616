#pragma once

#include "ydoc/any.h"

namespace ydoc {

/// What Yjs keeps of a subdocument's options when it reads and writes them: {gc: false} where
/// gc is falsy, {autoLoad: true} where truthy, meta unless null, in this order.
/// Errors: invalid_any_tag for undefined and null, which Yjs cannot read.
/// Source: Yjs 13.6, src/structs/ContentDoc.js, src/utils/Doc.js.
[[nodiscard]] righttask::Decoded<Any> kept_doc_options(const Any& options);

}  // namespace ydoc
