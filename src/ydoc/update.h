#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/decode_error.h"
#include "ydoc/id.h"

// update_v1  := sections:varuint section[sections] delete_set
// section    := structs:varuint client:varuint clock:varuint struct[structs]
// delete_set := clients:varuint { client:varuint ranges:varuint { clock:varuint length:varuint } }
// Source: Yjs 13.6, src/utils/encoding.js, src/structs/. Ours: docs/spec/update.md.

namespace ydoc {

using righttask::Bytes;
using righttask::ByteView;
using righttask::Decoded;
using righttask::DecodeError;

/// Content references as they stand on the wire, in the low five bits of a struct's info byte.
enum class ContentKind : std::uint8_t {
  gc = 0,
  deleted = 1,
  json = 2,
  binary = 3,
  string = 4,
  embed = 5,
  format = 6,
  type = 7,
  any = 8,
  doc = 9,
  skip = 10,
};

/// Type references as they stand on the wire.
enum class TypeRef : std::uint8_t {
  array = 0,
  map = 1,
  text = 2,
  xml_element = 3,
  xml_fragment = 4,
  xml_hook = 5,
  xml_text = 6,
};

enum class ParentKind : std::uint8_t {
  inherited,  // taken from the left or right origin
  root,       // a root type, by name
  item,       // the type held by an item, by id
};

/// One struct of an update, validated, in a form that both encodings decode to.
/// Views point into the update's bytes (or into storage that the Update owns).
struct Block {
  Id id;
  std::uint64_t length = 0;  // units of clock; never 0
  ContentKind kind = ContentKind::gc;
  ParentKind parent_kind = ParentKind::inherited;
  TypeRef type_ref = TypeRef::array;  // kind type
  bool has_origin = false;
  bool has_right_origin = false;
  bool has_parent_sub = false;
  Id origin;
  Id right_origin;
  Id parent_id;                  // parent_kind item
  std::string_view parent_name;  // parent_kind root
  std::string_view parent_sub;   // the key in a map-like parent

  /// string: the text as UTF-8. embed, format: the value as JSON text, as JSON.stringify
  /// writes it. type: the node or hook name (xml_element, xml_hook). doc: the guid.
  std::string_view text;
  std::string_view key;  // format: the attribute's name
  /// binary: the bytes. any: `length` values in lib0's any encoding, as lib0 would write them.
  /// json: `length` strings, each a varString of JSON text or "undefined". doc: the options, one
  /// any. These are the bytes of the V1 content without its count, so V1 can copy them.
  ByteView data;
};

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
  /// Structs and delete ranges together; V2's run-length columns decouple count from size.
  std::size_t structs_max = 2u << 20;
  unsigned any_depth_max = 100;
  unsigned json_depth_max = 100;
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

  /// Both cost O(bytes) time, and memory in proportion to the structs really present: at most
  /// limits.structs_max blocks, and in V1 one for every two bytes of input.
  [[nodiscard]] static Decoded<Update> decode_v1(ByteView bytes, const DecodeLimits& limits = {});
  [[nodiscard]] static Decoded<Update> decode_v2(ByteView bytes, const DecodeLimits& limits = {});

  /// As above, into this object; on error it is left empty.
  [[nodiscard]] Decoded<void> read_v1(ByteView bytes, const DecodeLimits& limits = {});
  [[nodiscard]] Decoded<void> read_v2(ByteView bytes, const DecodeLimits& limits = {});

  /// In wire order. (Yjs writes clients descending; readers must not rely on it.)
  std::vector<Section> sections;
  std::vector<Block> blocks;
  /// In wire order; ranges of one client are neighbours unless the sender repeated the client.
  std::vector<DeleteRange> deletes;

  [[nodiscard]] bool empty() const { return blocks.empty() && deletes.empty(); }
  [[nodiscard]] std::span<const Block> blocks_of(const Section& section) const {
    return {blocks.data() + section.first, section.count};
  }
  void clear();

 private:
  /// Content that had to be rewritten (foreign spellings of any and JSON, V2 columns).
  std::vector<Bytes> owned_;
};

}  // namespace ydoc
