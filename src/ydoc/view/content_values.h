#pragma once

#include "base/check.h"
#include "ydoc/any.h"
#include "ydoc/codec/value_text.h"
#include "ydoc/store/store.h"

namespace ydoc {

/// Calls `visit` with each element of an item's content as a value. Shared types and
/// subdocuments are not values, and format marks and deleted content have none.
/// Source: Yjs 13.6, src/structs/Content*.js, getContent.
template <typename Visit>
void for_each_value(const Item& item, Visit&& visit) {
  switch (item.kind) {
    case ContentKind::any: {
      righttask::Reader reader(righttask::byte_view(item.bytes()));
      while (!reader.done()) visit(read_checked_any(reader));
      break;
    }
    case ContentKind::json: {
      constexpr unsigned kJsonDepth = ~0U;  // checked when it came in
      righttask::Reader reader(righttask::byte_view(item.bytes()));
      while (!reader.done()) {
        const std::string_view text = *reader.var_string();
        visit(text == "undefined" ? Any{Undefined{}} : *parse_json(text, kJsonDepth));
      }
      break;
    }
    case ContentKind::embed:
      visit(value_of_text(item.bytes()));
      break;
    case ContentKind::binary: {
      const ByteView bytes = righttask::byte_view(item.bytes());
      visit(Any{Bytes(bytes.begin(), bytes.end())});
      break;
    }
    default:
      break;
  }
}

}  // namespace ydoc
