#pragma once

#include <span>
#include <vector>

#include "ydoc/codec/delete_set_codec.h"
#include "ydoc/codec/state_vector.h"
#include "ydoc/doc.h"

// snapshot := delete_set state_vector, the delete set in either of its forms
// Source: Yjs 13.6, src/utils/Snapshot.js. Ours: docs/spec/snapshot.md.

namespace ydoc {

/// Why a document cannot be restored from a snapshot.
enum class RestoreError : std::uint8_t {
  garbage_collected,  // the document drops deleted content, which the snapshot may show
  snapshot_ahead,     // the snapshot names content that the document does not hold
};
[[nodiscard]] std::string_view to_string(RestoreError error);

/// What a document held at some time, as long as the document still has it: how much of each
/// client, and what of that was deleted. A few bytes where the document may be large.
///
/// A value. Its deletions are sorted, and ranges that touch are joined, so that snapshots of the
/// same content are equal.
class Snapshot {
 public:
  /// That of a document which has nothing yet.
  Snapshot() = default;
  /// Any order. O(n log n), O(n) for ranges as a document has them.
  Snapshot(std::vector<DeleteRange> deletes, StateVector state);

  /// What the document holds now. O(structs).
  [[nodiscard]] static Snapshot of(const Doc& doc);

  /// Time and memory O(bytes), and a sort where the sender did not.
  /// Errors: truncated, integer_too_large, count_exceeds_input, too_many_structs, clock_overflow,
  /// trailing_bytes.
  [[nodiscard]] static Decoded<Snapshot> decode_v1(ByteView bytes, const DecodeLimits& limits = {});
  [[nodiscard]] static Decoded<Snapshot> decode_v2(ByteView bytes, const DecodeLimits& limits = {});
  [[nodiscard]] Bytes encode_v1() const;
  [[nodiscard]] Bytes encode_v2() const;

  /// How much of each client it holds.
  [[nodiscard]] const StateVector& state() const { return state_; }
  /// Clients descending, then clocks ascending, neither overlapping nor touching.
  [[nodiscard]] std::span<const DeleteRange> deletes() const { return deletes_; }

  /// Whether everything that the update inserts and deletes is part of it.
  /// O(structs log clients + ranges log ranges).
  [[nodiscard]] bool contains(const Update& update) const;

  /// Brings into `into`, a new document as a rule, what `doc` held at this snapshot, as one update
  /// of origin "snapshot". Declare the roots of `into` first: see Doc::declare_root. `doc` does
  /// not change, but a character of two units is cut where the snapshot ends inside it (DOC-11).
  /// O(what the snapshot holds). Errors leave both as they are.
  [[nodiscard]] righttask::Result<ApplyResult, RestoreError> restore(Doc& doc, Doc& into) const;

  bool operator==(const Snapshot&) const = default;

 private:
  [[nodiscard]] static Decoded<Snapshot> decode(ByteView bytes, DeleteSetForm form,
                                                const DecodeLimits& limits);
  [[nodiscard]] Bytes encode(DeleteSetForm form) const;

  std::vector<DeleteRange> deletes_;
  StateVector state_;
};

}  // namespace ydoc
