#include "base/check.h"
#include "base/reader.h"
#include "base/utf8.h"
#include "ydoc/codec/content.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/codec/value_text.h"

namespace ydoc {
namespace {

using righttask::Reader;

/// Room for everything before the content: info, two ids or parent info, lengths.
constexpr std::size_t kHeadBytesMax = 1 + 8 * ByteSink::kVarUintBytesMax;

}  // namespace

void UpdateWriterV1::open() {
  if (out_.size() == 0) sections_at_ = out_.placeholder();
}

void UpdateWriterV1::begin_section(ClientId client, Clock clock) {
  open();
  end_section();
  structs_at_ = out_.placeholder();
  out_.var_uint(client);
  out_.var_uint(clock);
}

/// A section begins with its number of structs, known only now.
void UpdateWriterV1::end_section() {
  if (structs_ == 0) return;
  out_.fill_in(structs_at_, structs_);
  structs_ = 0;
  ++sections_;
}

void UpdateWriterV1::block(const Block& block, std::uint64_t offset) {
  CHECK(offset < block.length);
  ++structs_;
  out_.ensure(kHeadBytesMax);
  if (block.kind == ContentKind::gc || block.kind == ContentKind::skip) {
    out_.put_byte(static_cast<std::uint8_t>(block.kind));
    out_.put_var_uint(block.length - offset);
    return;
  }
  const bool has_origin = block.has_origin || offset > 0;
  out_.put_byte(static_cast<std::uint8_t>(
      static_cast<unsigned>(block.kind) | (has_origin ? 0x80U : 0U) |
      (block.has_right_origin ? 0x40U : 0U) | (block.has_parent_sub ? 0x20U : 0U)));
  if (has_origin) {
    const Id origin = offset > 0 ? Id{block.id.client, block.id.clock + offset - 1} : block.origin;
    out_.put_var_uint(origin.client);
    out_.put_var_uint(origin.clock);
  }
  if (block.has_right_origin) {
    out_.put_var_uint(block.right_origin.client);
    out_.put_var_uint(block.right_origin.clock);
  }
  if (!has_origin && !block.has_right_origin) {
    CHECK(block.parent_kind != ParentKind::inherited);
    if (block.parent_kind == ParentKind::root) {
      out_.put_byte(1);
      out_.var_string(block.parent_name);
    } else {
      out_.put_byte(0);
      out_.put_var_uint(block.parent_id.client);
      out_.put_var_uint(block.parent_id.clock);
    }
    if (block.has_parent_sub) out_.var_string(block.parent_sub);
  }
  content(block, offset);
}

void UpdateWriterV1::content(const Block& block, std::uint64_t offset) {
  switch (block.kind) {
    case ContentKind::deleted:
      out_.var_uint(block.length - offset);
      return;
    case ContentKind::json:
    case ContentKind::any: {
      out_.var_uint(block.length - offset);
      if (offset == 0) return out_.raw(block.data);
      const std::size_t skipped = block.kind == ContentKind::any ? any_bytes(block.data, offset)
                                                                 : json_bytes(block.data, offset);
      return out_.raw(block.data.subspan(skipped));
    }
    case ContentKind::binary:
      out_.var_uint(block.data.size());
      return out_.raw(block.data);
    case ContentKind::string: {
      if (offset == 0) return out_.var_string(block.text);
      const TextTail tail = text_from(block.text, offset);
      out_.var_uint(tail.replacement().size() + tail.rest.size());
      out_.raw(righttask::byte_view(tail.replacement()));
      return out_.raw(righttask::byte_view(tail.rest));
    }
    case ContentKind::embed:
      return value(block.text);
    case ContentKind::format:
      out_.var_string(block.key);
      return value(block.text);
    case ContentKind::type:
      out_.var_uint(static_cast<std::uint64_t>(block.type_ref));
      if (block.type_ref == TypeRef::xml_element || block.type_ref == TypeRef::xml_hook) {
        out_.var_string(block.text);
      }
      return;
    case ContentKind::doc:
      out_.var_string(block.text);
      return out_.raw(block.data);
    case ContentKind::gc:
    case ContentKind::skip:
      return;
  }
}

void UpdateWriterV1::value(std::string_view value_text) {
  if (is_json(value_text)) return out_.var_string(value_text);
  out_.var_string(stringify(value_text));
}

void UpdateWriterV1::begin_deletes(std::size_t clients) {
  open();
  end_section();
  out_.fill_in(sections_at_, sections_);
  sections_ = 0;
  out_.var_uint(clients);
}

void UpdateWriterV1::delete_client(ClientId client, std::size_t ranges) {
  out_.var_uint(client);
  out_.var_uint(ranges);
}

void UpdateWriterV1::delete_range(Clock clock, std::uint64_t length) {
  out_.var_uint(clock);
  out_.var_uint(length);
}

Bytes UpdateWriterV1::take() {
  return out_.take();
}

TextTail text_from(std::string_view utf8, std::uint64_t offset) {
  std::size_t at = 0;
  std::uint64_t units = 0;
  while (units < offset) {
    const auto lead = static_cast<std::uint8_t>(utf8[at]);
    units += lead >= 0xf0 ? 2 : 1;
    at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  return {units > offset, utf8.substr(at)};
}

std::size_t any_bytes(ByteView values, std::uint64_t count) {
  Reader reader(values);
  for (std::uint64_t i = 0; i < count; ++i) {
    CHECK(check_any(reader, ~0U));
  }
  return values.size() - reader.left();
}

std::size_t json_bytes(ByteView values, std::uint64_t count) {
  Reader reader(values);
  for (std::uint64_t i = 0; i < count; ++i) {
    CHECK(reader.var_bytes());
  }
  return values.size() - reader.left();
}

}  // namespace ydoc
