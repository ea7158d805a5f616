#pragma once

#include "ydoc/block.h"
#include "ydoc/codec/update_writer.h"

namespace ydoc {

/// A Block in the shape that the writers take structs in: fields to ask for.
class BlockFields {
 public:
  explicit BlockFields(const Block& block) : block_(block) {}

  [[nodiscard]] ContentKind kind() const { return block_.kind; }
  [[nodiscard]] std::uint64_t length() const { return block_.length; }
  [[nodiscard]] bool has_origin() const { return block_.has_origin; }
  [[nodiscard]] bool has_right_origin() const { return block_.has_right_origin; }
  [[nodiscard]] bool has_parent_sub() const { return block_.has_parent_sub; }
  [[nodiscard]] Id origin() const { return block_.origin; }
  [[nodiscard]] Id right_origin() const { return block_.right_origin; }
  [[nodiscard]] Id id_before(std::uint64_t offset) const {
    return {block_.id.client, block_.id.clock + offset - 1};
  }
  [[nodiscard]] ParentKind parent_kind() const { return block_.parent_kind; }
  [[nodiscard]] std::string_view parent_name() const { return block_.parent_name; }
  [[nodiscard]] Id parent_id() const { return block_.parent_id; }
  [[nodiscard]] std::string_view parent_sub() const { return block_.parent_sub; }
  [[nodiscard]] std::string_view text() const { return block_.text; }
  [[nodiscard]] std::string_view key() const { return block_.key; }
  [[nodiscard]] ByteView data() const { return block_.data; }
  [[nodiscard]] ByteView data_from(std::uint64_t offset) const {
    return block_.data.subspan(values_bytes(block_.kind, block_.data, offset));
  }
  [[nodiscard]] TypeRef type_ref() const { return block_.type_ref; }

 private:
  const Block& block_;
};

}  // namespace ydoc
