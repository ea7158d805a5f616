// Source: Yjs 13.6, src/utils/encoding.js, readUpdateV2 and integrateStructs;
// src/utils/DeleteSet.js, readAndApplyDeleteSet. Rules: docs/spec/document.md.

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "ydoc/codec/delete_set.h"
#include "ydoc/codec/update_writer.h"
#include "ydoc/codec/update_writer_v2.h"
#include "ydoc/doc_engine.h"

namespace ydoc {
namespace {

/// Our own bytes have been checked when they came in.
constexpr DecodeLimits kOwnBytes = DecodeLimits::trusted();

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

/// Clients of the update of which nothing is here. Several sections of one count singly.
std::size_t Doc::Engine::unknown_clients(const Update& update) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      update.sections,
      [&](const Section& section) { return store.clients.find(section.client) == kNoClient; }));
}

/// Whether it holds a struct, or a part of one, that is not here.
bool Doc::Engine::brings_structs(const Update& update) const {
  return std::ranges::any_of(update.sections, [&](const Section& section) {
    const Clock state = store.clients.state(section.client);
    return std::ranges::any_of(update.blocks_of(section), [&](const Block& block) {
      return block.kind != ContentKind::skip && block.id.clock + block.length > state;
    });
  });
}

righttask::Result<ApplyResult, ApplyFailure> Doc::Engine::apply(const Update& update, Origin origin,
                                                                const ApplyBounds& bounds) {
  if (const auto error = check(update)) return righttask::fail(ApplyFailure{*error});
  const bool counts_clients = bounds.new_clients_max < SIZE_MAX;
  const std::size_t unknown = counts_clients ? unknown_clients(update) : 0;
  if (unknown > bounds.new_clients_max) {
    return righttask::fail(ApplyFailure{ApplyError::too_many_clients});
  }
  if (!bounds.growth && brings_structs(update)) {
    return righttask::fail(ApplyFailure{ApplyError::growth});
  }
  const std::size_t clients_before = store.clients.size();
  const bool opened = enter(false, std::move(origin));
  // Not before: listeners that are told of the transaction may take in updates, too.
  ApplyResult result;
  const std::uint64_t steps = integrator.steps();
  const std::size_t deletions = changes().deleted().size();
  drops_nothing_ = bounds.drops_nothing;
  steps_max_ = drops_nothing_ ? UINT64_MAX : steps + options.conflict_steps_max;
  overrun_ = false;
  structs_added_ = 0;

  apply_structs(update);
  result.pending_dropped = overrun_;
  const bool retry = pending.worth_a_try(store.clients) && !pending_rests();
  keep_remainder(update, result);
  apply_all_deletes(update.deletes, result);
  if (retry && !overrun_) try_pending(result);
  result.changed |= structs_added_ > 0 || changes().deleted().size() > deletions;
  result.structs_pending = !pending.empty();
  result.deletes_pending = !pending_deletes.empty();
  result.structs_added = structs_added_;
  // What was pending may have brought others.
  result.clients_added = std::min(unknown, store.clients.size() - clients_before);
  result.conflict_steps = integrator.steps() - steps;
  if (opened) leave(&result);
  return result;
}

/// Whether what waits, and has cost an update all its steps, is left alone for this one.
bool Doc::Engine::pending_rests() {
  if (pending_rests_ == 0 || drops_nothing_) return false;
  --pending_rests_;
  return true;
}

/// Something that pending structs wait for has arrived: everything pending is tried once. What was
/// kept before stays so, whatever is to be dropped of the update. (Spec: DOC-74)
void Doc::Engine::try_pending(ApplyResult& result) {
  Bytes bytes = pending.take();
  const auto again = Update::decode_v2(bytes, kOwnBytes);
  CHECK(again.has_value());
  drops_nothing_ = true;
  apply_structs(*again);
  if (overrun_) {
    // A later update tries on, with the steps that it has. This one grew somebody.
    pending_rests_ = kRestAfterOverrun;
    const ClientId grown = store.clients[current_->changes.grown().front().client].id;
    waits_.assign(1, Wait{grown, 0, 0});
    pending.add({std::move(bytes), again->blocks.size()}, waits_, SIZE_MAX);
  } else {
    keep_remainder(*again, result);
  }
  apply_all_deletes({}, result);
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
void Doc::Engine::apply_structs(const Update& update) {
  order_sections(update);
  stack_.clear();
  waits_.clear();
  std::size_t open = cursors_.size();  // cursors from here on are done

  const auto take = [&](std::size_t cursor) {
    return StackEntry{static_cast<std::uint32_t>(cursor), cursors_[cursor].next++};
  };
  while (true) {
    if (integrator.steps() > steps_max_) {
      overrun_ = true;
      break;
    }
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
        waits_.push_back({block.id.client, block.id.clock - 1, block.id.clock - 1});
        give_up_stack();
        break;
      }
      const Id* const absent = integrator.missing(block);
      const bool known = state - block.id.clock >= block.length;
      if (absent == nullptr && known) {
        integrator.touch(block);
        break;
      }
      if (absent == nullptr) {
        integrator.integrate(block, static_cast<std::uint32_t>(state - block.id.clock));
        ++structs_added_;
        break;
      }
      SectionCursor* const source = cursor_of(absent->client);
      const bool comes = source != nullptr && source->ready();
      if (known && !comes) break;  // what is here waits for nothing (DOC-75)
      stack_.push_back(head);
      if (!comes) {
        waits_.push_back({absent->client, store.clients.state(absent->client), absent->clock});
        give_up_stack();
        break;
      }
      head = take(static_cast<std::size_t>(source - cursors_.data()));
    }
  }
}

