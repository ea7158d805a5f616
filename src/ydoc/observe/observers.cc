#include "ydoc/observe/observers.h"

namespace ydoc {

TypeObservers::Entry& TypeObservers::entry(const Store& store, TypeId type,
                                           std::optional<Entry>& gone) {
  const std::uint32_t generation = store.types[type].generation;
  const auto [at, made] = table_->entries.try_emplace(type, Entry{generation, {}, {}});
  if (at->second.generation != generation) {
    gone = std::exchange(at->second, Entry{generation, {}, {}});
  }
  return at->second;
}

/// What is left of a type when its last listener has gone goes too.
Subscription TypeObservers::kept(Subscription of_listener, TypeId type) const {
  return Subscription(
      [of_listener = std::move(of_listener), table = std::weak_ptr<Table>(table_), type]() mutable {
        of_listener.cancel();
        if (const auto still = table.lock()) still->drop_unused(type);
      });
}

void TypeObservers::Table::drop_unused(TypeId type) {
  const auto at = entries.find(type);
  if (at != entries.end() && at->second.own.empty() && at->second.deep.empty()) entries.erase(at);
}

Subscription TypeObservers::observe(const Store& store, TypeId type,
                                    std::function<void(const Event&)> listener) {
  std::optional<Entry> gone;
  return kept(entry(store, type, gone).own.add(std::move(listener)), type);
}

Subscription TypeObservers::observe_deep(const Store& store, TypeId type,
                                         std::function<void(const Events&)> listener) {
  std::optional<Entry> gone;
  return kept(entry(store, type, gone).deep.add(std::move(listener)), type);
}

const TypeObservers::Entry* TypeObservers::find(const Store& store, TypeId type) const {
  const auto at = table_->entries.find(type);
  if (at == table_->entries.end()) return nullptr;
  return at->second.generation == store.types[type].generation ? &at->second : nullptr;
}

}  // namespace ydoc
