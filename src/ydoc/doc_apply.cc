// Source: Yjs 13.6, src/utils/encoding.js, readUpdateV2 and integrateStructs;
// src/utils/DeleteSet.js, readAndApplyDeleteSet. Rules: docs/spec/document.md.

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/merge.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/doc_engine.h"
#include "ydoc/types/formatting.h"

namespace ydoc {
namespace {

/// Our own bytes have been checked when they came in.
constexpr DecodeLimits kOwnBytes{.update_bytes_max = SIZE_MAX, .structs_max = SIZE_MAX};

std::tuple<ClientId, Clock, std::uint64_t> range_key(const DeleteRange& range) {
  return {range.client, range.clock, range.length};
}

bool points_forward(const Block& block) {
  const auto forward = [&](const Id& id) {
    return id.client == block.id.client && id.clock >= block.id.clock;
  };
  return (block.has_origin && forward(block.origin)) ||
         (block.has_right_origin && forward(block.right_origin)) ||
         (block.parent_kind == ParentKind::item && forward(block.parent_id));
}

}  // namespace

std::optional<ApplyError> Doc::Engine::check(const Update& update) {
  for (const Block& block : update.blocks) {
    if (block.kind == ContentKind::skip) continue;
    if (block.id.clock > kClockMax || block.length > kClockMax - block.id.clock) {
      return ApplyError::clock_too_large;
    }
    if (points_forward(block)) return ApplyError::reference_forward;
  }
  return std::nullopt;
}

righttask::Result<ApplyResult, ApplyFailure> Doc::Engine::apply(const Update& update) {
  if (const auto error = check(update)) return righttask::fail(ApplyFailure{*error});
  ApplyResult result;
  const std::uint64_t steps = integrator_.steps();
  structs_added_ = 0;
  transaction_.begin();

  const bool retry = keep_pending(apply_structs(update), result);
  apply_all_deletes(update.deletes, result);
  if (retry) {
    // Something that pending structs wait for has arrived: everything pending is tried once.
    const Bytes bytes = std::exchange(pending, Remainder{}).update_v1;
    const auto again = Update::decode_v1(bytes, kOwnBytes);
    CHECK(again.has_value());
    pending = apply_structs(*again);
    apply_all_deletes({}, result);
  }
  result.changed |= !transaction_.empty();
  if (!transaction_.empty() || transaction_.has_splits()) finish(result);
  result.structs_pending = !pending.update_v1.empty();
  result.deletes_pending = !pending_deletes.empty();
  result.structs_added = structs_added_;
  result.conflict_steps = integrator_.steps() - steps;
  return result;
}

// Structs ---------------------------------------------------------------------------------------

/// Of several sections of one client the last counts, as in Yjs.
void Doc::Engine::order_sections(const Update& update) {
  cursors_.clear();
  for (const Section& section : update.sections) {
    cursors_.push_back({section.client, section.first, section.first + section.count});
  }
  if (cursors_.size() < 2) return;
  std::sort(cursors_.begin(), cursors_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.client, a.next, a.end) < std::tie(b.client, b.next, b.end);
  });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < cursors_.size(); ++i) {
    if (cursors_[i].client != cursors_[kept].client) ++kept;
    cursors_[kept] = cursors_[i];
  }
  cursors_.resize(kept + 1);
}

SectionCursor* Doc::Engine::cursor_of(ClientId client) {
  const auto at = std::lower_bound(cursors_.begin(), cursors_.end(), client,
                                   [](const auto& c, ClientId id) { return c.client < id; });
  return at == cursors_.end() || at->client != client ? nullptr : &*at;
}

void Doc::Engine::wait_for(ClientId client, Clock clock) {
  const auto at = std::lower_bound(missing_.begin(), missing_.end(), client,
                                   [](const auto& m, ClientId id) { return m.client < id; });
  if (at == missing_.end() || at->client != client) {
    missing_.insert(at, {client, clock});
  } else {
    at->clock = std::min(at->clock, clock);
  }
}

