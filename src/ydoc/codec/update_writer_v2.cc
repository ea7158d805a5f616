#include "ydoc/codec/update_writer_v2.h"

#include "base/check.h"
#include "base/reader.h"
#include "base/utf8.h"
#include "ydoc/codec/value_text.h"

namespace ydoc {
namespace {

using righttask::utf16_length;

std::size_t var_uint_bytes(std::uint64_t value) {
  std::size_t bytes = 1;
  for (value >>= 7; value > 0; value >>= 7) ++bytes;
  return bytes;
}

}  // namespace

void UpdateWriterV2::open() {
  if (rest_.size() == 0) sections_at_ = rest_.placeholder();
}

void UpdateWriterV2::begin_section(ClientId client, Clock clock) {
  open();
  end_section();
  structs_at_ = rest_.placeholder();
  clients_.write(client);
  rest_.var_uint(clock);
}

/// A section begins with its number of structs, known only now.
void UpdateWriterV2::end_section() {
  if (structs_ == 0) return;
  rest_.fill_in(structs_at_, structs_);
  structs_ = 0;
  ++sections_;
}

void UpdateWriterV2::block(const Block& block, std::uint64_t offset) {
  CHECK(offset < block.length);
  ++structs_;
  if (block.kind == ContentKind::gc) {
    infos_.write(static_cast<std::uint8_t>(block.kind));
    lengths_.write(block.length - offset);
    return;
  }
  if (block.kind == ContentKind::skip) {
    infos_.write(static_cast<std::uint8_t>(block.kind));
    rest_.var_uint(block.length - offset);  // gaps do not repeat
    return;
  }
  const bool has_origin = block.has_origin || offset > 0;
  infos_.write(static_cast<std::uint8_t>(
      static_cast<unsigned>(block.kind) | (has_origin ? 0x80U : 0U) |
      (block.has_right_origin ? 0x40U : 0U) | (block.has_parent_sub ? 0x20U : 0U)));
  if (has_origin) {
    const Id origin = offset > 0 ? Id{block.id.client, block.id.clock + offset - 1} : block.origin;
    clients_.write(origin.client);
    left_clocks_.write(origin.clock);
  }
  if (block.has_right_origin) {
    clients_.write(block.right_origin.client);
    right_clocks_.write(block.right_origin.clock);
  }
  if (!has_origin && !block.has_right_origin) parent(block);
  content(block, offset);
}

void UpdateWriterV2::parent(const Block& block) {
  CHECK(block.parent_kind != ParentKind::inherited);
  if (block.parent_kind == ParentKind::root) {
    parent_infos_.write(1);
    strings_.write(block.parent_name, utf16_length(block.parent_name));
  } else {
    parent_infos_.write(0);
    clients_.write(block.parent_id.client);
    left_clocks_.write(block.parent_id.clock);
  }
  if (block.has_parent_sub) strings_.write(block.parent_sub, utf16_length(block.parent_sub));
}

void UpdateWriterV2::content(const Block& block, std::uint64_t offset) {
  switch (block.kind) {
    case ContentKind::deleted:
      return lengths_.write(block.length - offset);
    case ContentKind::any:
      lengths_.write(block.length - offset);
      return rest_.raw(block.data.subspan(offset == 0 ? 0 : any_bytes(block.data, offset)));
    case ContentKind::json: {
      lengths_.write(block.length - offset);
      righttask::Reader reader(block.data.subspan(json_bytes(block.data, offset)));
      while (!reader.done()) {
        const std::string_view text = *reader.var_string();
        strings_.write(text, utf16_length(text));
      }
      return;
    }
    case ContentKind::binary:
      rest_.var_uint(block.data.size());
      return rest_.raw(block.data);
    case ContentKind::string: {
      if (offset == 0) return strings_.write(block.text, block.length);
      const TextTail tail = text_from(block.text, block.length, offset);
      return strings_.write(tail.replacement(), tail.rest, block.length - offset);
    }
    case ContentKind::embed:
      return write_value(rest_, block.text);
    case ContentKind::format:
      key(block.key);
      return write_value(rest_, block.text);
    case ContentKind::type:
      type_refs_.write(static_cast<std::uint64_t>(block.type_ref));
      if (block.type_ref == TypeRef::xml_element || block.type_ref == TypeRef::xml_hook) {
        key(block.text);
      }
      return;
    case ContentKind::doc:
      strings_.write(block.text, utf16_length(block.text));
      return rest_.raw(block.data);
    case ContentKind::gc:
    case ContentKind::skip:
      return;
  }
}

/// Every key is written anew: Yjs means to refer back to earlier ones, but never fills the table
/// it would look them up in, as older peers could not read that.
void UpdateWriterV2::key(std::string_view key) {
  key_clocks_.write(keys_++);
  strings_.write(key, utf16_length(key));
}

void UpdateWriterV2::begin_deletes(std::size_t clients) {
  open();
  end_section();
  rest_.fill_in(sections_at_, sections_);
  sections_ = 0;
  rest_.var_uint(clients);
}

void UpdateWriterV2::delete_client(ClientId client, std::size_t ranges) {
  rest_.var_uint(client);
  rest_.var_uint(ranges);
  delete_clock_ = 0;
}

void UpdateWriterV2::delete_range(Clock clock, std::uint64_t length) {
  CHECK(clock >= delete_clock_ && length > 0);
  rest_.var_uint(clock - delete_clock_);
  rest_.var_uint(length - 1);
  delete_clock_ = clock + length;
}

Bytes UpdateWriterV2::take() {
  key_clocks_.end();
  clients_.end();
  left_clocks_.end();
  right_clocks_.end();
  infos_.end();
  strings_.end();
  parent_infos_.end();
  type_refs_.end();
  lengths_.end();
  const std::size_t text_bytes = strings_.text().size();
  const std::size_t strings_bytes =
      var_uint_bytes(text_bytes) + text_bytes + strings_.lengths().size();
  ByteSink* const plain[] = {&key_clocks_.bytes(),   &clients_.bytes(),   &left_clocks_.bytes(),
                             &right_clocks_.bytes(), &infos_.bytes(),     nullptr,
                             &parent_infos_.bytes(), &type_refs_.bytes(), &lengths_.bytes()};
  std::size_t total = 1 + ByteSink::kVarUintBytesMax * 10 + strings_bytes + rest_.size();
  for (const ByteSink* column : plain) total += column == nullptr ? 0 : column->size();

  ByteSink out;
  out.ensure(total);
  out.put_byte(0);  // no features
  const auto append = [&out](ByteSink& from) {
    out.put_raw(from.view().data(), from.size());
    from.clear();
  };
  for (ByteSink* column : plain) {
    if (column != nullptr) {
      out.put_var_uint(column->size());
      append(*column);
      continue;
    }
    out.put_var_uint(strings_bytes);
    out.put_var_uint(text_bytes);
    append(strings_.text());
    append(strings_.lengths());
  }
  append(rest_);
  keys_ = 0;
  return out.take();
}

}  // namespace ydoc
