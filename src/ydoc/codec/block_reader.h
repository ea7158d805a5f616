#pragma once

#include <vector>

#include "ydoc/codec/content_decoder.h"
#include "ydoc/update.h"

namespace ydoc {

/// Reads an update struct by struct, each fully validated, without holding more than one.
/// `Decoder` is the encoding. Use: next() until it says false, then deletes().
///
/// Views in a block point into the input or into `owned` and stay valid as long as both.
/// Source: Yjs 13.6, src/utils/encoding.js, readClientsStructRefs.
template <typename Decoder>
class BlockReader {
 public:
  struct SectionHeader {
    ClientId client;
    Clock clock;
    std::uint64_t structs;
  };

  BlockReader(ByteView bytes, const DecodeLimits& limits, ByteArena& owned)
      : in_(bytes, limits, owned), too_large_(bytes.size() > limits.update_bytes_max) {}

  /// Sections still to come, as the update claims; held against its bytes.
  [[nodiscard]] std::size_t sections_left() const {
    return static_cast<std::size_t>(sections_left_);
  }
  /// Structs and delete ranges that the limits still allow.
  [[nodiscard]] std::size_t structs_left() const { return in_.structs_left(); }

  /// The next section that holds structs; false after the last. The one before must have been
  /// read to its end.
  [[nodiscard]] Decoded<bool> next_section(SectionHeader& header);

  /// The next struct of the section just begun, into a block as it is when constructed; to be
  /// called header.structs times.
  [[nodiscard]] Decoded<void> next_in_section(Block& block);

  /// The next struct of the update, whatever its section; false after the last.
  [[nodiscard]] Decoded<bool> next(Block& block) {
    if (structs_left_ == 0) {
      SectionHeader header;
      const auto more = next_section(header);
      if (!more || !*more) return more;
    }
    block = Block{};
    if (const auto read = next_in_section(block); !read) return fail(read.error());
    return true;
  }

  /// The delete set, appended in wire order, up to the end of the input. Ranges of length zero,
  /// which delete nothing, are dropped.
  [[nodiscard]] Decoded<void> deletes(std::vector<DeleteRange>& ranges);

  /// Validates all that is left; the number of structs in it.
  [[nodiscard]] Decoded<std::size_t> drain() {
    Block block;
    std::size_t structs = 0;
    for (;; ++structs) {
      const auto more = next(block);
      if (!more) return fail(more.error());
      if (!*more) break;
    }
    std::vector<DeleteRange> ranges;
    if (const auto read = deletes(ranges); !read) return fail(read.error());
    return structs;
  }

 private:
  [[nodiscard]] Decoded<void> item(Block& block, std::uint8_t info);
  [[nodiscard]] Decoded<void> content(Block& block);
  [[nodiscard]] Decoded<void> counted(Block& block);

