#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "ydoc/codec/byte_arena.h"
#include "ydoc/codec/cursor.h"
#include "ydoc/update.h"

namespace ydoc {

using righttask::fail;
using righttask::Reader;

/// What has been read between two states of one reader.
[[nodiscard]] ByteView bytes_between(const Reader& before, const Reader& after);

/// What the decoders of both encodings share: one stream of bytes, values in it, the limits. What
/// is spelled as Yjs would spell it is viewed in place; the rest is rewritten into `owned`.
class ContentDecoder {
 public:
  /// Structs and delete ranges that may still come.
  [[nodiscard]] std::size_t structs_left() const { return structs_left_; }
  void count_structs(std::size_t structs) { structs_left_ -= structs; }

  [[nodiscard]] std::size_t left() const { return in_.left(); }
  [[nodiscard]] Decoded<std::uint64_t> var_uint() { return in_.var_uint(); }
  [[nodiscard]] Decoded<ByteView> buffer() { return in_.var_bytes(); }

  /// `count` values of the any encoding, in lib0's spelling.
  [[nodiscard]] Decoded<ByteView> any_values(std::uint64_t count);
  /// A subdocument's options, reduced to those that Yjs keeps.
  [[nodiscard]] Decoded<ByteView> doc_options();

 protected:
  /// Borrows all three.
  ContentDecoder(ByteView bytes, const DecodeLimits& limits, ByteArena& owned)
      : in_(bytes),
        structs_left_(limits.structs_in(bytes.size())),
        limits_(&limits),
        owned_(&owned) {}

  /// Whether scratch memory of this size keeps decoding within its bounds: what structs still to
  /// come would take is free until they do. Error: too_many_structs.
  [[nodiscard]] Decoded<void> afford(std::size_t bytes) const {
    if (bytes / sizeof(Block) > structs_left_) return fail(DecodeError::too_many_structs);
    return {};
  }

  /// Counts memory that is kept as if structs had taken it. Error: too_many_structs.
  [[nodiscard]] Decoded<void> charge(std::size_t bytes) {
    charged_ += bytes;
    if (charged_ / sizeof(Block) > structs_left_) return fail(DecodeError::too_many_structs);
    structs_left_ -= charged_ / sizeof(Block);
    charged_ %= sizeof(Block);
    return {};
  }

  /// Room for content that lives as long as `owned`, and copies of some. Errors: as charge.
  [[nodiscard]] Decoded<std::uint8_t*> room(std::size_t size);
  [[nodiscard]] Decoded<ByteView> own(ByteView bytes);
  [[nodiscard]] Decoded<std::string_view> own(std::string_view text);

  /// JSON text that is not spelled as Yjs would, as value text (codec/value_text.h) that is.
  [[nodiscard]] Decoded<std::string_view> respelled_json(std::string_view text);

  /// Appends one of kind json's strings, checked and in Yjs's spelling.
  [[nodiscard]] Decoded<void> append_json_value(std::string_view text, righttask::Writer& out);

  Cursor in_;
  std::size_t structs_left_;
  std::size_t charged_ = 0;  // less than a struct
  const DecodeLimits* limits_;
  ByteArena* owned_;
};

}  // namespace ydoc
