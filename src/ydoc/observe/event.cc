// What a transaction did to a list and to keys. Source: Yjs 13.6, src/utils/YEvent.js.

#include "ydoc/event.h"

#include <algorithm>

#include "ydoc/doc_engine.h"
#include "ydoc/observe/text_delta.h"
#include "ydoc/types/shared_impl.h"

namespace ydoc {
namespace {

/// Undefined where an item has no content any more. Source: array.last(getContent()).
Value last_element(Doc::Engine& engine, const Item& item) {
  Value last = Any{Undefined{}};
  for_each_element(engine, item, [&](Value&& value) { last = std::move(value); });
  return last;
}

/// Steps of a delta that is being made, equal ones joined.
class ListDelta {
 public:
  void retain(std::uint32_t length) {
    if (changes_.empty() || changes_.back().retain == 0) changes_.emplace_back();
    changes_.back().retain += length;
  }
  void remove(std::uint32_t length) {
    if (changes_.empty() || changes_.back().remove == 0) changes_.emplace_back();
    changes_.back().remove += length;
  }
  [[nodiscard]] std::vector<Value>& inserted() {
    using Values = std::vector<Value>;
    if (changes_.empty() || !std::holds_alternative<Values>(changes_.back().insert)) {
      changes_.emplace_back().insert = Values{};
    }
    return std::get<Values>(changes_.back().insert);
  }
  /// What is retained at the end goes without saying.
  [[nodiscard]] std::vector<Change> take() {
    if (!changes_.empty() && changes_.back().retain > 0) changes_.pop_back();
    return std::move(changes_);
  }

 private:
  std::vector<Change> changes_;
};

void append_elements(Doc::Engine& engine, const Item& item, const Piece& piece,
                     std::vector<Value>& values) {
  std::uint32_t at = 0;
  for_each_element(engine, item, [&](Value&& value) {
    if (at >= piece.offset && at - piece.offset < piece.length) values.push_back(std::move(value));
    ++at;
  });
}

}  // namespace

Event::Event(Doc::Engine& engine, Round& round, const ChangedKeys& changed)
    : engine_(engine),
      round_(round),
      changed_(changed),
      transaction_(engine, round),
      target_(engine, changed.type),
      current_target_(target_) {}

void Event::aim(const Shared& current_target) {
  if (current_target == current_target_) return;
  current_target_ = current_target;
  path_.reset();
}

const std::vector<PathStep>& Event::path() const {
  if (path_) return *path_;
  std::vector<PathStep>& path = path_.emplace();
  Store& store = engine_.store;
  for (TypeId type = target_.id(); type != current_target_.id();) {
    const ItemRef holder = store.types[type].item;
    if (holder == kNoItem) break;
    const Item& item = store.items[holder];
    if (item.parent_sub == kNoName) {
      path.emplace_back(store.positions.index_at(store, holder));
    } else {
      path.emplace_back(std::string(store.names[item.parent_sub]));
    }
    type = item.parent;
  }
  std::ranges::reverse(path);
  return path;
}

const std::vector<Change>& Event::delta() const {
  if (delta_) return *delta_;
  if (!changed_.list) return delta_.emplace();
  if (!is_text(engine_.store.types[target_.id()].kind)) return delta_.emplace(list_delta());
  return delta_.emplace(text_delta(engine_, engine_.index_of(round_), target_.id()));
}

std::vector<Change> Event::list_delta() const {
  const Store& store = engine_.store;
  const ChangeIndex& index = engine_.index_of(round_);
  ListDelta delta;
  for (ItemRef ref = store.types[target_.id()].start; ref != kNoItem;
       ref = store.items[ref].right) {
    const Item& item = store.items[ref];
    index.for_each_piece(store, item, [&](const Piece& piece) {
      if (item.deleted) {
        if (piece.deleted && !piece.added) delta.remove(piece.length);
      } else if (piece.added) {
        append_elements(engine_, item, piece, delta.inserted());
      } else {
        delta.retain(piece.length);
      }
    });
  }
  return delta.take();
}

const std::vector<KeyChange>& Event::keys() const {
  if (keys_) return *keys_;
  std::vector<KeyChange>& keys = keys_.emplace();
  for (const NameId name : changed_.keys) {
    if (auto change = key_change(name)) keys.push_back(std::move(*change));
  }
  return keys;
}

std::optional<KeyChange> Event::key_change(NameId name) const {
  const Store& store = engine_.store;
  const ChangeIndex& index = engine_.index_of(round_);
  const auto adds = [&](ItemRef ref) { return index.adds(store, store.items[ref].last_id()); };
  const auto deletes = [&](ItemRef ref) { return index.deletes(store.items[ref].last_id()); };
  const auto change = [&](KeyAction action, ItemRef old) {
    Value old_value = Any{Undefined{}};
    if (old != kNoItem) old_value = last_element(engine_, store.items[old]);
    return KeyChange{std::string(store.names[name]), action, std::move(old_value)};
  };

  const ItemRef newest = store.types[target_.id()].newest(name);
  if (newest == kNoItem) return std::nullopt;
  if (!adds(newest)) {
    if (!deletes(newest)) return std::nullopt;
    return change(KeyAction::remove, newest);
  }
  ItemRef old = store.items[newest].left;
  while (old != kNoItem && adds(old)) old = store.items[old].left;
  const bool had = old != kNoItem && deletes(old);
  if (deletes(newest)) {
    if (!had) return std::nullopt;
    return change(KeyAction::remove, old);
  }
  return had ? change(KeyAction::update, old) : change(KeyAction::add, kNoItem);
}

std::vector<std::string> Event::keys_changed() const {
  std::vector<std::string> names;
  names.reserve(changed_.keys.size());
  for (const NameId name : changed_.keys) names.emplace_back(engine_.store.names[name]);
  return names;
}

bool Event::child_list_changed() const {
  return changed_.list;
}

}  // namespace ydoc
