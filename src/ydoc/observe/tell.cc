// Telling the observers of types what a transaction did.
// Source: Yjs 13.6, src/utils/Transaction.js, cleanupTransactions; src/types/AbstractType.js,
// callTypeObservers.

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "ydoc/doc_engine.h"
#include "ydoc/event.h"
#include "ydoc/types/formatting.h"

namespace ydoc {
namespace {

bool is_alive(const Store& store, TypeId type) {
  const ItemRef holder = store.types[type].item;
  return holder == kNoItem || !store.items[holder].deleted;
}

TypeId parent_of(const Store& store, TypeId type) {
  const ItemRef holder = store.types[type].item;
  return holder == kNoItem ? kNoType : store.items[holder].parent;
}

/// Where types lie: how deep, and which of those around them are observed deeply. Each type is
/// visited once, however many lie in it.
class Ancestry {
 public:
  struct Answer {
    std::uint32_t depth;  // types around it
    TypeId observed;      // the nearest that is observed deeply, itself included; or kNoType
  };

  Ancestry(const Store& store, const TypeObservers& observers)
      : store_(store), observers_(observers) {}

  [[nodiscard]] Answer of(TypeId type) {
    std::vector<TypeId> unknown;
    Answer answer{0, kNoType};
    bool known = false;
    for (TypeId at = type; at != kNoType && !known; at = parent_of(store_, at)) {
      const auto found = answers_.find(at);
      known = found != answers_.end();
      if (known) {
        answer = found->second;
      } else {
        unknown.push_back(at);
      }
    }
    for (std::size_t i = unknown.size(); i-- > 0;) {
      const TypeObservers::Entry* const entry = observers_.find(store_, unknown[i]);
      const bool observed = entry != nullptr && !entry->deep.empty();
      answer.depth = known ? answer.depth + 1 : 0;
      if (observed) answer.observed = unknown[i];
      known = true;
      answers_.emplace(unknown[i], answer);
    }
    return answer;
  }

 private:
  const Store& store_;
  const TypeObservers& observers_;
  std::unordered_map<TypeId, Answer> answers_;
};

/// An event, for one of the types it is told to.
struct DeepEvent {
  std::reference_wrapper<Event> event;
  std::uint32_t depth;  // of its target
};

struct DeepTarget {
  TypeId type;
  std::vector<DeepEvent> events;
};

}  // namespace

/// Returns whether a text may have format marks that are redundant now.
bool Doc::Engine::tell_observers(Round& round) {
  const bool wanted = observers_->want_changes();
  if (!wanted) return needs_formatting_cleanup(round.changes);
  round.changes.recover_changed_keys();
  note_added(round);
  const TransactionEvent transaction(*this, round);
  guard([&] { observers_->before_observers.call(transaction); });
  const bool unclean = tell_types(round);
  guard([&] { observers_->after_transaction.call(round); });
  return unclean;
}

void Doc::Engine::note_added(Round& round) const {
  round.added.clear();
  for (const auto& [client, before] : grown_since(round)) {
    round.added.push_back({client, before, store.clients[client].state});
  }
}

bool Doc::Engine::tell_types(Round& round) {
  if (observers_->types.empty()) return needs_formatting_cleanup(round.changes);
  bool unclean = false;
  std::deque<Event> events;
  std::vector<std::reference_wrapper<Event>> told;
  for (const ChangedKeys& changed : types_of(round)) {
    // An observer may have deleted it. An undeclared root has no kind, and so no events.
    if (!is_alive(store, changed.type)) continue;
    const SharedType& type = store.types[changed.type];
    if (type.kind == TypeKind::unknown) continue;
    Event& event = events.emplace_back(*this, round, changed);
    told.emplace_back(event);
    if (const auto* const entry = observers_->types.find(store, changed.type)) {
      guard([&] { entry->own.call(event); });
    }
    unclean |= may_need_cleanup(store, changed.type);
  }
  if (!told.empty()) tell_deep_observers(told);
  return unclean;
}

/// In the order in which events came to the types they lie in; of each, the nearest first.
void Doc::Engine::tell_deep_observers(std::span<const std::reference_wrapper<Event>> events) {
  Ancestry ancestry(store, observers_->types);
  std::vector<DeepTarget> targets;
  std::unordered_map<TypeId, std::size_t> places;
  for (Event& event : events) {
    const TypeId target = event.target().id();
    const auto [depth, nearest] = ancestry.of(target);
    for (TypeId at = nearest; at != kNoType;) {
      const auto [place, made] = places.try_emplace(at, targets.size());
      if (made) targets.push_back({at, {}});
      targets[place->second].events.push_back({event, depth});
      const TypeId parent = parent_of(store, at);
      at = parent == kNoType ? kNoType : ancestry.of(parent).observed;
    }
  }
  std::erase_if(targets, [&](const DeepTarget& target) { return !is_alive(store, target.type); });
  std::vector<std::reference_wrapper<const Event>> told;
  for (DeepTarget& target : targets) {
    std::erase_if(target.events, [&](const DeepEvent& deep) {
      return !is_alive(store, deep.event.get().target().id());
    });
    std::ranges::stable_sort(target.events, {}, &DeepEvent::depth);
    told.clear();
    for (const DeepEvent& deep : target.events) {
      deep.event.get().aim(Shared(*this, target.type));
      told.emplace_back(deep.event);
    }
    const auto* const entry = observers_->types.find(store, target.type);
    if (entry != nullptr && !told.empty()) guard([&] { entry->deep.call(told); });
  }
}

const std::vector<ChangedKeys>& Doc::Engine::types_of(Round& round) const {
  if (!round.types) round.types = changes_by_type(round.changes);
  return *round.types;
}

const ChangeIndex& Doc::Engine::index_of(Round& round) const {
  std::size_t growths = 1;  // so that an index that was never filled is out of date
  for (std::size_t i = round.at; i < rounds_.size(); ++i) {
    growths += rounds_[i]->changes.grown().size();
  }
  if (round.index_growths != growths) {
    round.index.fill(grown_since(round), round.changes.deleted());
    round.index_growths = growths;
  }
  return round.index;
}

}  // namespace ydoc
