#include "ydoc/undo_manager.h"

#include <algorithm>
#include <ranges>

#include "base/check.h"
#include "ydoc/doc_engine.h"
#include "ydoc/undo/restorer.h"

namespace ydoc {
// Scope ------------------------------------------------------------------------------------------

/// As Yjs's changedParentTypes: types that were deleted since do not count.
ChangedTypes::ChangedTypes(Doc::Engine& engine, const Round& round) : engine_(&engine) {
  const Store& store = engine.store;
  for (TypeId type : round.changes.changed()) {
    ItemRef holder = store.types[type].item;
    if (holder != kNoItem && store.items[holder].deleted) continue;
    while (ids_.insert(type).second && holder != kNoItem) {
      type = store.items[holder].parent;
      holder = store.types[type].item;
    }
  }
}

bool ChangedTypes::contains(const Shared& type) const {
  return engine_ != nullptr && ids_.contains(type.id()) && Shared(*engine_, type.id()) == type;
}

/// Whether items lie in the scope; remembers what it finds out about types, so that each is
/// climbed once. Lives inside a transaction.
class UndoManager::ScopeCheck {
 public:
  explicit ScopeCheck(const UndoManager& manager) : manager_(manager) {}

  [[nodiscard]] bool holds(const Item& item) {
    if (manager_.whole_document_) return true;
    const Store& store = manager_.engine_.store;
    path_.clear();
    bool inside = false;
    for (TypeId type = item.parent;;) {
      if (const auto known = known_.find(type); known != known_.end()) {
        inside = known->second;
        break;
      }
      path_.push_back(type);
      if (in_scope(type)) {
        inside = true;
        break;
      }
      const ItemRef holder = store.types[type].item;
      if (holder == kNoItem) break;
      type = store.items[holder].parent;
    }
    for (const TypeId type : path_) known_.emplace(type, inside);
    return inside;
  }

 private:
  [[nodiscard]] bool in_scope(TypeId type) const {
    const auto found = manager_.scope_.find(type);
    return found != manager_.scope_.end() && Shared(manager_.engine_, type) == found->second;
  }

