#pragma once

#include "ydoc/codec/update_writer.h"
#include "ydoc/store/store.h"

namespace ydoc {

/// An item in the shape of a Block, looked up field by field as it is asked for: a writer that
/// copies each field once need not have them gathered first. Borrows both.
class StoredStruct {
 public:
  StoredStruct(const Store& store, const Item& item) : store_(store), item_(item) {}

  [[nodiscard]] ContentKind kind() const { return item_.kind; }
  [[nodiscard]] std::uint64_t length() const { return item_.length; }
  [[nodiscard]] bool has_origin() const { return item_.origin.exists(); }
  [[nodiscard]] bool has_right_origin() const { return item_.right_origin.exists(); }
  [[nodiscard]] bool has_parent_sub() const { return item_.parent_sub != kNoName; }

  [[nodiscard]] CodedId origin() const { return coded(item_.origin); }
  [[nodiscard]] CodedId right_origin() const { return coded(item_.right_origin); }
  /// The unit before the unit `offset` of this struct.
  [[nodiscard]] CodedId id_before(std::uint64_t offset) const {
    return {&store_.clients[item_.client].coded, item_.clock + offset - 1};
  }

  // Of an item without origins.
  [[nodiscard]] ParentKind parent_kind() const {
    return store_.types[item_.parent].item == kNoItem ? ParentKind::root : ParentKind::item;
  }
  [[nodiscard]] std::string_view parent_name() const {
    return store_.names[store_.types[item_.parent].name];
  }
  [[nodiscard]] CodedId parent_id() const {
    const Item& holder = store_.items[store_.types[item_.parent].item];
    return coded({holder.client, holder.clock});
  }

  [[nodiscard]] std::string_view parent_sub() const { return store_.names[item_.parent_sub]; }

  [[nodiscard]] std::string_view text() const {
    switch (item_.kind) {
      case ContentKind::string:
      case ContentKind::embed:
        return item_.bytes();
      case ContentKind::format:
        return store_.names[item_.format_value()];
      case ContentKind::type: {
        const NameId name = store_.types[item_.type()].name;
        return name == kNoName ? std::string_view() : store_.names[name];
      }
      case ContentKind::doc:
        return doc_guid(item_);
      default:
        return {};
    }
  }
  [[nodiscard]] std::string_view key() const {
    return item_.kind == ContentKind::format ? store_.names[item_.format_key()]
                                             : std::string_view();
  }
  [[nodiscard]] ByteView data() const {
    switch (item_.kind) {
      case ContentKind::any:
      case ContentKind::json:
      case ContentKind::binary:
        return righttask::byte_view(item_.bytes());
      case ContentKind::doc:
        return doc_options(item_);
      default:
        return {};
    }
  }
  /// Of a run of values: those from the unit `offset` on. O(values before), but for the ones that
  /// were appended last.
  [[nodiscard]] ByteView data_from(std::uint64_t offset) const {
    const Store::RunTail& tail = store_.tail;
    if (tail.ref != kNoItem && &store_.items[tail.ref] == &item_ && tail.units == offset) {
      return data().subspan(tail.bytes);
    }
    return data().subspan(values_bytes(item_.kind, data(), offset));
  }
  [[nodiscard]] TypeRef type_ref() const {
    return item_.kind == ContentKind::type ? static_cast<TypeRef>(store_.types[item_.type()].kind)
                                           : TypeRef::array;
  }

 private:
  [[nodiscard]] CodedId coded(ShortId id) const {
    return {&store_.clients[id.client].coded, id.clock};
  }

  const Store& store_;
  const Item& item_;
};

}  // namespace ydoc
