#pragma once

#include <string_view>

#include "ydoc/doc.h"
#include "ydoc/store/store.h"

namespace ydoc::testing {

/// A replica that edits, for tests: makes the updates that a Yjs client would send, from the
/// state of its own document.
class Author {
 public:
  explicit Author(ClientId id, const DocOptions& options = {}) : id_(id), doc_(options) {}

  /// Each applies an edit to the own document and returns it as an update. Positions count units
  /// from the start of the list of `parent`, which may be any type of the document.
  Bytes insert_text(TypeId parent, std::uint32_t at, std::string_view text);
  Bytes insert_value(TypeId parent, std::uint32_t at, std::int64_t value);
  Bytes insert_format(TypeId parent, std::uint32_t at, std::string_view key, std::string_view json);
  Bytes insert_type(TypeId parent, std::uint32_t at, TypeRef kind, std::string_view name = {});
  Bytes set_value(TypeId parent, std::string_view key, std::int64_t value);
  Bytes set_type(TypeId parent, std::string_view key, TypeRef kind);
  Bytes remove(TypeId parent, std::uint32_t at, std::uint32_t length);
  Bytes remove_key(TypeId parent, std::string_view key);

  /// The root, made if need be.
  [[nodiscard]] TypeId root(std::string_view name, TypeKind kind);
  [[nodiscard]] std::uint32_t length(TypeId type) const { return doc_.store().types[type].length; }
  /// Every type that is alive, roots first.
  [[nodiscard]] std::vector<TypeId> types() const;

  void receive(ByteView update);
  [[nodiscard]] Doc& doc() { return doc_; }
  [[nodiscard]] ClientId id() const { return id_; }

 private:
  [[nodiscard]] Block next_block(ContentKind kind, std::uint64_t length) const;
  void place_in_list(Block& block, TypeId parent, std::uint32_t at) const;
  void place_under_key(Block& block, TypeId parent, std::string_view key) const;
  void name_parent(Block& block, TypeId parent) const;
  Bytes send(const Block& block);
  Bytes send_deletes(std::vector<DeleteRange> ranges);

  ClientId id_;
  Doc doc_;
};

}  // namespace ydoc::testing
