#include "ydoc/codec/content_decoder.h"

#include <algorithm>

#include "ydoc/any.h"
#include "ydoc/codec/content.h"
#include "ydoc/codec/doc_options.h"
#include "ydoc/codec/value_text.h"

namespace ydoc {
namespace {

using righttask::Writer;

/// A vector that grows by doubling holds up to three times its size while it moves.
constexpr std::size_t kGrowth = 3;

}  // namespace

ByteView bytes_between(const Reader& before, const Reader& after) {
  return before.rest().first(before.left() - after.left());
}

Decoded<std::uint8_t*> ContentDecoder::room(std::size_t size) {
  constexpr std::size_t kArenaGrowth = 2;
  if (const auto able = charge(kArenaGrowth * size); !able) return fail(able.error());
  return owned_->allocate(size);
}

Decoded<ByteView> ContentDecoder::own(ByteView bytes) {
  const auto place = room(bytes.size());
  if (!place) return fail(place.error());
  std::ranges::copy(bytes, *place);
  return ByteView{*place, bytes.size()};
}

Decoded<std::string_view> ContentDecoder::own(std::string_view text) {
  const auto bytes = own(righttask::byte_view(text));
  if (!bytes) return fail(bytes.error());
  return righttask::as_text(*bytes);
}

Decoded<ByteView> ContentDecoder::any_values(std::uint64_t count) {
  if (count > in_.left()) return fail(DecodeError::count_exceeds_input);
  const Reader start = in_.reader();
  Reader reader = start;
  Writer respelled;  // everything, from the first foreign value on
  bool foreign = false;
  for (std::uint64_t i = 0; i < count; ++i) {
    Reader before = reader;
    if (const std::uint64_t numbers = skip_integers(reader, count - i); numbers != 0) {
      if (foreign) respelled.raw(bytes_between(before, reader));
      i += numbers - 1;
      continue;
    }
    std::size_t tree_bytes = 0;
    const auto spelling = check_any(reader, limits_->any_depth_max, tree_bytes);
    if (!spelling) return fail(spelling.error());
    if (*spelling == Spelling::canonical) {
      if (foreign) respelled.raw(bytes_between(before, reader));
      continue;
    }
    const std::size_t size = bytes_between(start, reader).size();
    if (const auto able = afford(tree_bytes + kGrowth * size); !able) return fail(able.error());
    if (!foreign) respelled.raw(bytes_between(start, before));
    foreign = true;
    write_any(respelled, read_checked_any(before));
  }
  in_.advance_to(reader);
  return foreign ? own(respelled.view()) : bytes_between(start, reader);
}

Decoded<ByteView> ContentDecoder::doc_options() {
  const Reader start = in_.reader();
  Reader reader = start;
  std::size_t tree_bytes = 0;
  if (const auto checked = check_any(reader, limits_->any_depth_max, tree_bytes); !checked) {
    return fail(checked.error());
  }
  const ByteView given = bytes_between(start, reader);
  if (const auto able = afford(2 * tree_bytes + kGrowth * given.size()); !able) {
    return fail(able.error());
  }
  Reader again = start;
  const auto kept = kept_doc_options(read_checked_any(again));
  if (!kept) return fail(kept.error());
  Writer writer;
  write_any(writer, *kept);
  in_.advance_to(reader);
  if (std::ranges::equal(given, writer.view())) return given;
  return own(writer.view());
}

Decoded<std::string_view> ContentDecoder::respelled_json(std::string_view text) {
  if (const auto able = afford(json_tree_bytes(text) + kGrowth * text.size()); !able) {
    return fail(able.error());
  }
  const auto value = parse_json(text, limits_->json_depth_max);
  if (!value) return fail(value.error());
  return own(std::string_view(value_text_of(*value)));
}

Decoded<void> ContentDecoder::append_json_value(std::string_view text, Writer& out) {
  auto spelling = Spelling::canonical;
  if (text != "undefined") {
    const auto checked = check_json(text, limits_->json_depth_max);
    if (!checked) return fail(checked.error());
    spelling = *checked;
  }
  if (const auto able = afford(kGrowth * (out.size() + text.size())); !able) return able;
  if (spelling == Spelling::canonical) {
    out.var_string(text);
    return {};
  }
  const std::size_t before = out.size();
  if (const auto able = afford(json_tree_bytes(text) + kGrowth * (before + text.size())); !able) {
    return able;
  }
  const auto value = parse_json(text, limits_->json_depth_max);
  if (!value) return fail(value.error());
  std::string respelled;
  append_json(respelled, *value);
  out.var_string(respelled);
  return {};
}

}  // namespace ydoc