  Decoder in_;
  bool started_ = false;
  bool too_large_;
  std::uint64_t sections_left_ = 0;
  std::uint64_t structs_left_ = 0;
  ClientId client_ = 0;
  Clock clock_ = 0;
};

template <typename Decoder>
Decoded<bool> BlockReader<Decoder>::next_section(SectionHeader& header) {
  if (!started_) {
    if (too_large_) return fail(DecodeError::too_many_structs);
    if (const auto begun = in_.begin(); !begun) return fail(begun.error());
    const auto sections = in_.var_uint();
    if (!sections) return fail(sections.error());
    if (*sections > in_.left()) return fail(DecodeError::count_exceeds_input);
    sections_left_ = *sections;
    started_ = true;
  }
  while (sections_left_ > 0) {
    --sections_left_;
    const auto structs = in_.var_uint();
    if (!structs) return fail(structs.error());
    const auto client = in_.client();
    if (!client) return fail(client.error());
    const auto clock = in_.var_uint();
    if (!clock) return fail(clock.error());
    if (Decoder::kStructBytesMin != 0 && *structs > in_.left() / Decoder::kStructBytesMin) {
      return fail(DecodeError::count_exceeds_input);
    }
    if (*structs > in_.structs_left()) return fail(DecodeError::too_many_structs);
    if (*structs == 0) continue;
    in_.count_structs(static_cast<std::size_t>(*structs));
    structs_left_ = *structs;
    client_ = *client;
    clock_ = *clock;
    header = {*client, *clock, *structs};
    return true;
  }
  return false;
}

template <typename Decoder>
Decoded<void> BlockReader<Decoder>::next_in_section(Block& block) {
  const auto info = in_.info();
  if (!info) return fail(info.error());
  block.id = {client_, clock_};
  const unsigned reference = *info & 0x1f;
  if (reference > static_cast<unsigned>(ContentKind::skip)) {
    return fail(DecodeError::invalid_content_kind);
  }
  block.kind = static_cast<ContentKind>(reference);
  if (block.kind == ContentKind::gc) {
    const auto length = in_.length();
    if (!length) return fail(length.error());
    block.length = *length;
  } else if (block.kind == ContentKind::skip) {
    const auto length = in_.var_uint();  // in V2, too, not a column
    if (!length) return fail(length.error());
    block.length = *length;
  } else if (const auto read = item(block, *info); !read) {
    return read;
  }
  if (block.length == 0) return fail(DecodeError::empty_struct);
  if (block.length > righttask::kSafeIntegerMax - clock_) return fail(DecodeError::clock_overflow);
  clock_ += block.length;
  --structs_left_;
  return {};
}

template <typename Decoder>
Decoded<void> BlockReader<Decoder>::item(Block& block, std::uint8_t info) {
  if ((info & 0x80) != 0) {
    if (const auto read = in_.left_id(block.origin); !read) return read;
    block.has_origin = true;
  }
  if ((info & 0x40) != 0) {
    if (const auto read = in_.right_id(block.right_origin); !read) return read;
    block.has_right_origin = true;
  }
  if ((info & 0xc0) == 0) {
    const auto root = in_.parent_is_root();
    if (!root) return fail(root.error());
    if (*root) {
      const auto name = in_.string();
      if (!name) return fail(name.error());
      block.parent_kind = ParentKind::root;
      block.parent_name = name->text;
    } else {
      if (const auto read = in_.left_id(block.parent_id); !read) return read;
      block.parent_kind = ParentKind::item;
    }
    if ((info & 0x20) != 0) {
      const auto sub = in_.string();
      if (!sub) return fail(sub.error());
      block.has_parent_sub = true;
      block.parent_sub = sub->text;
    }
  }
  return content(block);
}

template <typename Decoder>
Decoded<void> BlockReader<Decoder>::content(Block& block) {
  const auto set = [](auto& field, const auto& decoded) -> Decoded<void> {
    if (!decoded) return fail(decoded.error());
    field = *decoded;
    return {};
  };
  const auto set_text = [](std::string_view& field, const Decoded<CheckedText>& decoded) {
    if (decoded) field = decoded->text;
    return decoded ? Decoded<void>() : Decoded<void>(fail(decoded.error()));
  };
  block.length = 1;
  switch (block.kind) {
    case ContentKind::deleted:
      return set(block.length, in_.length());
    case ContentKind::json:
    case ContentKind::any:
      return counted(block);
    case ContentKind::binary:
      return set(block.data, in_.buffer());
    case ContentKind::string: {
      const auto read = in_.string();
      if (!read) return fail(read.error());
      block.text = read->text;
      block.length = read->units;
      return {};
    }
    case ContentKind::embed:
      return set(block.text, in_.json());
    case ContentKind::format: {
      if (const auto read = set_text(block.key, in_.key()); !read) return read;
      return set(block.text, in_.json());
    }
    case ContentKind::type: {
      const auto reference = in_.type_ref();
      if (!reference) return fail(reference.error());
      if (*reference > static_cast<std::uint64_t>(TypeRef::xml_text)) {
        return fail(DecodeError::invalid_type_ref);
      }
      block.type_ref = static_cast<TypeRef>(*reference);
      const bool named =
          block.type_ref == TypeRef::xml_element || block.type_ref == TypeRef::xml_hook;
      return named ? set_text(block.text, in_.key()) : Decoded<void>();
    }
    case ContentKind::doc: {
      if (const auto read = set_text(block.text, in_.string()); !read) return read;
      return set(block.data, in_.doc_options());
    }
    case ContentKind::gc:
    case ContentKind::skip:
      break;
  }
  return fail(DecodeError::invalid_content_kind);
}

template <typename Decoder>
Decoded<void> BlockReader<Decoder>::counted(Block& block) {
  const auto count = in_.length();
  if (!count) return fail(count.error());
  block.length = *count;
  const auto values =
      block.kind == ContentKind::any ? in_.any_values(*count) : in_.json_values(*count);
  if (!values) return fail(values.error());
  block.data = *values;
  return {};
}

template <typename Decoder>
Decoded<void> BlockReader<Decoder>::deletes(std::vector<DeleteRange>& ranges) {
  const auto clients = in_.var_uint();
  if (!clients) return fail(clients.error());
  if (*clients > in_.left() / 2) return fail(DecodeError::count_exceeds_input);
  for (std::uint64_t i = 0; i < *clients; ++i) {
    const auto client = in_.var_uint();
    if (!client) return fail(client.error());
    const auto count = in_.var_uint();
    if (!count) return fail(count.error());
    if (*count > in_.left() / 2) return fail(DecodeError::count_exceeds_input);
    if (*count > in_.structs_left()) return fail(DecodeError::too_many_structs);
    in_.count_structs(static_cast<std::size_t>(*count));
    in_.begin_delete_client();
    for (std::uint64_t k = 0; k < *count; ++k) {
      const auto clock = in_.delete_clock();
      if (!clock) return fail(clock.error());
      const auto length = in_.delete_length();
      if (!length) return fail(length.error());
      // V2's clocks are sums, so the clock by itself may be beyond, too.
      if (*clock > righttask::kSafeIntegerMax || *length > righttask::kSafeIntegerMax - *clock) {
        return fail(DecodeError::clock_overflow);
      }
      if (*length != 0) ranges.push_back({*client, *clock, *length});
    }
  }
  if (in_.left() != 0) return fail(DecodeError::trailing_bytes);
  if (!in_.complete()) return fail(DecodeError::invalid_column);
  return {};
}

}  // namespace ydoc
