#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "ydoc/store/range_set.h"
#include "ydoc/types/shared.h"

namespace ydoc {

struct Round;

/// What one undo or redo takes back, and what its user wants to remember with it.
struct StackItem {
  RangeSet insertions;
  RangeSet deletions;
  /// Where the cursor was, for example. Listeners put it here when the item is added or updated,
  /// and find it when the item is popped.
  std::map<std::string, std::any, std::less<>> meta;
};

/// The types that a transaction changed, and those that they lie in.
class ChangedTypes {
 public:
  ChangedTypes() = default;
  ChangedTypes(Doc::Engine& engine, const Round& round);

  [[nodiscard]] bool contains(const Shared& type) const;
  [[nodiscard]] const std::unordered_set<std::uint32_t>& ids() const { return ids_; }

 private:
  Doc::Engine* engine_ = nullptr;
  std::unordered_set<std::uint32_t> ids_;
};

/// A transaction that is about to go onto a stack.
struct CapturedChange {
  const Origin& origin;
  bool local;
  const ChangedTypes& changed;
};

/// A piece of content that an undo or redo is about to delete.
struct UndoDeletion {
  Shared parent;
  std::optional<std::string> key;  // under which it lies; none in lists
  std::optional<Shared> type;      // that the content is, if it is one
  std::uint32_t length;            // of lists: elements, UTF-16 code units of text
};

enum class UndoStack : std::uint8_t { undo, redo };

struct StackEvent {
  StackItem& item;
  /// Onto which stack it went, or which stack it was taken from.
  UndoStack stack;
  const Origin& origin;  // of the transaction
  const ChangedTypes& changed;
};

struct StackClearedEvent {
  bool undo;
  bool redo;
};

struct UndoOptions {
  /// Reads the clock, once for each change that is captured. Needed.
  std::function<righttask::Instant()> now;
  /// A change within this time of the last one joins its stack item.
  righttask::Duration capture_timeout = std::chrono::milliseconds(500);
  /// Whose changes are captured; those of the manager itself are too. Nobody in particular is
  /// also the origin of a received update that was applied without one.
  std::vector<Origin> tracked_origins = {Origin{}};
  /// False: this change stays out, though its origin is tracked.
  std::function<bool(const CapturedChange&)> capture_change;
  /// False: this piece stays, though what is undone inserted it.
  std::function<bool(const UndoDeletion&)> may_delete;
  /// A key's old value comes back even where somebody else has set another one since.
  bool ignore_remote_map_changes = false;
  /// Items a stack holds; the oldest are forgotten.
  std::size_t items_max = SIZE_MAX;
  /// Items passed over in one undo while looking for places. Beyond, content comes back at the
  /// beginning of its list, and values of keys only where nothing has been set since.
  std::uint64_t steps_max = 10'000'000;
};

/// Takes back what was done to shared types by certain origins, and does it again.
///
/// Undoing is an edit like any other: what was inserted is deleted, what was deleted is inserted
/// anew; others see it as that. Deleted content that may come back is kept in memory.
///
/// The document must outlive its use. Listeners may do anything, end the manager's life included;
/// filters must not. Shard-local; throws what listeners and filters throw.
/// Source: Yjs 13.6, src/utils/UndoManager.js. Rules: docs/spec/document.md, DOC-60 and on.
class UndoManager {
 public:
  /// The newest last. Shared, so that an item lasts as long as somebody is told of it, whatever
  /// listeners do to the stack meanwhile.
  using Stack = std::deque<std::shared_ptr<StackItem>>;

  /// Of the whole document.
  UndoManager(Doc& doc, UndoOptions options);
  /// Of these types of the document and all inside them.
  UndoManager(Doc& doc, const std::vector<Shared>& scope, UndoOptions options);
  UndoManager(const UndoManager&) = delete;
  UndoManager& operator=(const UndoManager&) = delete;

  /// Takes back the newest change of which anything is left to take back. Returns it; nothing if
  /// there was none, or while another undo or redo is at work. O(pieces * log n), of keys
  /// O(pieces * items on the stacks); see UndoOptions::steps_max.
  std::shared_ptr<StackItem> undo();
  /// The same with the newest undo, as long as nothing else has been done since.
  std::shared_ptr<StackItem> redo();
  [[nodiscard]] bool can_undo() const { return !undo_stack_.empty(); }
  [[nodiscard]] bool can_redo() const { return !redo_stack_.empty(); }

  /// The next change starts a stack item of its own.
  void stop_capturing() { last_change_.reset(); }
  void clear() { clear(true, true); }
  void clear_undo() { clear(true, false); }
  void clear_redo() { clear(false, true); }

  void add_to_scope(const Shared& type);
  void add_document_to_scope() { whole_document_ = true; }
  void add_tracked_origin(Origin origin);
  void remove_tracked_origin(const Origin& origin);
  /// The origin of what undo() and redo() do.
  [[nodiscard]] Origin origin() const { return Origin{static_cast<const void*>(this)}; }

  [[nodiscard]] Subscription on_item_added(std::function<void(const StackEvent&)> listener);
  /// A change has joined the newest item.
  [[nodiscard]] Subscription on_item_updated(std::function<void(const StackEvent&)> listener);
  [[nodiscard]] Subscription on_item_popped(std::function<void(const StackEvent&)> listener);
  [[nodiscard]] Subscription on_cleared(std::function<void(const StackClearedEvent&)> listener);

  [[nodiscard]] const Stack& undo_stack() const { return undo_stack_; }
  [[nodiscard]] const Stack& redo_stack() const { return redo_stack_; }
  /// While an undo or redo is at work and told about: the item that it took back.
  [[nodiscard]] StackItem* current_item() const { return current_.get(); }

 private:
  class ScopeCheck;

  void capture(Round& round);
  [[nodiscard]] bool tracks(const Origin& origin) const;
  [[nodiscard]] bool concerns(const ChangedTypes& changed) const;
  [[nodiscard]] bool joins(const Stack& stack, righttask::Instant now) const;
  void forget(StackItem& item);
  void forget_oldest(Stack& stack);
  void clear(bool undo, bool redo);

  std::shared_ptr<StackItem> pop(UndoStack which);
  [[nodiscard]] std::shared_ptr<StackItem> take_newest(Stack& stack);
  [[nodiscard]] bool take_back(const StackItem& item);
  [[nodiscard]] bool may_delete(ItemRef ref) const;
  [[nodiscard]] bool deleted_by(const Stack& stack, ShortId id) const;

  Doc::Engine& engine_;
  UndoOptions options_;
  bool whole_document_ = false;
  std::unordered_map<std::uint32_t, Shared> scope_;  // by id
  Stack undo_stack_;
  Stack redo_stack_;
  bool undoing_ = false;
  bool redoing_ = false;
  std::shared_ptr<StackItem> current_;
  const Round* popping_ = nullptr;  // the transaction in which something is taken back
  ChangedTypes popped_changed_;
  std::optional<righttask::Instant> last_change_;  // nothing: a new item comes next
  Listeners<const StackEvent&> added_;
  Listeners<const StackEvent&> updated_;
  Listeners<const StackEvent&> popped_;
  Listeners<const StackClearedEvent&> cleared_;
  Subscription subscription_;
  /// Ends with the manager: who has called listeners asks whether it is still there.
  std::shared_ptr<const bool> life_ = std::make_shared<const bool>(true);
};

}  // namespace ydoc
