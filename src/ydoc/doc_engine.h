#pragma once

#include <optional>

#include "ydoc/doc.h"
#include "ydoc/doc_pending.h"
#include "ydoc/store/integrator.h"
#include "ydoc/store/store.h"
#include "ydoc/store/transaction.h"

namespace ydoc {

/// Where the integration of one client's blocks stands.
struct SectionCursor {
  ClientId client;
  std::uint32_t next;  // index into Update::blocks
  std::uint32_t end;
  bool stuck = false;  // from `next` on everything has to wait

  [[nodiscard]] bool ready() const { return !stuck && next != end; }
};

/// Applies updates to a store: what Yjs does in readUpdateV2 and at the end of a transaction.
class Doc::Engine {
 public:
  explicit Engine(const DocOptions& with)
      : options(with), transaction_(store), cleanup_(store), integrator_(store, transaction_) {}

  [[nodiscard]] righttask::Result<ApplyResult, ApplyFailure> apply(const Update& update);

  DocOptions options;
  Store store;
  PendingStructs pending;
  std::vector<DeleteRange> pending_deletes;  // Yjs: pendingDs; clients descending
  Update scratch;
  /// About how many bytes the state takes when encoded: those of the largest update taken in, or
  /// of the state when it was last written.
  std::size_t state_bytes = 0;

 private:
  [[nodiscard]] static std::optional<ApplyError> check(const Update& update);

  void apply_structs(const Update& update, ApplyResult& result);
  void order_sections(const Update& update);
  [[nodiscard]] SectionCursor* cursor_of(ClientId client);
  void wait_for(ClientId client, Clock clock);
  void give_up_stack();
  [[nodiscard]] Bytes remainder(const Update& update) const;
  void keep_remainder(const Update& update, ApplyResult& result);
  void apply_all_deletes(std::span<const DeleteRange> deletes, ApplyResult& result);
  [[nodiscard]] bool pending_deletes_affected() const;
  void keep_deletes(std::vector<DeleteRange> ranges, ApplyResult& result);
  [[nodiscard]] std::vector<DeleteRange> apply_deletes(std::span<const DeleteRange> deletes);
  void delete_range(ClientIndex client, Clock32 clock, Clock32 end);
  void finish(ApplyResult& result);

  Transaction transaction_;
  Transaction cleanup_;
  Integrator integrator_;
  std::uint32_t structs_added_ = 0;
  std::uint64_t steps_max_ = 0;  // where the update's budget of conflict steps ends
  bool overrun_ = false;

  struct StackEntry {
    std::uint32_t cursor;
    std::uint32_t block;
  };
  std::vector<SectionCursor> cursors_;  // by client, ascending
  std::vector<StackEntry> stack_;
  std::vector<MissingClock> missing_;
};

}  // namespace ydoc
