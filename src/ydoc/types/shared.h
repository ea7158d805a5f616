#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ydoc/doc.h"
#include "ydoc/value.h"

namespace ydoc {

class Shared;
class Snapshot;  // ydoc/snapshot.h

/// A place that holds another document, which its owner keeps: here is only what names it. Several
/// places may name the same document. Immutable, and small: copies share what it says.
class Subdocument {
 public:
  Subdocument(std::string guid, Any options, const Id& place);

  [[nodiscard]] const std::string& guid() const { return said_->guid; }
  /// An object: gc, autoLoad and meta where they are not what they usually are.
  [[nodiscard]] const Any& options() const { return said_->options; }
  /// Of the item that holds it.
  [[nodiscard]] const Id& place() const { return said_->place; }

  [[nodiscard]] bool gc() const;
  [[nodiscard]] bool auto_load() const;
  /// Nothing if it has none.
  [[nodiscard]] const Any* meta() const;
  bool operator==(const Subdocument& other) const { return *said_ == *other.said_; }

 private:
  struct Said {
    std::string guid;
    Any options;
    Id place;
    bool operator==(const Said&) const = default;
  };
  std::shared_ptr<const Said> said_;
};

/// What a list or a key holds. 48 bytes, and what texts and containers take outside.
using Value = std::variant<Any, Shared, Subdocument>;

/// Characters of one formatting, or one object.
struct TextRun;

/// A shared type of a document. A small value that names it: copies name the same type.
///
/// The document must outlive it. The type itself may go: alive() tells, reads then find nothing
/// and edits are refused as `gone`. Every edit made outside of Doc::transact is a transaction of
/// its own. Shard-local, as its document.
class Shared {
 public:
  Shared(Doc::Engine& engine, std::uint32_t type);

  /// Unknown once it does not exist.
  [[nodiscard]] TypeKind kind() const;
  [[nodiscard]] bool alive() const;
  /// Deleted or not. Without garbage collection (DocOptions::gc) what was deleted still exists, and
  /// snapshots show what it held.
  [[nodiscard]] bool exists() const;
  /// It is where a document's content begins, and has a name.
  [[nodiscard]] bool is_root() const;
  /// Of an XML element or hook.
  [[nodiscard]] std::string node_name() const;

  /// As toJSON(): JSON text. O(content).
  [[nodiscard]] std::string json() const;

  /// Called after each transaction that changed this type: its list, its text or its keys.
  /// ydoc/event.h says what an event says. Nobody is told about a type that is gone.
  [[nodiscard]] Subscription observe(std::function<void(const Event&)> listener) const;
  /// Called after each transaction that changed this type or types inside, with an event for
  /// each.
  [[nodiscard]] Subscription observe_deep(std::function<void(const Events&)> listener) const;

  bool operator==(const Shared&) const = default;

  /// For the library's own use.
  [[nodiscard]] std::uint32_t id() const { return type_; }
  [[nodiscard]] Doc::Engine& engine() const { return *engine_; }

 protected:
  /// Errors: gone.
  [[nodiscard]] Edited may_remove() const;
  /// Errors: gone, no_client_id, too_large.
  [[nodiscard]] Edited may_insert() const;
  [[nodiscard]] std::uint32_t list_length() const;

 private:
  Doc::Engine* engine_;
  std::uint32_t type_;
  std::uint32_t generation_;
};

struct TextRun {
  std::variant<std::string, Value> content;
  TextFormat attributes;
};

/// What became of text between two snapshots.
enum class TextChange : std::uint8_t { added, removed };
/// What the attribute "ychange" says of the text that begins with the unit `id`. Must not edit.
using ChangeMark = std::function<Any(TextChange change, const Id& id)>;

// Reading at a snapshot works as long as the document keeps what it has deleted (DocOptions::gc
// off); of collected content nothing is seen. It also works on types that have been deleted, as
// long as they exist. Shared types inside are handles of what they are now: read them at the
// snapshot in turn. Costs O(all that the type ever held, and log ranges for each run of it).

/// A list of values, in order.
class Array : public Shared {
 public:
  explicit Array(const Shared& type) : Shared(type) {}

  [[nodiscard]] std::uint32_t size() const { return list_length(); }
  /// Undefined beyond the end. O(log n), and O(run) inside a run of plain values.
  [[nodiscard]] Value get(std::uint32_t index) const;
  [[nodiscard]] std::vector<Value> values() const;
  [[nodiscard]] std::vector<Value> values(const Snapshot& at) const;

  /// Errors: gone, out_of_range (index > size), invalid_utf8, wrong_content, no_client_id,
  /// too_large, too_deep. O(log n + values).
  [[nodiscard]] Edited insert(std::uint32_t index, const std::vector<NewValue>& values);
  /// Behind everything, also behind what was deleted there.
  [[nodiscard]] Edited push(const std::vector<NewValue>& values);
  /// Errors: gone, out_of_range (index + count > size).
  [[nodiscard]] Edited remove(std::uint32_t index, std::uint32_t count = 1);
};

/// Keys and their values.
class Map : public Shared {
 public:
  explicit Map(const Shared& type) : Shared(type) {}

