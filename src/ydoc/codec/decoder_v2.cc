#include "ydoc/codec/decoder_v2.h"

#include <algorithm>

#include "ydoc/codec/content.h"
#include "ydoc/codec/value_text.h"

namespace ydoc {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// Whether JSON.stringify only puts quotes around it.
bool needs_no_escape(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') return false;
  }
  return true;
}

/// The most that JSON text takes of a byte of the any encoding: "\u0001".
constexpr std::size_t kJsonGrowth = 6;

}  // namespace

Decoded<void> DecoderV2::begin() {
  const auto feature = in_.var_uint();
  if (!feature) return fail(feature.error());
  if (*feature != 0) return fail(DecodeError::unknown_encoding);
  ByteView columns[9];
  for (ByteView& column : columns) {
    const auto bytes = in_.var_bytes();
    if (!bytes) return fail(bytes.error());
    column = *bytes;
  }
  key_clocks_ = IntDiffOptRleReader(columns[0]);
  clients_ = UintOptRleReader(columns[1]);
  left_clocks_ = IntDiffOptRleReader(columns[2]);
  right_clocks_ = IntDiffOptRleReader(columns[3]);
  infos_ = RleByteReader(columns[4]);
  parent_infos_ = RleByteReader(columns[6]);
  type_refs_ = UintOptRleReader(columns[7]);
  lengths_ = UintOptRleReader(columns[8]);
  return strings_.open(columns[5]);
}

bool DecoderV2::complete() const {
  return in_.left() == 0 && key_clocks_.complete() && clients_.complete() &&
         left_clocks_.complete() && right_clocks_.complete() && infos_.complete() &&
         strings_.complete() && parent_infos_.complete() && type_refs_.complete() &&
         lengths_.complete();
}

/// A key that is referred to again is charged for as if it were copied: the blocks view it in
/// place, but a document and V1 hold every one of them.
Decoded<CheckedText> DecoderV2::key() {
  const auto number = key_clocks_.next();
  if (!number) return fail(number.error());
  if (*number < keys_.size()) {
    const CheckedText& known = keys_[static_cast<std::size_t>(*number)];
    if (const auto able = charge(known.text.size()); !able) return fail(able.error());
    return known;
  }
  const auto read = string();
  if (!read) return read;
  // A vector that grows by doubling holds up to three times its size while it moves.
  if (const auto able = charge(3 * sizeof(CheckedText)); !able) return fail(able.error());
  keys_.push_back(*read);
  return read;
}

/// What the encoder of UTF-8 makes of the halves of a pair; so does V1.
Decoded<CheckedText> DecoderV2::repaired(const StringColumnReader::Piece& piece) {
  std::string text;
  if (piece.begins_with_half) text += kReplacement;
  text += piece.text;
  if (piece.ends_with_half) text += kReplacement;
  const auto owned = own(std::string_view(text));
  if (!owned) return fail(owned.error());
  return CheckedText{*owned, piece.units};
}

Decoded<std::string_view> DecoderV2::json() {
  const Cursor start = in_;
  const auto tag = in_.byte();
  if (!tag) return fail(tag.error());
  switch (*tag) {
    case 126:
      return "null";
    case 121:
      return "false";
    case 120:
      return "true";
    case 119: {
      const auto text = in_.var_text();
      if (!text) return fail(text.error());
      if (!needs_no_escape(text->text)) break;
      return quoted(text->text);
    }
    default:
      break;
  }
  in_ = start;
  return composite_json();
}

Decoded<std::string_view> DecoderV2::quoted(std::string_view text) {
  const auto place = room(text.size() + 2);
  if (!place) return fail(place.error());
  (*place)[0] = '"';
  std::ranges::copy(text, *place + 1);
  (*place)[text.size() + 1] = '"';
  return righttask::as_text({*place, text.size() + 2});
}

Decoded<std::string_view> DecoderV2::composite_json() {
  const Reader start = in_.reader();
  Reader reader = start;
  std::size_t tree_bytes = 0;
  const auto spelling = check_any(reader, limits_->any_depth_max, tree_bytes);
  if (!spelling) return fail(spelling.error());
  in_.advance_to(reader);
  const ByteView bytes = bytes_between(start, reader);
  const bool foreign = *spelling == Spelling::foreign;
  const std::size_t text_bytes = 3 * kJsonGrowth * bytes.size();
  if (const auto able = afford(text_bytes + (foreign ? tree_bytes : 0)); !able) {
    return fail(able.error());
  }
  Reader again = start;
  if (foreign) return own(std::string_view(value_text_of(read_checked_any(again))));
  std::string text;
  if (!append_any_as_json(text, again)) {
    text.assign(1, '\0');
    text += righttask::as_text(bytes);
  }
  return own(std::string_view(text));
}

Decoded<ByteView> DecoderV2::json_values(std::uint64_t count) {
  if (count > strings_.left()) return fail(DecodeError::count_exceeds_input);
  righttask::Writer values;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto text = string();
    if (!text) return fail(text.error());
    if (const auto done = append_json_value(text->text, values); !done) return fail(done.error());
  }
  return own(values.view());
}

}  // namespace ydoc
