#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "ydoc/id.h"

namespace righttask {

enum class RevertError : std::uint8_t {
  undecodable,  // one of the states is none
  incomplete,   // the edit found does not give the earlier content back
};
[[nodiscard]] std::string_view to_string(RevertError error) noexcept;

/// An edit that gives a document the content it once had: what has come since is deleted, what was
/// deleted since is inserted anew. To all others it is an edit like any other, so it meets edits
/// that are made at the same time as those meet each other. Empty when the content is the same.
///
/// `now` and `then` are whole states of the same document, V1, of our own making. `author` makes
/// the edit's structs: an id that no copy of the document has ever used.
///
/// The edit is tried on a copy before it is given away. O(both states), and what an undo of all
/// that lies between them costs (ydoc/undo_manager.h).
[[nodiscard]] Result<Bytes, RevertError> revert(ByteView now, ByteView then, ydoc::ClientId author);

}  // namespace righttask
