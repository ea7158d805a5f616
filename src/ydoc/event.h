#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ydoc/events.h"
#include "ydoc/types/shared.h"

// What observers are told. Rules: docs/spec/document.md, DOC-40 onwards.

namespace ydoc {

struct Round;
struct ChangedKeys;

/// Into a key, or to an index: elements of a list, UTF-16 code units of a text.
using PathStep = std::variant<std::string, std::uint32_t>;

/// One step of what happened to a list or a text, from its beginning on: exactly one of insert,
/// retain and remove.
struct Change {
  /// Characters of a text; elements of a list; or one object in a text.
  std::variant<std::monostate, std::string, std::vector<Value>> insert;
  std::uint32_t retain = 0;  // elements, UTF-16 code units of text
  std::uint32_t remove = 0;
  /// Of texts: what inserted content is formatted with, or what became of the formatting of
  /// retained content; null where an attribute was removed. In JavaScript's property order.
  TextFormat attributes;
};

enum class KeyAction : std::uint8_t { add, update, remove };

struct KeyChange {
  std::string key;
  KeyAction action;
  /// Undefined where there was none. A shared type is dead by now, and only says which it was.
  Value old_value;
};

/// A type that a transaction changed, and what of it.
struct TypeChange {
  Shared type;
  bool list;                      // its list, or text
  std::vector<std::string> keys;  // in the order of their first change
};

/// A transaction, as its observers see it. Refers to the document's own record: valid during the
/// call. Each answer is computed when asked for.
class TransactionEvent {
 public:
  TransactionEvent(Doc::Engine& engine, Round& round) : engine_(&engine), round_(&round) {}

  [[nodiscard]] const Origin& origin() const;
  /// Made through this document's types, not received.
  [[nodiscard]] bool local() const;

  /// When it began. O(clients), as the next.
  [[nodiscard]] StateVector state_before() const;
  /// When its observers began to be told; until then as before. What other observers have added
  /// since it began counts, as in Yjs.
  [[nodiscard]] StateVector state_after() const;
  /// What lies between these states, by client in order of appearance.
  [[nodiscard]] std::vector<DeleteRange> inserted() const;
  /// What it deleted, by client in the order of the first deletion, then ascending.
  [[nodiscard]] std::vector<DeleteRange> deleted() const;
  /// The types that existed before and were still there at its end, in the order of their first
  /// change. Nothing before the transaction has ended.
  [[nodiscard]] std::vector<TypeChange> changed() const;

 private:
  Doc::Engine* engine_;
  Round* round_;
};

/// What a transaction did to subdocuments: each once, in the order in which it happened. One that
/// came and went is left out. Each is as it was; of those removed nothing else is left.
struct SubdocumentsEvent {
  std::vector<Subdocument> added;
  /// To be loaded: they came from here, or are loaded by everybody, or were asked for.
  std::vector<Subdocument> loaded;
  std::vector<Subdocument> removed;
  TransactionEvent transaction;
};

/// What a transaction did to one shared type.
///
/// Valid during the call, and so is what it refers to. Compared is the document as it was before
/// the transaction with the document as it is now, so that everything should be asked before a
/// listener edits; what has been asked stays as it was answered.
class Event {
 public:
  Event(Doc::Engine& engine, Round& round, const ChangedKeys& changed);
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  [[nodiscard]] Shared target() const { return target_; }
  /// The type that is observed.
  [[nodiscard]] Shared current_target() const { return current_target_; }
  /// From current_target() to target(), as it is now. O(depth log n).
  [[nodiscard]] const std::vector<PathStep>& path() const;

  /// Of a list or a text; empty where only keys changed. O(items of the list).
  [[nodiscard]] const std::vector<Change>& delta() const;
  /// Keys, or attributes, whose value is another than before, in the order of their first change.
  [[nodiscard]] const std::vector<KeyChange>& keys() const;
  /// Those that were touched, also if nothing came of it.
  [[nodiscard]] std::vector<std::string> keys_changed() const;
  /// The list or the text was touched.
  [[nodiscard]] bool child_list_changed() const;

  [[nodiscard]] const TransactionEvent& transaction() const { return transaction_; }
  [[nodiscard]] const Origin& origin() const { return transaction_.origin(); }
  [[nodiscard]] bool local() const { return transaction_.local(); }

  /// For the library's own use.
  void aim(const Shared& current_target);

 private:
  [[nodiscard]] std::vector<Change> list_delta() const;
  [[nodiscard]] std::optional<KeyChange> key_change(std::uint32_t name) const;

  Doc::Engine& engine_;
  Round& round_;
  const ChangedKeys& changed_;
  TransactionEvent transaction_;
  Shared target_;
  Shared current_target_;
  mutable std::optional<std::vector<PathStep>> path_;
  mutable std::optional<std::vector<Change>> delta_;
  mutable std::optional<std::vector<KeyChange>> keys_;
};

}  // namespace ydoc