/// What has to wait, as an update.
CountedUpdate Doc::Engine::remainder(const Update& update) const {
  UpdateWriterV2 writer;
  std::size_t structs = 0;
  for (std::size_t i = cursors_.size(); i-- > 0;) {
    const SectionCursor& section = cursors_[i];
    if (!section.stuck) continue;
    writer.begin_section(section.client, update.blocks[section.next].id.clock);
    for (std::uint32_t b = section.next; b < section.end; ++b) writer.block(update.blocks[b]);
    structs += section.end - section.next;
  }
  writer.begin_deletes(0);
  return {writer.take(), structs};
}

void Doc::Engine::keep_remainder(const Update& update, ApplyResult& result) {
  if (waits_.empty() || overrun_) return;
  const std::size_t bytes_max = drops_nothing_ ? SIZE_MAX : options.pending_bytes_max;
  switch (pending.add(remainder(update), waits_, bytes_max)) {
    case PendingStructs::Added::nothing_new:
      break;
    case PendingStructs::Added::more:
      result.changed = true;
      break;
    case PendingStructs::Added::dropped:
      result.pending_dropped = true;
      break;
  }
}

// Deletions -------------------------------------------------------------------------------------

void Doc::Engine::apply_all_deletes(std::span<const DeleteRange> deletes, ApplyResult& result) {
  if (deletes.empty() && pending_deletes.empty()) return;
  std::vector<DeleteRange> rest = apply_deletes(deletes);
  group_by_client(rest);
  if (!pending_deletes.empty() && pending_deletes_affected()) {
    pending_deletes = apply_deletes(pending_deletes);
    group_by_client(pending_deletes);
  }
  if (rest.empty()) return;
  if (pending_deletes.empty()) {
    keep_deletes(std::move(rest), result);
    return;
  }
  std::vector<DeleteRange> before = pending_deletes;
  sort_and_merge(before);
  sort_and_merge(rest);
  std::vector<DeleteRange> all = before;
  all.insert(all.end(), rest.begin(), rest.end());
  sort_and_merge(all);
  if (all != before) keep_deletes(std::move(all), result);
}

/// Whether a client of which deletions are pending has grown.
bool Doc::Engine::pending_deletes_affected() const {
  const auto grown = current_->changes.grown();
  return std::any_of(grown.begin(), grown.end(), [&](const Growth& growth) {
    return std::ranges::binary_search(pending_deletes, store.clients[growth.client].id,
                                      std::greater{}, &DeleteRange::client);
  });
}

/// There are more than before.
void Doc::Engine::keep_deletes(std::vector<DeleteRange> ranges, ApplyResult& result) {
  if (!drops_nothing_ && ranges.size() > options.pending_ranges_max) {
    result.pending_dropped = true;
  } else {
    result.changed = true;
    pending_deletes = std::move(ranges);
  }
}

/// Deletes what is here; returns what is not.
std::vector<DeleteRange> Doc::Engine::apply_deletes(std::span<const DeleteRange> deletes) {
  std::vector<DeleteRange> rest;
  ClientIndex client = kNoClient;
  ClientId client_id = 0;
  StructList::Cursor at;  // of that client
  for (const DeleteRange& range : deletes) {
    if (client == kNoClient || range.client != client_id) {
      client = store.clients.find(range.client);
      client_id = range.client;
      at = {};
    }
    const Clock state = client == kNoClient ? 0 : store.clients[client].state;
    if (range.clock >= state) {
      rest.push_back(range);
      continue;
    }
    const Clock end = range.clock + range.length;
    if (state < end) rest.push_back({range.client, state, end - state});
    delete_range(client, static_cast<Clock32>(range.clock),
                 static_cast<Clock32>(std::min(state, end)), at);
  }
  return rest;
}

/// `at` is where to look first, and then where it ended.
void Doc::Engine::delete_range(ClientIndex client, Clock32 clock, Clock32 end,
                               StructList::Cursor& at) {
  const StructList& structs = store.clients[client].structs;
  at = structs.find_near(at, clock);
  {
    const auto entry = structs.at(at);
    if (entry.ref != kCollected && entry.clock < clock && !store.items[entry.ref].deleted) {
      current_->changes.split(client, at, clock - entry.clock);
      at = structs.find(clock);
    }
  }
  while (true) {
    const auto entry = structs.at(at);
    if (entry.clock >= end) return;
    if (entry.ref != kCollected && !store.items[entry.ref].deleted) {
      if (end < store.items[entry.ref].end()) {
        current_->changes.split(client, at, end - entry.clock);
        at = structs.find(entry.clock);
      }
      current_->changes.remove(entry.ref);
    }
    if (structs.is_last(at)) return;
    at = structs.next(at);
  }
}

}  // namespace ydoc
