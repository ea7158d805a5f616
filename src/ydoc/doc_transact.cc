// From the opening of a transaction to its update.
// Source: Yjs 13.6, src/utils/Transaction.js, transact and cleanupTransactions.

#include <algorithm>

#include "base/check.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/merge.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/codec/update_writer_v2.h"
#include "ydoc/doc_encode.h"
#include "ydoc/doc_engine.h"
#include "ydoc/event.h"
#include "ydoc/store/hash.h"
#include "ydoc/types/formatting.h"

namespace ydoc {
namespace {

/// Both are of our own making.
void add_update(Bytes& to, Bytes update) {
  if (to.empty()) {
    to = std::move(update);
    return;
  }
  const ByteView both[] = {to, update};
  auto merged = merge_updates_v1(both, DecodeLimits::trusted());
  CHECK(merged.has_value());
  to = std::move(*merged);
}

}  // namespace

bool Doc::Engine::enter(bool local, Origin&& origin) {
  if (current_ != nullptr) return false;
  if (idle_.empty()) {
    rounds_.push_back(std::make_unique<Round>(store));
  } else {
    rounds_.push_back(std::move(idle_.back()));
    idle_.pop_back();
  }
  current_ = rounds_.back().get();
  current_->at = rounds_.size() - 1;
  current_->begin(observers_ != nullptr && observers_->want_changes(), local, std::move(origin));
  integrator.join(current_->changes);
  if (observers_ != nullptr) {
    guard([&] { observers_->before_transaction.call(TransactionEvent(*this, *current_)); });
  }
  return true;
}

void Doc::Engine::leave(ApplyResult* result) {
  current_->changes.close();
  current_ = nullptr;
  if (!settling_) settle(result);
}

void Doc::Engine::leave_quietly() {
  try {
    leave();
  } catch (...) {  // NOLINT(bugprone-empty-catch): another exception is on its way
  }
}

/// Settling a round may add rounds to the end: those of observers, and the formatting cleanup.
void Doc::Engine::settle(ApplyResult* result) {
  settling_ = true;
  for (std::size_t i = 0; i < rounds_.size(); ++i) settle_round(i, result);
  settling_ = false;
  if (idle_.empty()) {
    idle_.push_back(std::move(rounds_.front()));
    idle_.back()->rest();
  }
  rounds_.clear();
  std::exception_ptr thrown = std::exchange(thrown_, nullptr);
  if (observers_ != nullptr) {
    guard([&] { observers_->all_settled.call(); });
    if (!thrown) thrown = thrown_;
    thrown_ = nullptr;
  }
  if (thrown) std::rethrow_exception(thrown);
}

void Doc::Engine::settle_round(std::size_t at, ApplyResult* result) {
  Round& round = *rounds_[at];
  const bool idle =
      round.changes.empty() && !round.changes.has_splits() && round.changes.documents() == nullptr;
  if (idle && observers_ == nullptr) return;
  const bool unclean =
      observers_ != nullptr ? tell_observers(round) : needs_formatting_cleanup(round.changes);
  if (!round.local && unclean) clean(round);
  const auto documents = subdocuments_event(round);
  round.changes.finish(options.gc);
  if (!round.local) leave_taken_client_id(round);
  if (observers_ != nullptr) {
    guard([&] { observers_->after_cleanup.call(TransactionEvent(*this, round)); });
    if (!round.changes.empty()) tell_update(round);
  }
  if (round.changes.documents() != nullptr) tell_subdocuments(round, documents);
  if (result != nullptr && round.cleanup && !round.changes.deleted().empty()) {
    UpdateWriterV1 writer;
    add_update(result->cleanup_v1, write_update(round, writer));
  }
}

std::vector<Growth> Doc::Engine::grown_since(const Round& round) const {
  std::vector<Growth> grown;
  for (std::size_t i = round.at; i < rounds_.size(); ++i) {
    const auto more = rounds_[i]->changes.grown();
    grown.insert(grown.end(), more.begin(), more.end());
  }
  std::ranges::stable_sort(grown, {}, &Growth::client);
  const auto repeated = std::ranges::unique(grown, {}, &Growth::client);
  grown.erase(repeated.begin(), repeated.end());
  return grown;
}

/// Redundant format marks are deleted by a transaction of its own, settled after this one.
void Doc::Engine::clean(Round& round) {
  enter(true);
  current_->cleanup = true;
  clean_formatting(round.changes, current_->changes);
  leave();
}

/// Someone else makes structs under our id: another one is needed. It follows from the old one
/// and the clock, so that what a document does depends on nothing but its input.
void Doc::Engine::leave_taken_client_id(const Round& round) {
  if (!options.client_id) return;
  for (const Growth& growth : round.changes.grown()) {
    const Client& client = store.clients[growth.client];
    if (client.id == *options.client_id) {
      options.client_id = mix_hash(client.id + (std::uint64_t{client.state} << 32)) >> 32;
      return;
    }
  }
}

/// The structs since the round began, whoever made them since then, and its deletions.
template <typename Writer>
Bytes Doc::Engine::write_update(const Round& round, Writer& writer) const {
  std::vector<Growth> grown = grown_since(round);
  std::ranges::sort(grown, std::greater{},
                    [&](const Growth& g) { return store.clients[g.client].id; });
  for (const auto& [client, before] : grown) {
    write_structs(writer, store, store.clients[client], before);
  }
  std::vector<DeleteRange> ranges;
  for (const DeletedRange& range : round.changes.deleted()) {
    ranges.push_back({store.clients[range.client].id, range.clock, range.length});
  }
  sort_and_merge(ranges);
  write_deletes(writer, ranges);
  return writer.take();
}

void Doc::Engine::tell_update(const Round& round) {
  const auto tell = [&](const auto& listeners, auto writer) {
    if (listeners.empty()) return;
    const Bytes update = write_update(round, writer);
    guard([&] { listeners.call(UpdateEvent{update, round.origin, round.local}); });
  };
  tell(observers_->update_v1, UpdateWriterV1{});
  tell(observers_->update_v2, UpdateWriterV2{});
}

}  // namespace ydoc
