#pragma once

#include <algorithm>
#include <climits>
#include <cstdint>
#include <span>
#include <vector>

#include "base/decode_error.h"
#include "ydoc/block.h"
#include "ydoc/codec/block_list.h"
#include "ydoc/codec/byte_arena.h"

// update_v1  := sections:varuint section[sections] delete_set
// section    := structs:varuint client:varuint clock:varuint struct[structs]
// delete_set := clients:varuint { client:varuint ranges:varuint { clock:varuint length:varuint } }
// Source: Yjs 13.6, src/utils/encoding.js, src/structs/. Ours: docs/spec/update.md.

namespace ydoc {

using righttask::Decoded;
using righttask::DecodeError;

/// The blocks of one client, contiguous in Update::blocks, clocks ascending without gaps
/// (a gap is a skip block).
struct Section {
  ClientId client;
  std::uint32_t first;
  std::uint32_t count;
};

struct DeleteRange {
  ClientId client;
  Clock clock;
  std::uint64_t length;  // never 0
  bool operator==(const DeleteRange&) const = default;
};

/// What a decoder may accept. Defaults suit a server; all are enforced before memory is taken.
struct DecodeLimits {
  std::size_t update_bytes_max = 16u << 20;
  /// Structs and delete ranges together.
  std::size_t structs_max = 2u << 20;
  /// An update may hold this many structs and delete ranges, and two more for every five of its
  /// bytes. V2's run-length columns can hold any number in no bytes at all, and this is what keeps
  /// decoding within 64 bytes of memory a byte, and one MiB. Yjs itself comes near it only where
  /// ten thousand structs in V2 hardly differ: text typed backwards, one key set by two clients
  /// in turn. See trusted().
  std::size_t structs_dense_max = 7000;
  unsigned any_depth_max = 100;
  unsigned json_depth_max = 100;

  /// For bytes of one's own making, or from a store that holds nothing else.
  [[nodiscard]] static constexpr DecodeLimits trusted() {
    return {.update_bytes_max = SIZE_MAX,
            .structs_max = SIZE_MAX,
            .structs_dense_max = SIZE_MAX,
            .any_depth_max = UINT_MAX,
            .json_depth_max = UINT_MAX};
  }
  /// How many structs and delete ranges `bytes` may hold.
  [[nodiscard]] constexpr std::size_t structs_in(std::size_t bytes) const {
    const std::size_t more = bytes / 5 * 2;
    if (structs_dense_max > SIZE_MAX - more) return structs_max;
    return std::min(structs_max, structs_dense_max + more);
  }
};

/// A complete, validated update. Decoding either yields all of it or an error; nothing invalid
/// ever reaches a document. Reusable: decoding again keeps the vectors' memory.
///
/// Borrows the bytes it was decoded from; they must outlive it. Not thread-safe.
class Update {
 public:
  Update() = default;
  Update(Update&&) = default;  // blocks keep pointing to what owned_ holds
  Update& operator=(Update&&) = default;
  Update(const Update&) = delete;
  Update& operator=(const Update&) = delete;

  /// Both cost O(bytes) time, and at most 64 bytes of memory a byte and one MiB, within the
  /// limits' defaults.
  [[nodiscard]] static Decoded<Update> decode_v1(ByteView bytes, const DecodeLimits& limits = {});
  [[nodiscard]] static Decoded<Update> decode_v2(ByteView bytes, const DecodeLimits& limits = {});

  /// As above, into this object; on error it is left empty.
  [[nodiscard]] Decoded<void> read_v1(ByteView bytes, const DecodeLimits& limits = {});
  [[nodiscard]] Decoded<void> read_v2(ByteView bytes, const DecodeLimits& limits = {});

  /// In wire order. (Yjs writes clients descending; readers must not rely on it.)
  std::vector<Section> sections;
  BlockList blocks;
  /// In wire order; ranges of one client are neighbours unless the sender repeated the client.
  std::vector<DeleteRange> deletes;

  [[nodiscard]] bool empty() const { return blocks.empty() && deletes.empty(); }
  [[nodiscard]] std::span<const Block> blocks_of(const Section& section) const {
    return {blocks.data() + section.first, section.count};
  }
  void clear();

 private:
  /// Content that had to be rewritten (foreign spellings of any and JSON, values of V2).
  ByteArena owned_;
};

}  // namespace ydoc
