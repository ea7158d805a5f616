#pragma once

#include "base/check.h"
#include "ydoc/codec/update_writer.h"

namespace ydoc {

// How one struct is written in V1, whatever it is read from. A struct S answers with what Block
// holds, under the same names: kind(), length(), origin() … data(). An id's client may be a
// ClientId or a CodedClient.

inline void write_id(BytePen& pen, const Id& id) {
  pen.var_uint(id.client);
  pen.var_uint(id.clock);
}

inline void write_id(BytePen& pen, const CodedId& id) {
  pen.first_of_eight(id.client->bytes.data(), id.client->size);
  pen.var_uint(id.clock);
}

template <typename S>
void UpdateWriterV1::write(const S& s, std::uint64_t offset) {
  const ContentKind kind = s.kind();
  // The common content; known now, its room is asked for together with that of the rest.
  const std::string_view text =
      kind == ContentKind::string && offset == 0 ? s.text() : std::string_view();
  BytePen pen = out_.pen(kHeadBytesMax + text.size());
  ++structs_;

  const bool has_origin = s.has_origin() || offset > 0;
  const bool has_right_origin = s.has_right_origin();
  pen.byte(static_cast<std::uint8_t>(static_cast<unsigned>(kind) | (has_origin ? 0x80U : 0U) |
                                     (has_right_origin ? 0x40U : 0U) |
                                     (s.has_parent_sub() ? 0x20U : 0U)));
  if (has_origin) write_id(pen, offset > 0 ? s.id_before(offset) : s.origin());
  if (has_right_origin) write_id(pen, s.right_origin());
  if (!has_origin && !has_right_origin) {
    out_.lift(pen);
    write_parent(s);
    pen = out_.pen(kHeadBytesMax + text.size());
  }
  if (kind == ContentKind::deleted) {
    pen.var_uint(s.length() - offset);
    out_.lift(pen);
  } else if (kind == ContentKind::string && offset == 0) {
    pen.var_uint(text.size());
    pen.raw(text.data(), text.size());
    out_.lift(pen);
  } else {
    out_.lift(pen);
    write_content(s, offset);
  }
}

template <typename S>
void UpdateWriterV1::write_parent(const S& s) {
  if (s.parent_kind() == ParentKind::root) {
    out_.var_uint(1);
    out_.var_string(s.parent_name());
  } else {
    CHECK(s.parent_kind() == ParentKind::item);
    BytePen pen = out_.pen(kHeadBytesMax);
    pen.byte(0);
    write_id(pen, s.parent_id());
    out_.lift(pen);
  }
  if (s.has_parent_sub()) out_.var_string(s.parent_sub());
}

template <typename S>
void UpdateWriterV1::write_content(const S& s, std::uint64_t offset) {
  switch (s.kind()) {
    case ContentKind::string: {
      const TextTail tail = text_from(s.text(), s.length(), offset);
      out_.var_uint(tail.replacement().size() + tail.rest.size());
      out_.raw(righttask::byte_view(tail.replacement()));
      return out_.raw(righttask::byte_view(tail.rest));
    }
    case ContentKind::json:
    case ContentKind::any:
      out_.var_uint(s.length() - offset);
      return out_.raw(offset == 0 ? s.data() : s.data_from(offset));
    case ContentKind::binary:
      out_.var_uint(s.data().size());
      return out_.raw(s.data());
    case ContentKind::embed:
      return value(s.text());
    case ContentKind::format:
      out_.var_string(s.key());
      return value(s.text());
    case ContentKind::type:
      out_.var_uint(static_cast<std::uint64_t>(s.type_ref()));
      if (s.type_ref() == TypeRef::xml_element || s.type_ref() == TypeRef::xml_hook) {
        out_.var_string(s.text());
      }
      return;
    case ContentKind::doc:
      out_.var_string(s.text());
      return out_.raw(s.data());
    case ContentKind::deleted:
    case ContentKind::gc:
    case ContentKind::skip:
      return;
  }
}

}  // namespace ydoc