  /// Undefined where there is nothing; so is a key that was set to undefined: see has().
  [[nodiscard]] Value get(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::size_t size() const;
  /// In the order in which they were first set here. O(keys ever set).
  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] Value get(std::string_view key, const Snapshot& at) const;
  /// In the order of keys(). A value that has been collected is undefined.
  [[nodiscard]] std::vector<std::pair<std::string, Value>> entries(const Snapshot& at) const;

  /// Errors: gone, invalid_utf8, wrong_content, no_client_id, too_large, too_deep.
  [[nodiscard]] Edited set(std::string_view key, const NewValue& value);
  /// A key that has no value: nothing happens.
  [[nodiscard]] Edited remove(std::string_view key);
  [[nodiscard]] Edited clear();
};

/// Text with formatting, in which objects may stand. All indexes and lengths count UTF-16 code
/// units, objects one each. An index inside a surrogate pair cuts it: both halves become U+FFFD.
class Text : public Shared {
 public:
  explicit Text(const Shared& type) : Shared(type) {}

  [[nodiscard]] std::uint32_t size() const { return list_length(); }
  /// The characters, without objects; UTF-8. O(content).
  [[nodiscard]] std::string text() const;
  /// What toDelta() gives. O(content).
  [[nodiscard]] std::vector<TextRun> delta() const;
  /// What it was at a snapshot. Cuts the document's items where the snapshot does, in a transaction
  /// of origin "cleanup" that joins them again; a character of two units stays cut (DOC-11).
  [[nodiscard]] std::vector<TextRun> delta(const Snapshot& at);
  /// The same with what was removed since `previous`, as what toDelta(at, previous) gives: text
  /// that was added or removed has the attribute "ychange", of which `mark` makes the value, or
  /// else {"type":"added"} and {"type":"removed"}.
  [[nodiscard]] std::vector<TextRun> delta(const Snapshot& at, const Snapshot& previous,
                                           const ChangeMark& mark = {});

  // An index beyond the end means the end, as in Yjs. Errors: gone, invalid_utf8, wrong_content,
  // no_client_id, too_large, too_deep. O(log n + text + what was deleted at the index); where
  // formatting counts also the stretches of the text before the index that hold marks.

  /// With the formatting of what stands before `index`.
  [[nodiscard]] Edited insert(std::uint32_t index, std::string_view text);
  /// With exactly this formatting.
  [[nodiscard]] Edited insert(std::uint32_t index, std::string_view text, const TextFormat& format);
  /// A plain value or a shared type.
  [[nodiscard]] Edited insert_embed(std::uint32_t index, const NewValue& object,
                                    const TextFormat& format = {});
  [[nodiscard]] Edited remove(std::uint32_t index, std::uint32_t length);
  /// Null removes an attribute. Beyond the end, line feeds are added and formatted, as in Yjs.
  [[nodiscard]] Edited format(std::uint32_t index, std::uint32_t length, const TextFormat& format);
  [[nodiscard]] Edited apply_delta(const std::vector<DeltaOp>& delta);

  // Attributes of the text as a whole.
  [[nodiscard]] Value attribute(std::string_view key) const;
  [[nodiscard]] Edited set_attribute(std::string_view key, const NewValue& value);
  [[nodiscard]] Edited remove_attribute(std::string_view key);
};

using XmlText = Text;  // of kind xml_text

/// A list of XML nodes: elements, texts and hooks.
class XmlFragment : public Shared {
 public:
  explicit XmlFragment(const Shared& type) : Shared(type) {}

  [[nodiscard]] std::uint32_t size() const { return list_length(); }
  [[nodiscard]] Value get(std::uint32_t index) const;
  [[nodiscard]] std::vector<Value> children() const;
  [[nodiscard]] std::vector<Value> children(const Snapshot& at) const;

  /// As Array's.
  [[nodiscard]] Edited insert(std::uint32_t index, const std::vector<NewValue>& nodes);
  [[nodiscard]] Edited remove(std::uint32_t index, std::uint32_t count = 1);
};

class XmlElement : public XmlFragment {
 public:
  explicit XmlElement(const Shared& type) : XmlFragment(type) {}

  [[nodiscard]] Value attribute(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> attribute_names() const;
  [[nodiscard]] Value attribute(std::string_view key, const Snapshot& at) const;
  [[nodiscard]] std::vector<std::pair<std::string, Value>> attributes(const Snapshot& at) const;
  [[nodiscard]] Edited set_attribute(std::string_view key, const NewValue& value);
  [[nodiscard]] Edited remove_attribute(std::string_view key);
};

using XmlHook = Map;  // of kind xml_hook

/// The type as what it is, or nothing if it is something else.
template <typename T>
[[nodiscard]] std::optional<T> as(const Shared& type);
template <typename T>
[[nodiscard]] std::optional<T> as(const Value& value) {
  const auto* type = std::get_if<Shared>(&value);
  return type == nullptr ? std::nullopt : as<T>(*type);
}

}  // namespace ydoc
