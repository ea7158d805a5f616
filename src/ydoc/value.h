#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ydoc/any.h"
#include "ydoc/type_kind.h"

// What goes into a document: plain values, shared types with their content, subdocuments.

namespace ydoc {

class NewValue;
struct NewEntry;

/// One step of a delta: exactly one of insert (a text, or an object), retain and remove.
struct DeltaOp;

/// Attributes of a run of text, in the order in which they are set. Null removes one.
using TextFormat = std::vector<AnyMember>;

/// A subdocument to be: its guid, and the options that Yjs keeps (gc, autoLoad, meta).
struct NewDoc {
  std::string guid;
  bool gc = true;
  bool auto_load = false;  // everyone who has the document wants this one too
  std::optional<Any> meta = std::nullopt;
  /// Whether it is wanted here: observers of subdocuments are asked to load it. Not written.
  bool should_load = true;
};

/// A shared type to be, with its content. It is written as Yjs writes a type that was filled
/// before it was integrated: the type, then the list, then the keys in the order given.
struct NewType {
  TypeKind kind = TypeKind::map;
  std::string name;                // of an XML element or hook
  std::vector<NewValue> children;  // array, XML fragment, XML element
  std::vector<NewEntry> entries;   // map, XML hook; attributes of texts and XML elements
  std::vector<DeltaOp> delta;      // text, XML text

  // Defined where the types it holds are complete.
  NewType();
  NewType(const NewType& other);
  NewType(NewType&& other) noexcept;
  NewType& operator=(const NewType& other);
  NewType& operator=(NewType&& other) noexcept;
  ~NewType();

  [[nodiscard]] static NewType array();
  [[nodiscard]] static NewType array(std::vector<NewValue> children);
  [[nodiscard]] static NewType map();
  [[nodiscard]] static NewType map(std::vector<NewEntry> entries);
  [[nodiscard]] static NewType text(std::string_view text = {});
  [[nodiscard]] static NewType xml_text(std::string_view text = {});
  [[nodiscard]] static NewType xml_element(std::string name);
  [[nodiscard]] static NewType xml_element(std::string name, std::vector<NewValue> children);
  [[nodiscard]] static NewType xml_element(std::string name, std::vector<NewValue> children,
                                           std::vector<NewEntry> attributes);
  [[nodiscard]] static NewType xml_fragment();
  [[nodiscard]] static NewType xml_fragment(std::vector<NewValue> children);
};

/// Anything that an array can hold or a key can be set to: exactly one of a plain value, a shared
/// type and a subdocument. Immutable; copies share what is not plain.
class NewValue {
 public:
  NewValue(Any plain) : value_(std::move(plain)) {}                                     // NOLINT
  NewValue(NewType type) : value_(std::make_shared<const NewType>(std::move(type))) {}  // NOLINT
  NewValue(NewDoc doc) : value_(std::make_shared<const NewDoc>(std::move(doc))) {}      // NOLINT
  NewValue(std::string_view text) : value_(Any{std::string(text)}) {}                   // NOLINT
  NewValue(const std::string& text) : value_(Any{text}) {}                              // NOLINT
  NewValue(const char* text) : value_(Any{std::string(text)}) {}                        // NOLINT
  template <typename T>
    requires std::is_arithmetic_v<T>
  NewValue(T number) : value_(plain_of(number)) {}  // NOLINT

  /// What it is; nullptr what it is not.
  [[nodiscard]] const Any* plain() const { return std::get_if<Any>(&value_); }
  [[nodiscard]] const NewType* type() const { return held<NewType>(); }
  [[nodiscard]] const NewDoc* document() const { return held<NewDoc>(); }

 private:
  template <typename T>
  [[nodiscard]] const T* held() const {
    const auto* const pointer = std::get_if<std::shared_ptr<const T>>(&value_);
    return pointer == nullptr ? nullptr : pointer->get();
  }
  static Any plain_of(bool flag) { return Any{flag}; }
  template <typename T>
  static Any plain_of(T number) {
    return Any{static_cast<double>(number)};
  }

  std::variant<Any, std::shared_ptr<const NewType>, std::shared_ptr<const NewDoc>> value_;
};

struct NewEntry {
  std::string key;
  NewValue value;
};

struct DeltaOp {
  /// What is inserted: a text, or one object (an embedded value, a shared type, a subdocument).
  std::optional<std::variant<std::string, NewValue>> insert = std::nullopt;
  std::uint32_t retain = 0;  // UTF-16 code units, objects counting one
  std::uint32_t remove = 0;
  TextFormat attributes = {};
};

/// Arrays and objects inside one another in a plain value: what DecodeLimits lets pass, so that
/// others take in what is made here.
inline constexpr unsigned kPlainDepthMax = 100;
/// New types inside one another, in one edit: as far down as views show them.
inline constexpr unsigned kTypeDepthMax = 500;

/// Why an edit was not made; the document is as it was.
enum class EditError : std::uint8_t {
  gone,           // the shared type has been deleted
  out_of_range,   // an index or a length beyond the end of the list
  invalid_utf8,   // a text, a key or a name is not well-formed UTF-8
  wrong_content,  // the type cannot hold that: XML holds XML, a text no subdocument
  no_client_id,   // DocOptions::client_id was not given
  too_large,      // clocks end at 2^32-1, and a text grows by 2^28 units at a time
  too_deep,       // beyond kPlainDepthMax or kTypeDepthMax
};
[[nodiscard]] std::string_view to_string(EditError error);

/// An edit is made, or refused with the document as it was.
using Edited = righttask::Result<void, EditError>;

}  // namespace ydoc
