#include "ydoc/codec/decoder_v1.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ydoc/any.h"
#include "ydoc/codec/doc_options.h"

namespace ydoc {
namespace {

using righttask::Writer;

Decoded<std::string> respell_json(std::string_view text, unsigned depth_max) {
  const auto value = parse_json(text, depth_max);
  if (!value) return fail(value.error());
  std::string out;
  append_json(out, *value);
  return out;
}

/// The bytes read since `before`.
ByteView consumed(const Reader& before, const Reader& after) {
  return before.rest().first(before.left() - after.left());
}

}  // namespace

ByteView DecoderV1::own(Bytes bytes) {
  return owned_->emplace_back(std::move(bytes));
}

Decoded<std::string_view> DecoderV1::json() {
  const auto checked = in_.var_text();
  if (!checked) return fail(checked.error());
  const std::string_view text = checked->text;
  const auto spelling = check_json(text, limits_->json_depth_max);
  if (!spelling) return fail(spelling.error());
  if (*spelling == Spelling::canonical) return text;
  const auto respelled = respell_json(text, limits_->json_depth_max);
  if (!respelled) return fail(respelled.error());
  return righttask::as_text(own(Bytes(respelled->begin(), respelled->end())));
}

Decoded<ByteView> DecoderV1::any_values(std::uint64_t count) {
  const Reader start = in_.reader();
  Reader reader = start;
  auto spelling = Spelling::canonical;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto checked = check_any(reader, limits_->any_depth_max);
    if (!checked) return fail(checked.error());
    if (*checked == Spelling::foreign) spelling = Spelling::foreign;
  }
  in_.advance_to(reader);
  if (spelling == Spelling::canonical) return consumed(start, reader);

  Reader again = start;
  Writer writer;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto value = read_any(again, limits_->any_depth_max);
    if (!value) return fail(value.error());
    write_any(writer, *value);
  }
  return own(writer.take());
}

Decoded<ByteView> DecoderV1::json_values(std::uint64_t count) {
  const Reader start = in_.reader();
  Reader reader = start;
  Writer writer;
  bool foreign = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Reader before = reader;
    const auto text = reader.var_string();
    if (!text) return fail(text.error());
    const std::size_t prefix = consumed(before, reader).size() - text->size();
    const bool padded = prefix > 1 && before.rest()[prefix - 1] == 0;
    auto spelling = Spelling::canonical;
    if (*text != "undefined") {
      const auto checked = check_json(*text, limits_->json_depth_max);
      if (!checked) return fail(checked.error());
      spelling = *checked;
    }
    if (!foreign && (padded || spelling == Spelling::foreign)) {
      foreign = true;
      writer.raw(consumed(start, before));
    }
    if (!foreign) continue;
    if (spelling == Spelling::canonical) {
      writer.var_string(*text);
      continue;
    }
    const auto respelled = respell_json(*text, limits_->json_depth_max);
    if (!respelled) return fail(respelled.error());
    writer.var_string(*respelled);
  }
  in_.advance_to(reader);
  return foreign ? own(writer.take()) : consumed(start, reader);
}

Decoded<ByteView> DecoderV1::doc_options() {
  const Reader start = in_.reader();
  Reader reader = start;
  const auto options = read_any(reader, limits_->any_depth_max);
  if (!options) return fail(options.error());
  const auto kept = kept_doc_options(*options);
  if (!kept) return fail(kept.error());
  Writer writer;
  write_any(writer, *kept);
  in_.advance_to(reader);
  const ByteView given = consumed(start, reader);
  if (std::ranges::equal(given, writer.view())) return given;
  return own(writer.take());
}

}  // namespace ydoc
