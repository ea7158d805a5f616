#include "ydoc/doc_engine.h"
#include "ydoc/event.h"

namespace ydoc {

const Origin& TransactionEvent::origin() const {
  return round_->origin;
}
bool TransactionEvent::local() const {
  return round_->local;
}

StateVector TransactionEvent::state_before() const {
  const ClientTable& clients = engine_->store.clients;
  std::vector<Clock32> states(clients.size());
  for (ClientIndex i = 0; i < clients.size(); ++i) states[i] = clients[i].state;
  for (const Growth& growth : engine_->grown_since(*round_)) states[growth.client] = growth.before;
  std::vector<StateVector::Entry> entries;
  for (ClientIndex i = 0; i < clients.size(); ++i) {
    if (states[i] > 0) entries.push_back({clients[i].id, states[i]});
  }
  return StateVector(std::move(entries));
}

StateVector TransactionEvent::state_after() const {
  const StateVector before = state_before();
  std::vector<StateVector::Entry> entries(before.entries().begin(), before.entries().end());
  for (const auto& [client, clock, end] : round_->added) {
    entries.push_back({engine_->store.clients[client].id, end});  // the last one counts
  }
  return StateVector(std::move(entries));
}

std::vector<DeleteRange> TransactionEvent::inserted() const {
  std::vector<DeleteRange> ranges;
  ranges.reserve(round_->added.size());
  for (const auto& [client, clock, end] : round_->added) {
    ranges.push_back({engine_->store.clients[client].id, clock, end - clock});
  }
  return ranges;
}

std::vector<DeleteRange> TransactionEvent::deleted() const {
  std::vector<DeleteRange> ranges;
  for (const auto& [client, clock, length] : round_->changes.deleted()) {
    ranges.push_back({engine_->store.clients[client].id, clock, length});
  }
  return ranges;
}

std::vector<TypeChange> TransactionEvent::changed() const {
  std::vector<TypeChange> changes;
  if (engine_->is_open(*round_)) return changes;
  const Store& store = engine_->store;
  for (const ChangedKeys& changed : engine_->types_of(*round_)) {
    TypeChange& change =
        changes.emplace_back(TypeChange{Shared(*engine_, changed.type), changed.list, {}});
    for (const NameId key : changed.keys) change.keys.emplace_back(store.names[key]);
  }
  return changes;
}

}  // namespace ydoc
