#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ydoc/any.h"
#include "ydoc/types/shared.h"

// position := place assoc:varint?
// place    := 0 item:id | 1 root:varstring | 2 type:id        id := client:varuint clock:varuint
// Source: Yjs 13.6, src/utils/RelativePosition.js. Ours: docs/spec/snapshot.md.

namespace ydoc {

/// Where a relative position lies in a document as it is now.
struct AbsolutePosition {
  Shared type;          // deleted, perhaps, where its content is kept: see Shared::exists
  std::uint32_t index;  // UTF-16 code units of text, elements otherwise
  std::int64_t assoc;
};

/// What to do where the content of a position was deleted and brought back by an undo.
enum class Redone : std::uint8_t {
  follow,  // the position moves to the content that came back
  ignore,  // it stays where the deleted content was
};

/// A position in a list or a text that stays with the content around it: a cursor, or the end of a
/// selection, that others understand whatever they have typed meanwhile.
///
/// It belongs to the unit `item`, or without one to the end of a type (its beginning, if assoc is
/// negative). A value: compares by content. At least one of item, root and type is there.
struct RelativePosition {
  std::optional<Id> item;           // the unit behind the position; if assoc is negative, before it
  std::optional<std::string> root;  // the type: a root, by name
  std::optional<Id> type;           // or the item that holds it
  /// Only the sign matters: with which neighbour the position moves. Negative: the one before it.
  std::int64_t assoc = 0;

  bool operator==(const RelativePosition&) const = default;

  /// The position before the unit `index`; an index beyond the end means the end. Nothing if the
  /// type does not exist. O(log n), see Positions::find.
  [[nodiscard]] static std::optional<RelativePosition> at(const Shared& type, std::uint32_t index,
                                                          std::int64_t assoc = 0);

  /// Errors: truncated, integer_too_large, invalid_utf8, trailing_bytes, invalid_position (of no
  /// known kind). Time and memory O(bytes).
  [[nodiscard]] static Decoded<RelativePosition> decode(ByteView bytes);
  [[nodiscard]] Bytes encode() const;

  /// {"type":id,"tname":text,"item":id,"assoc":number}, members that are missing or null aside;
  /// an id is {"client":number,"clock":number}.
  /// Errors: invalid_json, json_too_deep, invalid_utf8, and invalid_position: members of another
  /// type, numbers that no client can have meant, or nothing that names a place.
  [[nodiscard]] static Decoded<RelativePosition> from_json(std::string_view json);
  [[nodiscard]] static Decoded<RelativePosition> from_value(const Any& value);
  [[nodiscard]] std::string json() const;
  [[nodiscard]] Any value() const;

  /// Where it lies now. Nothing if its content or its type has not arrived or has been collected.
  /// O(log n), see Positions::find; `doc` stays what it is.
  [[nodiscard]] std::optional<AbsolutePosition> resolve(Doc& doc,
                                                        Redone redone = Redone::follow) const;
};

}  // namespace ydoc
