#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "ydoc/id.h"

namespace ydoc {

using righttask::Bytes;
using righttask::ByteView;

/// Content references as they stand on the wire, in the low five bits of a struct's info byte.
enum class ContentKind : std::uint8_t {
  gc = 0,
  deleted = 1,
  json = 2,
  binary = 3,
  string = 4,
  embed = 5,
  format = 6,
  type = 7,
  any = 8,
  doc = 9,
  skip = 10,
};

/// Type references as they stand on the wire.
enum class TypeRef : std::uint8_t {
  array = 0,
  map = 1,
  text = 2,
  xml_element = 3,
  xml_fragment = 4,
  xml_hook = 5,
  xml_text = 6,
};

enum class ParentKind : std::uint8_t {
  inherited,  // taken from the left or right origin
  root,       // a root type, by name
  item,       // the type held by an item, by id
};

/// One struct of an update, validated, in a form that both encodings decode to.
/// Views point into the update's bytes (or into storage that the Update owns).
///
/// 96 bytes, since what shares a place never stands on the wire together: a struct names its
/// parent only where it has no origins, and no content has both a key and data.
struct Block {
  constexpr Block() {}  // NOLINT(modernize-use-equals-default): deleted because of the unions

  Id id;
  std::uint64_t length = 0;  // units of clock; never 0
  ContentKind kind = ContentKind::gc;
  ParentKind parent_kind = ParentKind::inherited;
  TypeRef type_ref = TypeRef::array;  // kind type
  bool has_origin = false;
  bool has_right_origin = false;
  bool has_parent_sub = false;  // written even where the key itself is inherited
  union {
    Id origin{};                   // has_origin
    Id parent_id;                  // parent_kind item, no origins
    std::string_view parent_name;  // parent_kind root, no origins
  };
  union {
    Id right_origin{};            // has_right_origin
    std::string_view parent_sub;  // has_parent_sub, no origins: the key in a map-like parent
  };

  /// string: the text as UTF-8. embed, format: the value, see codec/value_text.h. type: the node
  /// or hook name (xml_element, xml_hook). doc: the guid.
  std::string_view text;
  union {
    std::string_view key{};  // format: the attribute's name
    /// binary: the bytes. any: `length` values in lib0's any encoding, as lib0 would write them.
    /// json: `length` strings, each a varString of JSON text or "undefined". doc: the options,
    /// one any. These are the bytes of the V1 content without its count, so V1 can copy them.
    ByteView data;
  };
};
static_assert(sizeof(Block) == 96 && std::is_trivially_copyable_v<Block>);

}  // namespace ydoc
