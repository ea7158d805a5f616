// Source: Yjs 13.6, src/structs/ContentDoc.js; src/utils/Doc.js, load and destroy;
// src/utils/Transaction.js, cleanupTransactions.

#include <algorithm>

#include "ydoc/doc_engine.h"
#include "ydoc/event.h"
#include "ydoc/types/shared_impl.h"

namespace ydoc {
namespace {

std::vector<Subdocument> read(const Store& store, const std::vector<ShortId>& places) {
  std::vector<Subdocument> documents;
  for (const ShortId place : places) {
    const ItemRef ref = store.find(place);
    if (ref == kCollected || store.items[ref].kind != ContentKind::doc) continue;
    documents.push_back(subdocument_of(store, store.items[ref]));
  }
  return documents;
}

}  // namespace

/// Before the content of what has been removed is collected.
std::optional<SubdocumentsEvent> Doc::Engine::subdocuments_event(Round& round) {
  const DocumentChanges* const changes = round.changes.documents();
  if (changes == nullptr) return std::nullopt;
  SubdocumentsEvent event{read(store, changes->added), read(store, changes->wanted),
                          read(store, changes->removed), TransactionEvent(*this, round)};
  if (event.added.empty() && event.loaded.empty() && event.removed.empty()) return std::nullopt;
  return event;
}

void Doc::Engine::tell_subdocuments(const Round& round,
                                    const std::optional<SubdocumentsEvent>& event) {
  if (subdocuments == nullptr) subdocuments = std::make_unique<Subdocuments>();
  subdocuments->note(*round.changes.documents());
  if (observers_ != nullptr && event) {
    guard([&] { observers_->subdocuments.call(*event); });
  }
}

std::optional<ShortId> Doc::Engine::subdocument_at(const Id& place) const {
  const ClientIndex client = store.clients.find(place.client);
  if (client == kNoClient || place.clock >= store.clients[client].state) return std::nullopt;
  const ShortId id{client, static_cast<Clock32>(place.clock)};
  const ItemRef ref = store.find(id);
  if (ref == kCollected || store.items[ref].deleted) return std::nullopt;
  if (store.items[ref].kind != ContentKind::doc) return std::nullopt;
  return id;
}

/// What transactions have said that are not settled counts, the newest first.
bool Doc::Engine::wants_subdocument(ShortId place) const {
  const auto holds = [place](const std::vector<ShortId>& places) {
    return std::ranges::find(places, place) != places.end();
  };
  for (std::size_t i = rounds_.size(); i-- > 0;) {
    const DocumentChanges* const changes = rounds_[i]->changes.documents();
    if (changes == nullptr) continue;
    if (holds(changes->wanted)) return true;
    if (holds(changes->removed)) return false;
  }
  return subdocuments != nullptr && subdocuments->wanted(place);
}

std::vector<Subdocument> Doc::subdocuments() const {
  std::vector<Subdocument> documents;
  if (engine_->subdocuments == nullptr) return documents;
  for (const ShortId place : engine_->subdocuments->places()) {
    const ItemRef ref = engine_->store.find(place);
    if (ref == kCollected || engine_->store.items[ref].deleted) continue;
    documents.push_back(subdocument_of(engine_->store, engine_->store.items[ref]));
  }
  return documents;
}

bool Doc::load_subdocument(const Id& place) {
  const auto found = engine_->subdocument_at(place);
  if (!found || engine_->wants_subdocument(*found)) return false;
  transact([&] { engine_->changes().note_document_wanted(*found); });
  return true;
}

bool Doc::unload_subdocument(const Id& place) {
  const auto found = engine_->subdocument_at(place);
  if (!found || !engine_->wants_subdocument(*found)) return false;
  transact([&] { engine_->changes().note_document_unwanted(*found); });
  return true;
}

Subscription Doc::on_subdocuments(std::function<void(const SubdocumentsEvent&)> listener) {
  return engine_->observers().subdocuments.add(std::move(listener));
}

}  // namespace ydoc
