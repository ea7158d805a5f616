#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "model/limits.h"
#include "ydoc/codec/state_vector.h"
#include "ydoc/doc.h"

namespace righttask {

/// The document of a room: awake, or at rest as its encoded state, which takes a fraction of the
/// memory and still answers who joins. It is at rest until it is first needed awake.
/// Pure; shard-local.
class RoomDocument {
 public:
  /// A larger state stays awake: to decode it would hold up everybody else.
  static constexpr std::size_t kRestingBytesMax = 256u << 10;

  explicit RoomDocument(const Limits& limits) : limits_(limits) {}

  /// At rest: O(state).
  [[nodiscard]] ydoc::Doc& awake();
  [[nodiscard]] bool is_awake() const { return doc_.has_value(); }

  /// Encodes the state and lets go of the document, but for a large one and one with structs that
  /// wait for others.
  void rest();

  /// All that a client in state `have` lacks, as one V1 update. O(state).
  [[nodiscard]] Bytes encode_state(const ydoc::StateVector& have = {}) const;
  [[nodiscard]] Bytes encode_state_vector() const;

 private:
  const Limits& limits_;
  std::optional<ydoc::Doc> doc_;  // nothing: at rest
  Bytes state_;                   // at rest: V1; empty: of an empty document
};

/// By which updates of members are decoded and applied.
[[nodiscard]] ydoc::DocOptions doc_options(const Limits& limits);

}  // namespace righttask