  const UndoManager& manager_;
  std::unordered_map<TypeId, bool> known_;
  std::vector<TypeId> path_;
};

UndoManager::UndoManager(Doc& doc, UndoOptions options)
    : engine_(doc.engine()), options_(std::move(options)) {
  CHECK(options_.now != nullptr);
  whole_document_ = true;
  add_tracked_origin(origin());
  subscription_ = engine_.observers().after_transaction.add([this](Round& round) {
    if (popping_ == &round) popped_changed_ = ChangedTypes(engine_, round);
    capture(round);
  });
}

UndoManager::UndoManager(Doc& doc, const std::vector<Shared>& scope, UndoOptions options)
    : UndoManager(doc, std::move(options)) {
  whole_document_ = false;
  for (const Shared& type : scope) add_to_scope(type);
}

void UndoManager::add_to_scope(const Shared& type) {
  CHECK(&type.engine() == &engine_);
  scope_.insert_or_assign(type.id(), type);
}

void UndoManager::add_tracked_origin(Origin origin) {
  if (!tracks(origin)) options_.tracked_origins.push_back(std::move(origin));
}

void UndoManager::remove_tracked_origin(const Origin& origin) {
  std::erase(options_.tracked_origins, origin);
}

bool UndoManager::tracks(const Origin& origin) const {
  return std::ranges::find(options_.tracked_origins, origin) != options_.tracked_origins.end();
}

bool UndoManager::concerns(const ChangedTypes& changed) const {
  return whole_document_ || std::ranges::any_of(changed.ids(), [&](TypeId type) {
           const auto found = scope_.find(type);
           return found != scope_.end() && changed.contains(found->second);
         });
}

// Capturing --------------------------------------------------------------------------------------

Subscription UndoManager::on_item_added(std::function<void(const StackEvent&)> listener) {
  return added_.add(std::move(listener));
}
Subscription UndoManager::on_item_updated(std::function<void(const StackEvent&)> listener) {
  return updated_.add(std::move(listener));
}
Subscription UndoManager::on_item_popped(std::function<void(const StackEvent&)> listener) {
  return popped_.add(std::move(listener));
}
Subscription UndoManager::on_cleared(std::function<void(const StackClearedEvent&)> listener) {
  return cleared_.add(std::move(listener));
}

bool UndoManager::joins(const Stack& stack, righttask::Instant now) const {
  return last_change_ && now - *last_change_ < options_.capture_timeout && !stack.empty() &&
         !undoing_ && !redoing_;
}

/// A transaction has ended; nothing of it has been collected yet. Comes last for the manager: what
/// it calls may be its end.
void UndoManager::capture(Round& round) {
  if (round.changes.empty() || !tracks(round.origin)) return;
  const ChangedTypes changed(engine_, round);
  if (!concerns(changed)) return;
  if (options_.capture_change && !options_.capture_change({round.origin, round.local, changed})) {
    return;
  }
  const std::weak_ptr<const bool> life = life_;
  Stack& stack = undoing_ ? redo_stack_ : undo_stack_;
  if (undoing_) {
    stop_capturing();  // a change after an undo does not join what is below it
  } else if (!redoing_) {
    clear_redo();
    if (life.expired()) return;
  }
  const righttask::Instant now = options_.now();
  const bool joining = joins(stack, now);
  if (!joining) stack.push_back(std::make_shared<StackItem>());
  const std::shared_ptr<StackItem> pinned = stack.back();
  StackItem& item = *pinned;
  for (const AddedRange& range : round.added) {
    item.insertions.add(range.client, range.clock, range.end);
  }
  RangeSet deletions;
  for (const DeletedRange& range : round.changes.deleted()) {
    deletions.add(range.client, range.clock, range.clock + range.length);
    item.deletions.add(range.client, range.clock, range.clock + range.length);
  }
  if (!undoing_ && !redoing_) last_change_ = now;
  ScopeCheck scope(*this);
  visit_items(round.changes, deletions, [&](ItemRef ref) {
    if (scope.holds(engine_.store.items[ref])) keep_item(engine_.store, ref, true);
  });
  const StackEvent event{item, undoing_ ? UndoStack::redo : UndoStack::undo, round.origin, changed};
  forget_oldest(stack);
  if (!life.expired()) (joining ? updated_ : added_).call(event);
}

/// What was kept for the sake of an item need not be any more.
void UndoManager::forget(StackItem& item) {
  ScopeCheck scope(*this);
  visit_items(engine_.changes(), item.deletions, [&](ItemRef ref) {
    if (scope.holds(engine_.store.items[ref])) keep_item(engine_.store, ref, false);
  });
}

void UndoManager::forget_oldest(Stack& stack) {
  if (stack.size() <= options_.items_max) return;
  engine_.transact({}, [&] {
    for (; stack.size() > options_.items_max; stack.pop_front()) forget(*stack.front());
  });
}

void UndoManager::clear(bool undo, bool redo) {
  if ((!undo || !can_undo()) && (!redo || !can_redo())) return;
  engine_.transact({}, [&] {
    const auto empty = [&](Stack& stack) {
      for (const auto& item : stack) forget(*item);
      stack.clear();
    };
    if (undo) empty(undo_stack_);
    if (redo) empty(redo_stack_);
    cleared_.call(StackClearedEvent{undo, redo});
  });
}

// Undoing ----------------------------------------------------------------------------------------

std::shared_ptr<StackItem> UndoManager::undo() {
  return pop(UndoStack::undo);
}

std::shared_ptr<StackItem> UndoManager::redo() {
  return pop(UndoStack::redo);
}

/// In Yjs one undo within another takes nothing back either, but tells once more of the outer one.
std::shared_ptr<StackItem> UndoManager::pop(UndoStack which) {
  if (undoing_ || redoing_) return nullptr;
  const std::weak_ptr<const bool> life = life_;
  const auto rest = [&] {
    if (life.expired()) return;
    undoing_ = redoing_ = false;
    popping_ = nullptr;
    current_ = nullptr;
  };
  (which == UndoStack::undo ? undoing_ : redoing_) = true;
  popped_changed_ = {};
  std::shared_ptr<StackItem> item;
  try {
    engine_.transact(origin(), [&] {
      popping_ = &engine_.round();
      item = take_newest(which == UndoStack::undo ? undo_stack_ : redo_stack_);
      current_ = item;
    });
    if (item != nullptr && !life.expired()) {
      popping_ = nullptr;
      const Origin self = origin();
      const ChangedTypes changed = std::move(popped_changed_);
      popped_.call(StackEvent{*item, which, self, changed});
    }
  } catch (...) {
    rest();
    throw;
  }
  rest();
  return item;
}

/// Items of which nothing is left to take back are passed over.
std::shared_ptr<StackItem> UndoManager::take_newest(Stack& stack) {
  while (!stack.empty()) {
    std::shared_ptr<StackItem> item = std::move(stack.back());
    stack.pop_back();
    if (take_back(*item)) return item;
  }
  return nullptr;
}

/// Returns whether there was anything to do.
bool UndoManager::take_back(const StackItem& item) {
  Store& store = engine_.store;
  Transaction& changes = engine_.changes();
  ScopeCheck scope(*this);
  std::vector<ItemRef> doomed;
  visit_items(changes, item.insertions, [&](ItemRef ref) {
    const ItemRef copy = newest_copy(changes, ref);
    if (copy == kCollected || store.items[copy].deleted) return;
    if (scope.holds(store.items[copy])) doomed.push_back(copy);
  });
  Restorer restorer(engine_, {item.insertions,
                              [this](ShortId id) {
                                return deleted_by(undo_stack_, id) || deleted_by(redo_stack_, id);
                              },
                              options_.ignore_remote_map_changes, options_.steps_max});
  visit_items(changes, item.deletions, [&](ItemRef ref) {
    const Item& deleted = store.items[ref];
    // What came and went within one stack item does not come back.
    if (item.insertions.contains({deleted.client, deleted.clock})) return;
    if (scope.holds(deleted)) restorer.want(ref);
  });
  bool changed = restorer.run();
  // Children before parents, so that the filter sees both.
  for (const ItemRef ref : doomed | std::views::reverse) {
    if (!may_delete(ref)) continue;
    changes.remove(ref);
    changed = true;
  }
  return changed;
}

bool UndoManager::may_delete(ItemRef ref) const {
  if (!options_.may_delete) return true;
  const Store& store = engine_.store;
  const Item& item = store.items[ref];
  UndoDeletion deletion{Shared(engine_, item.parent), std::nullopt, std::nullopt, item.length};
  if (item.parent_sub != kNoName) deletion.key = store.names[item.parent_sub];
  if (item.kind == ContentKind::type) deletion.type = Shared(engine_, item.type());
  return options_.may_delete(deletion);
}

bool UndoManager::deleted_by(const Stack& stack, ShortId id) const {
  return std::ranges::any_of(stack, [&](const auto& item) { return item->deletions.contains(id); });
}

}  // namespace ydoc
