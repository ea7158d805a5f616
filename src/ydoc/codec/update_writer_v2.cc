#include "ydoc/codec/update_writer_v2.h"

#include "base/check.h"
#include "base/utf8.h"
#include "ydoc/codec/block_fields.h"
#include "ydoc/codec/struct_writer_v2.h"
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

void UpdateWriterV2::write_range(ContentKind kind, std::uint64_t length) {
  ++structs_;
  infos_.write(static_cast<std::uint8_t>(kind));
  if (kind == ContentKind::gc) {
    lengths_.write(length);
  } else {
    rest_.var_uint(length);  // gaps do not repeat
  }
}

void UpdateWriterV2::block(const Block& block, std::uint64_t offset) {
  CHECK(offset < block.length);
  if (block.kind == ContentKind::gc || block.kind == ContentKind::skip) {
    write_range(block.kind, block.length - offset);
  } else {
    write(BlockFields(block), offset);
  }
}

void UpdateWriterV2::name(std::string_view text) {
  strings_.write(text, utf16_length(text));
}

void UpdateWriterV2::value(std::string_view value_text) {
  write_value(rest_, value_text);
}

/// Every key is written anew: Yjs means to refer back to earlier ones, but never fills the table
/// it would look them up in, as older peers could not read that.
void UpdateWriterV2::key(std::string_view key) {
  key_clocks_.write(keys_++);
  name(key);
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