/// Everything on the stack depends on something that is not here; so does what follows it.
void Doc::Engine::give_up_stack() {
  for (const auto& [cursor, block] : stack_) {
    SectionCursor& section = cursors_[cursor];
    if (section.stuck) continue;
    section.stuck = true;
    section.next = block;
  }
  stack_.clear();
}

/// Takes blocks client by client, highest client first. A block that depends on another of this
/// update waits on the stack while that one's client is brought forward.
Remainder Doc::Engine::apply_structs(const Update& update) {
  order_sections(update);
  stack_.clear();
  missing_.clear();
  std::size_t open = cursors_.size();  // cursors from here on are done

  const auto take = [&](std::size_t cursor) {
    return StackEntry{static_cast<std::uint32_t>(cursor), cursors_[cursor].next++};
  };
  while (true) {
    StackEntry head;
    if (!stack_.empty()) {
      head = stack_.back();
      stack_.pop_back();
    } else {
      while (open > 0 && !cursors_[open - 1].ready()) --open;
      if (open == 0) break;
      head = take(open - 1);
    }
    while (true) {
      const Block& block = update.blocks[head.block];
      if (block.kind == ContentKind::skip) break;
      const Clock state = store.clients.state(block.id.client);
      if (state < block.id.clock) {
        stack_.push_back(head);
        wait_for(block.id.client, block.id.clock - 1);
        give_up_stack();
        break;
      }
      const Id* const absent = integrator_.missing(block);
      if (absent == nullptr && state - block.id.clock >= block.length) {
        integrator_.touch(block);
        break;
      }
      if (absent == nullptr) {
        integrator_.integrate(block, static_cast<std::uint32_t>(state - block.id.clock));
        ++structs_added_;
        break;
      }
      stack_.push_back(head);
      SectionCursor* const source = cursor_of(absent->client);
      if (source == nullptr || !source->ready()) {
        wait_for(absent->client, store.clients.state(absent->client));
        give_up_stack();
        break;
      }
      head = take(static_cast<std::size_t>(source - cursors_.data()));
    }
  }
  return take_remainder(update);
}

Remainder Doc::Engine::take_remainder(const Update& update) {
  Remainder rest;
  if (missing_.empty()) return rest;
  UpdateWriterV1 writer;
  for (std::size_t i = cursors_.size(); i-- > 0;) {
    const SectionCursor& section = cursors_[i];
    if (!section.stuck) continue;
    writer.begin_section(section.client, update.blocks[section.next].id.clock);
    for (std::uint32_t b = section.next; b < section.end; ++b) writer.block(update.blocks[b]);
  }
  writer.begin_deletes(0);
  rest.update_v1 = writer.take();
  rest.missing = missing_;
  return rest;
}

/// Adds what remains of an update to what is pending. Returns whether something that was pending
/// may have become applicable.
bool Doc::Engine::keep_pending(Remainder rest, ApplyResult& result) {
  if (pending.update_v1.empty()) {
    if (rest.update_v1.empty()) return false;
    if (rest.update_v1.size() > options.pending_bytes_max) {
      result.pending_dropped = true;
      return false;
    }
    pending = std::move(rest);
    result.changed = true;
    return false;
  }
  const bool retry = std::any_of(
      pending.missing.begin(), pending.missing.end(),
      [this](const MissingClock& m) { return m.clock < store.clients.state(m.client); });
  if (rest.update_v1.empty()) return retry;
  const ByteView both[] = {pending.update_v1, rest.update_v1};
  auto merged = merge_updates_v1(both, kOwnBytes);
  CHECK(merged.has_value());
  if (merged->size() > options.pending_bytes_max) {
    result.pending_dropped = true;
    return retry;
  }
  if (*merged != pending.update_v1) result.changed = true;
  pending.update_v1 = std::move(*merged);
  missing_.swap(pending.missing);
  for (const MissingClock& m : rest.missing) wait_for(m.client, m.clock);
  missing_.swap(pending.missing);
  return retry;
}

