#include "ydoc/doc_encode.h"

#include <algorithm>

#include "ydoc/codec/update_writer_v2.h"
#include "ydoc/doc_engine.h"

namespace ydoc {
namespace {

/// The runs of deleted structs, put together from structs passing by in order.
/// Source: Yjs 13.6, src/utils/DeleteSet.js, createDeleteSetFromStructStore.
class DeletedRuns {
 public:
  void pass(Clock32 clock, bool deleted) {
    if (deleted == open_) return;
    open_ = deleted;
    if (deleted) {
      runs_.push_back({clock, 0});
    } else {
      runs_.back().end = clock;
    }
  }

  /// All structs of `client` have passed.
  void end(const Client& client) {
    if (open_) runs_.back().end = client.state;
    open_ = false;
    if (runs_.size() > first_) groups_.push_back({client.id, runs_.size()});
    first_ = runs_.size();
  }

  [[nodiscard]] std::vector<DeleteRange> ranges() const {
    std::vector<DeleteRange> all;
    all.reserve(runs_.size());
    std::size_t i = 0;
    for (const Group& group : groups_) {
      for (; i < group.end; ++i) {
        all.push_back({group.client, runs_[i].clock, runs_[i].end - runs_[i].clock});
      }
    }
    return all;
  }

  template <UpdateWriter W>
  void write(W& writer) const {
    writer.begin_deletes(groups_.size());
    std::size_t i = 0;
    for (const Group& group : groups_) {
      writer.delete_client(group.client, group.end - i);
      for (; i < group.end; ++i) {
        writer.delete_range(runs_[i].clock, runs_[i].end - runs_[i].clock);
      }
    }
  }

 private:
  struct Run {
    Clock32 clock;
    Clock32 end;
  };
  struct Group {
    ClientId client;
    std::size_t end;  // of its runs in runs_
  };

  std::vector<Run> runs_;
  std::vector<Group> groups_;  // clients with runs
  std::size_t first_ = 0;      // run of the client passing
  bool open_ = false;
};

/// Lets the structs pass that begin before `end`.
template <typename Passed>
void pass_known(const Store& store, const Client& client, Clock end, Passed passed) {
  const StructList& structs = client.structs;
  for (std::uint32_t chunk = 0; chunk < structs.chunks(); ++chunk) {
    for (const auto [clock, ref] : structs.chunk(chunk)) {
      if (clock >= end) return;
      passed(clock, ref == kCollected || store.items[ref].deleted);
    }
  }
}

/// What a peer in state `have` lacks of a state of `state_bytes`, if runs are about as long
/// everywhere; a guess too low costs a reallocation.
std::size_t bytes_expected(const Store& store, const StateVector& have, std::size_t state_bytes) {
  // A sixteenth more, as there may be something new.
  const double all_bytes = static_cast<double>(state_bytes) * 17 / 16;
  if (have.empty()) return static_cast<std::size_t>(all_bytes);
  double units = 0;
  double known = 0;
  for (ClientIndex index = 0; index < store.clients.size(); ++index) {
    const Client& client = store.clients[index];
    units += client.state;
    known += static_cast<double>(std::min<Clock>(client.state, have.of(client.id)));
  }
  return units == 0 ? 0 : static_cast<std::size_t>(all_bytes * (units - known) / units);
}

/// Source: Yjs 13.6, src/utils/encoding.js, writeStateAsUpdate.
template <UpdateWriter W>
void write_state(W& writer, const Store& store, const StateVector& have) {
  DeletedRuns deleted;
  const auto pass = [&](Clock32 clock, bool is_deleted) { deleted.pass(clock, is_deleted); };
  for (const ClientIndex index : store.clients.descending()) {
    const Client& client = store.clients[index];
    const Clock from = have.of(client.id);
    if (from > 0) pass_known(store, client, from, pass);
    if (from < client.state) write_structs(writer, store, client, from, pass);
    deleted.end(client);
  }
  deleted.write(writer);
}

}  // namespace

std::vector<DeleteRange> deleted_ranges(const Store& store, std::span<const ClientIndex> order) {
  DeletedRuns deleted;
  for (const ClientIndex index : order) {
    const Client& client = store.clients[index];
    pass_known(store, client, client.state,
               [&](Clock32 clock, bool is_deleted) { deleted.pass(clock, is_deleted); });
    deleted.end(client);
  }
  return deleted.ranges();
}

Bytes Doc::encode_state_as_update_v1(const StateVector& have) const {
  UpdateWriterV1 writer;
  writer.reserve(bytes_expected(engine_->store, have, engine_->state_bytes));
  write_state(writer, engine_->store, have);
  Bytes update = engine_->with_pending(writer, have);
  if (have.empty()) engine_->state_bytes = update.size();
  return update;
}

Bytes Doc::encode_state_as_update_v2(const StateVector& have) const {
  UpdateWriterV2 writer;
  write_state(writer, engine_->store, have);
  return engine_->with_pending(writer, have);
}

}  // namespace ydoc
