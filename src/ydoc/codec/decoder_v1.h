#pragma once

#include <vector>

#include "base/reader.h"
#include "ydoc/codec/content.h"
#include "ydoc/codec/cursor.h"
#include "ydoc/update.h"

namespace ydoc {

using righttask::fail;
using righttask::Reader;

/// The fields of update V1, one after the other in one stream. Its V2 counterpart draws the same
/// fields from columns; BlockReader is a template over the two.
/// Source: Yjs 13.6, src/utils/UpdateDecoder.js.
class DecoderV1 {
 public:
  /// The smallest structs and delete ranges take two bytes; counts above what is left are lies.
  static constexpr std::size_t kStructBytesMin = 2;

  /// Borrows all three. Content in a foreign spelling is rewritten into `owned`.
  DecoderV1(ByteView bytes, const DecodeLimits& limits, std::vector<Bytes>& owned)
      : in_(bytes), limits_(&limits), owned_(&owned) {}

  [[nodiscard]] std::size_t left() const { return in_.left(); }

  // The stream that both encodings share.
  [[nodiscard]] Decoded<std::uint64_t> var_uint() { return in_.var_uint(); }

  [[nodiscard]] Decoded<ClientId> client() { return in_.var_uint(); }
  [[nodiscard]] Decoded<std::uint8_t> info() { return in_.byte(); }
  [[nodiscard]] Decoded<void> left_id(Id& id) { return read_id(id); }
  [[nodiscard]] Decoded<void> right_id(Id& id) { return read_id(id); }
  [[nodiscard]] Decoded<bool> parent_is_root() {
    const auto flag = in_.var_uint();
    if (!flag) return fail(flag.error());
    return *flag == 1;
  }
  [[nodiscard]] Decoded<std::uint64_t> type_ref() { return in_.var_uint(); }
  [[nodiscard]] Decoded<std::uint64_t> length() { return in_.var_uint(); }
  [[nodiscard]] Decoded<CheckedText> string() { return in_.var_text(); }
  [[nodiscard]] Decoded<CheckedText> key() { return in_.var_text(); }
  [[nodiscard]] Decoded<ByteView> buffer() { return in_.var_bytes(); }

  /// A value as JSON text in JSON.stringify's spelling.
  [[nodiscard]] Decoded<std::string_view> json();
  /// `count` values of the any encoding, in lib0's spelling.
  [[nodiscard]] Decoded<ByteView> any_values(std::uint64_t count);
  /// `count` strings of JSON text or "undefined", as kind json holds them.
  [[nodiscard]] Decoded<ByteView> json_values(std::uint64_t count);
  /// A subdocument's options, reduced to those that Yjs keeps.
  [[nodiscard]] Decoded<ByteView> doc_options();

  void begin_delete_client() {}
  [[nodiscard]] Decoded<Clock> delete_clock() { return in_.var_uint(); }
  [[nodiscard]] Decoded<std::uint64_t> delete_length() { return in_.var_uint(); }

 private:
  [[nodiscard]] Decoded<void> read_id(Id& id) {
    const auto client = in_.var_uint();
    if (!client) return fail(client.error());
    const auto clock = in_.var_uint();
    if (!clock) return fail(clock.error());
    id.client = *client;
    id.clock = *clock;
    return {};
  }

  ByteView own(Bytes bytes);

  Cursor in_;
  const DecodeLimits* limits_;
  std::vector<Bytes>* owned_;
};

}  // namespace ydoc
