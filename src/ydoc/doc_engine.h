#pragma once

#include <exception>
#include <memory>
#include <optional>

#include "ydoc/codec/byte_sink.h"
#include "ydoc/doc.h"
#include "ydoc/doc_pending.h"
#include "ydoc/observe/observers.h"
#include "ydoc/observe/round.h"
#include "ydoc/store/integrator.h"
#include "ydoc/store/store.h"
#include "ydoc/store/subdocuments.h"
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

/// A document at work: applies updates and edits to a store, in transactions. What Yjs does in
/// readUpdateV2, transact and cleanupTransactions.
class Doc::Engine {
 public:
  explicit Engine(const DocOptions& with) : options(with), integrator(store) {}

  [[nodiscard]] righttask::Result<ApplyResult, ApplyFailure> apply(const Update& update,
                                                                   Origin origin,
                                                                   const ApplyBounds& bounds);
  /// Applies what has been decoded into `scratch`.
  [[nodiscard]] righttask::Result<ApplyResult, ApplyFailure> apply_decoded(
      const Decoded<void>& decoded, Origin origin, const ApplyBounds& bounds);

  /// The update that `writer` holds, merged with all that is pending beyond `have`.
  /// Defined for both encodings, in doc_pending.cc.
  template <typename Writer>
  [[nodiscard]] Bytes with_pending(Writer& writer, const StateVector& have) const;

  /// Opens a transaction unless one is open. Returns whether it did: only who opened it leaves it.
  bool enter(bool local, Origin&& origin = {});
  /// Ends the open transaction. The outermost caller then tells the observers, which may open
  /// further transactions, and tidies up. What an observer throws is thrown on at the end.
  void leave(ApplyResult* result = nullptr);
  /// Calls `act` in a transaction, or as part of the open one. What it throws goes before what
  /// observers throw.
  template <typename Act>
  void transact(Origin origin, Act&& act) {
    if (!enter(true, std::move(origin))) return act();
    try {
      act();
    } catch (...) {
      leave_quietly();
      throw;
    }
    leave();
  }
  /// What observers throw gives way to what made the transaction end.
  void leave_quietly();
  /// The open transaction.
  [[nodiscard]] Transaction& changes() { return current_->changes; }
  [[nodiscard]] const Round& round() const { return *current_; }
  [[nodiscard]] bool is_open(const Round& round) const { return current_ == &round; }

  [[nodiscard]] Observers& observers() {
    if (observers_ == nullptr) observers_ = std::make_unique<Observers>();
    return *observers_;
  }

  // For what observers ask about a round that is not settled.

  /// The clients that have grown since the round began, whoever made them grow, with where they
  /// stood then; by client in order of appearance.
  [[nodiscard]] std::vector<Growth> grown_since(const Round& round) const;
  /// Which units it added, or somebody after it began, and which it deleted.
  [[nodiscard]] const ChangeIndex& index_of(Round& round) const;
  [[nodiscard]] const std::vector<ChangedKeys>& types_of(Round& round) const;

  /// A subdocument's place, if it is there.
  [[nodiscard]] std::optional<ShortId> subdocument_at(const Id& place) const;
  [[nodiscard]] bool wants_subdocument(ShortId place) const;

  /// The clock of the next unit that this replica makes.
  [[nodiscard]] Id next_id() const {
    return {*options.client_id, store.clients.state(*options.client_id)};
  }

  DocOptions options;
  Store store;
  PendingStructs pending;
  std::vector<DeleteRange> pending_deletes;  // Yjs: pendingDs; clients descending
  Update scratch;
  Integrator integrator;
  std::unique_ptr<Subdocuments> subdocuments;  // once it has had one
  /// About how many bytes the state takes when encoded: those of the largest update taken in, or
  /// of the state when it was last written.
  std::size_t state_bytes = 0;

 private:
  [[nodiscard]] static std::optional<ApplyError> check(const Update& update);
  [[nodiscard]] std::size_t unknown_clients(const Update& update) const;
  [[nodiscard]] bool brings_structs(const Update& update) const;

  void apply_structs(const Update& update);
  [[nodiscard]] bool pending_rests();
  void try_pending(ApplyResult& result);
  void order_sections(const Update& update);
  [[nodiscard]] SectionCursor* cursor_of(ClientId client);
  void give_up_stack();
  [[nodiscard]] CountedUpdate remainder(const Update& update) const;
  void keep_remainder(const Update& update, ApplyResult& result);
  void apply_all_deletes(std::span<const DeleteRange> deletes, ApplyResult& result);
  [[nodiscard]] bool pending_deletes_affected() const;
  void keep_deletes(std::vector<DeleteRange> ranges, ApplyResult& result);
  [[nodiscard]] std::vector<DeleteRange> apply_deletes(std::span<const DeleteRange> deletes);
  void delete_range(ClientIndex client, Clock32 clock, Clock32 end, StructList::Cursor& at);

  void settle(ApplyResult* result);
  void settle_round(std::size_t at, ApplyResult* result);
  [[nodiscard]] bool tell_observers(Round& round);
  [[nodiscard]] bool tell_types(Round& round);
  void tell_deep_observers(std::span<const std::reference_wrapper<Event>> events);
  void note_added(Round& round) const;
  void clean(Round& round);
  [[nodiscard]] std::optional<SubdocumentsEvent> subdocuments_event(Round& round);
  void tell_subdocuments(const Round& round, const std::optional<SubdocumentsEvent>& event);
  void leave_taken_client_id(const Round& round);
  void tell_update(const Round& round);
  template <typename Writer>
  [[nodiscard]] Bytes write_update(const Round& round, Writer& writer) const;
  /// Calls `act`; the first exception of a settling is kept.
  template <typename Act>
  void guard(Act&& act) {
    try {
      act();
    } catch (...) {
      if (!thrown_) thrown_ = std::current_exception();
    }
  }

  // Transactions: those that ended and are not settled, oldest first, and the open one at the end.
  std::vector<std::unique_ptr<Round>> rounds_;
  std::vector<std::unique_ptr<Round>> idle_;  // to be used again
  Round* current_ = nullptr;
  bool settling_ = false;
  std::exception_ptr thrown_;
  std::unique_ptr<Observers> observers_;

  std::uint32_t structs_added_ = 0;
  std::uint64_t steps_max_ = 0;  // where the update's budget of conflict steps ends
  bool overrun_ = false;
  bool drops_nothing_ = false;  // ApplyBounds, of the update being applied
  /// Otherwise every update, however small, would cost as many steps as one may.
  static constexpr std::uint32_t kRestAfterOverrun = 64;
  std::uint32_t pending_rests_ = 0;  // updates that do not try what waits

  struct StackEntry {
    std::uint32_t cursor;
    std::uint32_t block;
  };
  std::vector<SectionCursor> cursors_;  // by client, ascending
  std::vector<StackEntry> stack_;
  std::vector<Wait> waits_;
};

}  // namespace ydoc
