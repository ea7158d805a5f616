#pragma once

#include "ydoc/codec/content_decoder.h"

namespace ydoc {

/// The fields of update V1, one after the other in one stream. Its V2 counterpart draws the same
/// fields from columns; BlockReader is a template over the two.
/// Source: Yjs 13.6, src/utils/UpdateDecoder.js.
class DecoderV1 : public ContentDecoder {
 public:
  /// The smallest structs and delete ranges take two bytes; counts above what is left are lies.
  static constexpr std::size_t kStructBytesMin = 2;

  DecoderV1(ByteView bytes, const DecodeLimits& limits, ByteArena& owned)
      : ContentDecoder(bytes, limits, owned) {}

  [[nodiscard]] Decoded<void> begin() { return {}; }
  /// Whether everything has been read.
  [[nodiscard]] bool complete() const { return in_.left() == 0; }

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

  /// A value, see codec/value_text.h.
  [[nodiscard]] Decoded<std::string_view> json();
  /// `count` strings of JSON text or "undefined", as kind json holds them.
  [[nodiscard]] Decoded<ByteView> json_values(std::uint64_t count);

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
};

}  // namespace ydoc
