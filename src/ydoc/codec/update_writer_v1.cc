#include "ydoc/codec/update_writer.h"

#include "base/check.h"
#include "base/reader.h"
#include "ydoc/codec/block_fields.h"
#include "ydoc/codec/content.h"
#include "ydoc/codec/struct_writer_v1.h"
#include "ydoc/codec/value_text.h"

namespace ydoc {
namespace {

using righttask::Reader;

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

void UpdateWriterV1::write_range(ContentKind kind, std::uint64_t length) {
  ++structs_;
  BytePen pen = out_.pen(kHeadBytesMax);
  pen.byte(static_cast<std::uint8_t>(kind));
  pen.var_uint(length);
  out_.lift(pen);
}

void UpdateWriterV1::block(const Block& block, std::uint64_t offset) {
  CHECK(offset < block.length);
  if (block.kind == ContentKind::gc || block.kind == ContentKind::skip) {
    write_range(block.kind, block.length - offset);
  } else {
    write(BlockFields(block), offset);
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
  BytePen pen = out_.pen(kHeadBytesMax);
  pen.var_uint(clock);
  pen.var_uint(length);
  out_.lift(pen);
}

Bytes UpdateWriterV1::take() {
  return out_.take();
}

TextTail text_from(std::string_view utf8, std::uint64_t units, std::uint64_t offset) {
  if (utf8.size() == units) return {false, utf8.substr(offset)};  // ASCII
  const auto lead_at = [&](std::size_t at) { return static_cast<std::uint8_t>(utf8[at]); };
  const auto units_of = [](std::uint8_t lead) { return lead >= 0xf0 ? 2U : 1U; };
  if (offset > units / 2) {
    std::size_t at = utf8.size();
    for (std::uint64_t left = units; left > offset;) {
      do {
        --at;
      } while ((lead_at(at) & 0xc0) == 0x80);
      left -= units_of(lead_at(at));
      if (left < offset) return {true, utf8.substr(at + 4)};
    }
    return {false, utf8.substr(at)};
  }
  std::size_t at = 0;
  std::uint64_t passed = 0;
  while (passed < offset) {
    const std::uint8_t lead = lead_at(at);
    passed += units_of(lead);
    at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  return {passed > offset, utf8.substr(at)};
}

std::size_t values_bytes(ContentKind kind, ByteView values, std::uint64_t count) {
  return kind == ContentKind::json ? json_bytes(values, count) : any_bytes(values, count);
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
