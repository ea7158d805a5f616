#pragma once

#include <vector>

#include "ydoc/codec/column_reader.h"
#include "ydoc/codec/content_decoder.h"

// update_v2 := 0x00 column:varbytes[9] rest
// columns   := key_clock:int_diff_opt client:uint_opt_rle left_clock:int_diff_opt
//              right_clock:int_diff_opt info:rle strings parent_info:rle type_ref:uint_opt_rle
//              length:uint_opt_rle
// rest      := what is left of update_v1 without these fields; see docs/spec/update.md

namespace ydoc {

/// The fields of update V2, most of which are drawn from columns.
/// Source: Yjs 13.6, src/utils/UpdateDecoder.js.
class DecoderV2 : public ContentDecoder {
 public:
  /// Structs may take no bytes at all.
  static constexpr std::size_t kStructBytesMin = 0;

  DecoderV2(ByteView bytes, const DecodeLimits& limits, ByteArena& owned)
      : ContentDecoder(bytes, limits, owned) {}

  /// Finds the columns.
  [[nodiscard]] Decoded<void> begin();
  /// Whether everything has been read.
  [[nodiscard]] bool complete() const;

  [[nodiscard]] Decoded<ClientId> client() { return clients_.next(); }
  [[nodiscard]] Decoded<std::uint8_t> info() { return infos_.next(); }
  [[nodiscard]] Decoded<void> left_id(Id& id) { return read_id(id, left_clocks_); }
  [[nodiscard]] Decoded<void> right_id(Id& id) { return read_id(id, right_clocks_); }
  [[nodiscard]] Decoded<bool> parent_is_root() {
    const auto flag = parent_infos_.next();
    if (!flag) return fail(flag.error());
    return *flag == 1;
  }
  [[nodiscard]] Decoded<std::uint64_t> type_ref() { return type_refs_.next(); }
  [[nodiscard]] Decoded<std::uint64_t> length() { return lengths_.next(); }
  [[nodiscard]] Decoded<CheckedText> string() {
    const auto piece = strings_.next();
    if (!piece) return fail(piece.error());
    if (piece->begins_with_half || piece->ends_with_half) return repaired(*piece);
    return CheckedText{piece->text, piece->units};
  }
  [[nodiscard]] Decoded<CheckedText> key();

  /// A value, see codec/value_text.h.
  [[nodiscard]] Decoded<std::string_view> json();
  /// `count` strings of JSON text or "undefined", as kind json holds them.
  [[nodiscard]] Decoded<ByteView> json_values(std::uint64_t count);

  void begin_delete_client() { delete_clock_ = 0; }
  [[nodiscard]] Decoded<Clock> delete_clock() {
    const auto further = in_.var_uint();
    if (!further) return further;
    return delete_clock_ += *further;  // the reader holds clock and length against 2^53
  }
  [[nodiscard]] Decoded<std::uint64_t> delete_length() {
    const auto less_one = in_.var_uint();
    if (!less_one) return less_one;
    delete_clock_ += *less_one + 1;
    return *less_one + 1;
  }

 private:
  [[nodiscard]] Decoded<void> read_id(Id& id, IntDiffOptRleReader& clocks) {
    const auto client = clients_.next();
    if (!client) return fail(client.error());
    const auto clock = clocks.next();
    if (!clock) return fail(clock.error());
    id.client = *client;
    id.clock = *clock;
    return {};
  }

  [[nodiscard]] Decoded<CheckedText> repaired(const StringColumnReader::Piece& piece);
  [[nodiscard]] Decoded<std::string_view> quoted(std::string_view text);
  [[nodiscard]] Decoded<std::string_view> composite_json();

  IntDiffOptRleReader key_clocks_;
  UintOptRleReader clients_;
  IntDiffOptRleReader left_clocks_;
  IntDiffOptRleReader right_clocks_;
  RleByteReader infos_;
  StringColumnReader strings_;
  RleByteReader parent_infos_;
  UintOptRleReader type_refs_;
  UintOptRleReader lengths_;
  Clock delete_clock_ = 0;

  /// Keys read so far, of which Yjs's writer never makes use but its reader would.
  std::vector<CheckedText> keys_;
};

}  // namespace ydoc
