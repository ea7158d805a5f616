#pragma once

#include <string>
#include <string_view>

#include "ydoc/any.h"
#include "ydoc/doc.h"

// What a document says, as JSON text. Rules: docs/spec/document.md, DOC-20 onwards.

namespace ydoc {

/// How values are written. Plain JSON loses what it cannot hold; another style may keep it.
class ValueStyle {
 public:
  virtual ~ValueStyle() = default;
  virtual void value(std::string& out, const Any& value) const;
  virtual void text(std::string& out, std::string_view text) const;
  /// {"guid":…,"opts":{…}}, or what the style makes of it.
  virtual void subdocument(std::string& out, std::string_view guid, const Any& options) const;
  /// Whether members that are undefined are written.
  [[nodiscard]] virtual bool keeps_undefined() const { return false; }
};

/// Shared types inside are followed down to this depth; deeper ones appear as null.
inline constexpr unsigned kViewDepthMax = 500;

// Each appends one JSON value for the root `name`, of the kind it was declared as or else of the
// kind its content suggests; a root that does not exist appears as null. Time and text are
// linear in the content, the XML form of formatted text aside.

/// As toJSON(): arrays and maps as such, text as a string, XML as a string of markup.
void append_root_json(std::string& out, const Doc& doc, std::string_view name,
                      const ValueStyle& style = {});

/// A text as a list of {"insert":…,"attributes":{…}}; shared types inside as trees. An empty
/// list for what is not a text.
void append_root_delta(std::string& out, const Doc& doc, std::string_view name,
                       const ValueStyle& style = {});

/// The key-value side of a type: of a text or an element its attributes. False, and nothing
/// appended, if it is empty.
bool append_root_attributes(std::string& out, const Doc& doc, std::string_view name,
                            const ValueStyle& style = {});

/// {"$":"type","t":kind,…} with everything inside in the same form: `v` the list of an array,
/// the object of a map or hook, the delta of a text; `c` the children of XML; `name`; `attrs`.
void append_root_tree(std::string& out, const Doc& doc, std::string_view name,
                      const ValueStyle& style = {});

/// Whether a shared type or a subdocument's place holds a shared type directly in the root.
[[nodiscard]] bool root_holds_types(const Doc& doc, std::string_view name);

/// A shared type of a document's store, as the root functions write roots. For the library's use.
void append_type_json(std::string& out, const Store& store, std::uint32_t type,
                      const ValueStyle& style = {});

void append_type_tree(std::string& out, const Store& store, std::uint32_t type,
                      const ValueStyle& style = {});

/// All roots as one JSON object, name to JSON.
[[nodiscard]] std::string doc_json(const Doc& doc);

/// "array", "map", "text", "xmlelement", "xmlfragment", "xmlhook", "xmltext", "unknown".
[[nodiscard]] std::string_view to_string(TypeKind kind);

}  // namespace ydoc
