#pragma once

#include "base/check.h"
#include "base/reader.h"
#include "ydoc/codec/coded_client.h"
#include "ydoc/codec/update_writer_v2.h"

namespace ydoc {

// How one struct is written in V2, whatever it is read from; see struct_writer_v1.h.

[[nodiscard]] inline ClientId client_of(const Id& id) {
  return id.client;
}
[[nodiscard]] inline ClientId client_of(const CodedId& id) {
  return id.client->id;
}

template <typename S>
void UpdateWriterV2::write(const S& s, std::uint64_t offset) {
  ++structs_;
  const ContentKind kind = s.kind();
  const bool has_origin = s.has_origin() || offset > 0;
  const bool has_right_origin = s.has_right_origin();
  infos_.write(static_cast<std::uint8_t>(static_cast<unsigned>(kind) | (has_origin ? 0x80U : 0U) |
                                         (has_right_origin ? 0x40U : 0U) |
                                         (s.has_parent_sub() ? 0x20U : 0U)));
  if (has_origin) {
    const auto origin = offset > 0 ? s.id_before(offset) : s.origin();
    clients_.write(client_of(origin));
    left_clocks_.write(origin.clock);
  }
  if (has_right_origin) {
    const auto right = s.right_origin();
    clients_.write(client_of(right));
    right_clocks_.write(right.clock);
  }
  if (!has_origin && !has_right_origin) write_parent(s);
  if (kind == ContentKind::string && offset == 0) {
    strings_.write(s.text(), s.length());
  } else if (kind == ContentKind::deleted) {
    lengths_.write(s.length() - offset);
  } else {
    write_content(s, offset);
  }
}

template <typename S>
void UpdateWriterV2::write_parent(const S& s) {
  if (s.parent_kind() == ParentKind::root) {
    parent_infos_.write(1);
    name(s.parent_name());
  } else {
    CHECK(s.parent_kind() == ParentKind::item);
    const auto parent = s.parent_id();
    parent_infos_.write(0);
    clients_.write(client_of(parent));
    left_clocks_.write(parent.clock);
  }
  if (s.has_parent_sub()) name(s.parent_sub());
}

template <typename S>
void UpdateWriterV2::write_content(const S& s, std::uint64_t offset) {
  switch (s.kind()) {
    case ContentKind::string: {
      const TextTail tail = text_from(s.text(), s.length(), offset);
      return strings_.write(tail.replacement(), tail.rest, s.length() - offset);
    }
    case ContentKind::any:
      lengths_.write(s.length() - offset);
      return rest_.raw(offset == 0 ? s.data() : s.data_from(offset));
    case ContentKind::json: {
      lengths_.write(s.length() - offset);
      righttask::Reader reader(offset == 0 ? s.data() : s.data_from(offset));
      while (!reader.done()) name(*reader.var_string());
      return;
    }
    case ContentKind::binary:
      rest_.var_uint(s.data().size());
      return rest_.raw(s.data());
    case ContentKind::embed:
      return value(s.text());
    case ContentKind::format:
      key(s.key());
      return value(s.text());
    case ContentKind::type:
      type_refs_.write(static_cast<std::uint64_t>(s.type_ref()));
      if (s.type_ref() == TypeRef::xml_element || s.type_ref() == TypeRef::xml_hook) {
        key(s.text());
      }
      return;
    case ContentKind::doc:
      name(s.text());
      return rest_.raw(s.data());
    case ContentKind::deleted:
    case ContentKind::gc:
    case ContentKind::skip:
      return;
  }
}

}  // namespace ydoc
