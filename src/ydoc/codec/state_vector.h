#pragma once

#include <span>
#include <vector>

#include "ydoc/id.h"
#include "ydoc/update.h"

// state_vector := clients:varuint { client:varuint clock:varuint }
// Source: Yjs 13.6, src/utils/encoding.js, writeStateVector. Ours: docs/spec/update.md.

namespace ydoc {

/// How much of each client's sequence a replica holds: the next clock expected from it.
/// A value; entries in descending order of client, as Yjs writes them. No entry has clock 0
/// unless a peer sent one.
class StateVector {
 public:
  struct Entry {
    ClientId client;
    Clock clock;
    bool operator==(const Entry&) const = default;
  };

  StateVector() = default;
  /// Any order; of entries with the same client the last one counts, as in JavaScript's Map.
  explicit StateVector(std::vector<Entry> entries);

  /// Cost O(bytes), plus a sort where a peer did not send clients descending. Memory is bounded
  /// by the bytes present, never by the count they claim.
  /// Errors: truncated, integer_too_large, count_exceeds_input, trailing_bytes.
  [[nodiscard]] static Decoded<StateVector> decode(ByteView bytes);

  [[nodiscard]] Bytes encode() const;

  /// The next clock expected from `client`; 0 for one never seen. O(log clients).
  [[nodiscard]] Clock of(ClientId client) const;
  [[nodiscard]] bool contains(ClientId client) const;

  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  bool operator==(const StateVector&) const = default;

 private:
  [[nodiscard]] const Entry* find(ClientId client) const;

  std::vector<Entry> entries_;
};

}  // namespace ydoc