// Deletions -------------------------------------------------------------------------------------

void Doc::Engine::apply_all_deletes(std::span<const DeleteRange> deletes, ApplyResult& result) {
  if (deletes.empty() && pending_deletes.empty()) return;
  std::vector<DeleteRange> rest = apply_deletes(deletes);
  group_by_client(rest);
  if (pending_deletes.empty()) {
    if (rest.size() * sizeof(DeleteRange) > options.pending_bytes_max) {
      result.pending_dropped = true;
      return;
    }
    result.changed |= !rest.empty();
    pending_deletes = std::move(rest);
    return;
  }
  std::vector<DeleteRange> still = apply_deletes(pending_deletes);
  group_by_client(still);
  if (rest.empty() || still.empty()) {
    result.changed |= !rest.empty();
    pending_deletes = rest.empty() ? std::move(still) : std::move(rest);
    return;
  }
  rest.insert(rest.end(), still.begin(), still.end());
  sort_and_merge(rest);
  std::vector<DeleteRange> before = still;
  sort_and_merge(before);
  if (rest.size() * sizeof(DeleteRange) > options.pending_bytes_max) {
    result.pending_dropped = true;
    pending_deletes = std::move(still);
    return;
  }
  result.changed |= !std::ranges::equal(rest, before, {}, range_key, range_key);
  pending_deletes = std::move(rest);
}

/// Deletes what is here; returns what is not.
std::vector<DeleteRange> Doc::Engine::apply_deletes(std::span<const DeleteRange> deletes) {
  std::vector<DeleteRange> rest;
  ClientIndex client = kNoClient;
  ClientId client_id = 0;
  for (const DeleteRange& range : deletes) {
    if (client == kNoClient || range.client != client_id) {
      client = store.clients.find(range.client);
      client_id = range.client;
    }
    const Clock state = client == kNoClient ? 0 : store.clients[client].state;
    if (range.clock >= state) {
      rest.push_back(range);
      continue;
    }
    const Clock end = range.clock + range.length;
    if (state < end) rest.push_back({range.client, state, end - state});
    delete_range(client, static_cast<Clock32>(range.clock),
                 static_cast<Clock32>(std::min(state, end)));
  }
  return rest;
}

void Doc::Engine::delete_range(ClientIndex client, Clock32 clock, Clock32 end) {
  const StructList& structs = store.clients[client].structs;
  auto at = structs.find(clock);
  {
    const auto entry = structs.at(at);
    if (entry.ref != kCollected && entry.clock < clock && !store.items[entry.ref].deleted) {
      transaction_.split(client, at, clock - entry.clock);
      at = structs.find(clock);
    }
  }
  while (true) {
    const auto entry = structs.at(at);
    if (entry.clock >= end) return;
    if (entry.ref != kCollected && !store.items[entry.ref].deleted) {
      if (end < store.items[entry.ref].end()) {
        transaction_.split(client, at, end - entry.clock);
        at = structs.find(entry.clock);
      }
      transaction_.remove(entry.ref);
    }
    if (structs.is_last(at)) return;
    at = structs.next(at);
  }
}

// The end of the transaction --------------------------------------------------------------------

void Doc::Engine::finish(ApplyResult& result) {
  transaction_.sort_deletions();
  const bool cleans = needs_formatting_cleanup(transaction_);
  if (cleans) {
    cleanup_.begin();
    clean_formatting(transaction_, cleanup_);
  }
  transaction_.finish(options.gc);
  if (!cleans) return;
  cleanup_.finish(options.gc);
  if (cleanup_.deleted().empty()) return;
  std::vector<DeleteRange> ranges;
  for (const DeletedRange& range : cleanup_.deleted()) {
    ranges.push_back({store.clients[range.client].id, range.clock, range.length});
  }
  sort_and_merge(ranges);
  UpdateWriterV1 writer;
  write_deletes(writer, ranges);
  result.cleanup_v1 = writer.take();
}

}  // namespace ydoc
