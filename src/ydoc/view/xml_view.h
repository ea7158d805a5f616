#pragma once

#include <string>

#include "ydoc/store/store.h"

namespace ydoc {

/// toString() of an XML type: elements with their attributes sorted, formatting of text as
/// nested elements, nothing escaped. Node names are lowercased in ASCII only. Types nested
/// deeper than kViewDepthMax are left out.
/// Source: Yjs 13.6, src/types/YXml*.js, toString.
[[nodiscard]] std::string xml_string(const Store& store, TypeId id, TypeKind kind);

}  // namespace ydoc
