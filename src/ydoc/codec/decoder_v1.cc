#include "ydoc/codec/decoder_v1.h"

#include "ydoc/codec/content.h"

namespace ydoc {

using righttask::Writer;

Decoded<std::string_view> DecoderV1::json() {
  const auto checked = in_.var_text();
  if (!checked) return fail(checked.error());
  const auto spelling = check_json(checked->text, limits_->json_depth_max);
  if (!spelling) return fail(spelling.error());
  if (*spelling == Spelling::canonical) return checked->text;
  return respelled_json(checked->text);
}

Decoded<ByteView> DecoderV1::json_values(std::uint64_t count) {
  if (count > in_.left()) return fail(DecodeError::count_exceeds_input);
  const Reader start = in_.reader();
  Reader reader = start;
  Writer respelled;  // everything, from the first foreign string on
  bool foreign = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Reader before = reader;
    const auto text = reader.var_string();
    if (!text) return fail(text.error());
    const std::size_t prefix = bytes_between(before, reader).size() - text->size();
    const bool padded = prefix > 1 && before.rest()[prefix - 1] == 0;
    auto spelling = padded ? Spelling::foreign : Spelling::canonical;
    if (!padded && *text != "undefined") {
      const auto checked = check_json(*text, limits_->json_depth_max);
      if (!checked) return fail(checked.error());
      spelling = *checked;
    }
    if (spelling == Spelling::foreign && !foreign) {
      foreign = true;
      respelled.raw(bytes_between(start, before));
    }
    if (!foreign) continue;
    if (const auto done = append_json_value(*text, respelled); !done) return fail(done.error());
  }
  in_.advance_to(reader);
  return foreign ? own(respelled.view()) : bytes_between(start, reader);
}

}  // namespace ydoc
