#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ydoc/codec/state_vector.h"
#include "ydoc/events.h"
#include "ydoc/type_kind.h"
#include "ydoc/update.h"

namespace ydoc {

struct Store;
class TransactionEvent;
class Subdocument;
struct SubdocumentsEvent;
class Array;
class Map;
class Text;
class XmlFragment;
class XmlElement;

struct DocOptions {
  /// Under which id this replica makes structs, below 2^53: drawn at random by its owner, never
  /// shared with another replica. Needed for edits; a document that only takes in updates has none.
  std::optional<ClientId> client_id = std::nullopt;
  /// Whether deleted content is dropped at the end of each transaction.
  bool gc = true;
  /// Structs and deletions that wait for others to arrive are kept up to this many encoded
  /// bytes. What comes beyond is dropped, as if it had never been received: ApplyResult says so,
  /// and the peer has to be asked for its state again.
  std::size_t pending_bytes_max = 8u << 20;
  /// Ranges that wait for what they delete, to the same effect.
  std::size_t pending_ranges_max = 1u << 16;
  /// Structs of an update that are still to come when it has taken this many conflict steps
  /// (see ApplyResult) are dropped, to the same effect.
  std::uint64_t conflict_steps_max = 100'000'000;
  DecodeLimits decode{};
};

enum class ApplyError : std::uint8_t {
  undecodable,        // see ApplyFailure::decode
  clock_too_large,    // a struct ends beyond clock 2^32-1
  reference_forward,  // a struct names its own client's present or future as origin or parent
  growth,             // see ApplyBounds
  too_many_clients,   // see ApplyBounds
};

/// What an update may bring at most. Beyond, it is refused whole and the document untouched.
struct ApplyBounds {
  /// False: structs that are here already, and deletions.
  bool growth = true;
  /// Clients of which the document has no structs yet.
  std::size_t new_clients_max = SIZE_MAX;
  /// Nothing is dropped for what DocOptions says of pending content and conflict steps: for what
  /// a store gives back of a document that had it all.
  bool drops_nothing = false;
};

struct ApplyFailure {
  ApplyError error;
  DecodeError decode = DecodeError::truncated;  // of undecodable

  [[nodiscard]] std::string_view text() const;
  bool operator==(const ApplyFailure&) const = default;
};

/// What an update did.
struct ApplyResult {
  /// It brought something new: structs or deletions took effect, or more is pending than before.
  /// An update that did not change anything need not be relayed or stored.
  bool changed = false;
  bool structs_pending = false;     // the document now holds structs that wait for others
  bool deletes_pending = false;     // the same for deletions
  bool pending_dropped = false;     // see DocOptions::pending_bytes_max
  std::uint32_t structs_added = 0;  // applied from this update (and from what was pending)
  /// Of this update's clients, those that were new and are here now; counted where
  /// ApplyBounds::new_clients_max says how many there may be.
  std::size_t clients_added = 0;
  /// Items passed over while looking for places; see Integrator::integrate. Far more than the
  /// update's bytes in a well-meant document means that many edits collide.
  std::uint64_t conflict_steps = 0;
  /// After remote changes Yjs deletes format marks that have become redundant, as a transaction
  /// of its own. This is that transaction as an update, V1; empty if nothing was deleted. Clients
  /// do the same by themselves, but not always the same deletions: relay it, or copies may stay
  /// different. With what follows from updates that listeners took in meanwhile.
  /// docs/spec/document.md, DOC-12.
  Bytes cleanup_v1;
};

/// What a client's pending structs wait for.
struct MissingClock {
  ClientId client;
  Clock clock;  // as Yjs reports it: the last one known, or the one before the gap's end
  bool operator==(const MissingClock&) const = default;
};

/// A Yjs document: takes updates in any order, any number of times, and answers with the same
/// bytes as Yjs 13.6.
///
/// Pure; shard-local; moves but does not copy. Throws only BugError (and bad_alloc), and what
/// listeners throw. While it calls one of them, or what transact() was given, it must neither go
/// nor move.
class Doc {
 public:
  explicit Doc(const DocOptions& options = {});
  ~Doc();
  Doc(Doc&&) noexcept;
  Doc& operator=(Doc&&) noexcept;

  /// Takes in a decoded update; an error leaves the document untouched.
  /// Time O(structs * log), and see ApplyResult::conflict_steps; no allocation beyond amortised
  /// growth for a small update.
  [[nodiscard]] righttask::Result<ApplyResult, ApplyFailure> apply(const Update& update,
                                                                   Origin origin = {},
                                                                   const ApplyBounds& bounds = {});
  /// Decodes within DocOptions::decode, then applies.
  [[nodiscard]] righttask::Result<ApplyResult, ApplyFailure> apply_update_v1(
      ByteView bytes, Origin origin = {}, const ApplyBounds& bounds = {});
  [[nodiscard]] righttask::Result<ApplyResult, ApplyFailure> apply_update_v2(
      ByteView bytes, Origin origin = {}, const ApplyBounds& bounds = {});

  // The roots, as the shared types of ydoc/types/shared.h. A root that does not exist is made.
  // One that was declared as something else is a BugError: ask root_kind() where names come from
  // elsewhere.
  [[nodiscard]] Array array(std::string_view name);
  [[nodiscard]] Map map(std::string_view name);
  [[nodiscard]] Text text(std::string_view name);
  [[nodiscard]] XmlFragment xml_fragment(std::string_view name);
  [[nodiscard]] XmlElement xml_element(std::string_view name);
  [[nodiscard]] Text xml_text(std::string_view name);

  /// Calls `act` in one transaction: its edits are told and tidied up together, once it returns.
  /// Inside another transaction it becomes part of that one. What has been done when `act` throws
  /// stays done.
  template <typename Act>
  void transact(Act&& act, Origin origin = {}) {
    const bool opened = begin_transaction(std::move(origin));
    if (!opened) return std::forward<Act>(act)();
    try {
      std::forward<Act>(act)();
    } catch (...) {
      end_transaction_quietly();
      throw;
    }
    end_transaction();
  }

  // What happens to transactions, in this order; ydoc/event.h says what an event says. All are
  // told of every transaction, also if it changed nothing. Listeners may edit: their transactions
  // follow when everything about this one has been told. What they throw is thrown on by the
  // outermost call when all is settled; of several exceptions, the first.

  /// It has been opened. Edits become part of it.
  [[nodiscard]] Subscription on_before_transaction(
      std::function<void(const TransactionEvent&)> listener);
  /// It has ended; observers of shared types come next.
  [[nodiscard]] Subscription on_before_observers(
      std::function<void(const TransactionEvent&)> listener);
  /// The observers of shared types have been told.
  [[nodiscard]] Subscription on_after_transaction(
      std::function<void(const TransactionEvent&)> listener);
  /// What it deleted has been collected. Update events come next.
  [[nodiscard]] Subscription on_after_cleanup(
      std::function<void(const TransactionEvent&)> listener);
  /// Nothing is left to be told, of this transaction and of those that its observers made.
  [[nodiscard]] Subscription on_all_settled(std::function<void()> listener);

  /// The changes of each transaction that changed something, as an update of the encoding.
  [[nodiscard]] Subscription on_update_v1(std::function<void(const UpdateEvent&)> listener);
  [[nodiscard]] Subscription on_update_v2(std::function<void(const UpdateEvent&)> listener);

  // Subdocuments: places in a document that name others. Those are kept by whoever keeps this one,
  // as documents of their own, under the same client id; here is known which there are, and
  // which of them are wanted here.

  /// Those that are there, in the order in which they came. O(n log n).
  [[nodiscard]] std::vector<Subdocument> subdocuments() const;
  /// Asks for the one at Subdocument::place: observers are told to load it. False if there is
  /// none, or it is wanted already.
  bool load_subdocument(const Id& place);
  /// Says that it is not kept any more: observers see it go and come back, not loaded. False if
  /// there is none, or it was not wanted.
  bool unload_subdocument(const Id& place);
  /// After a transaction in which subdocuments came, went or were to be loaded.
  [[nodiscard]] Subscription on_subdocuments(
      std::function<void(const SubdocumentsEvent&)> listener);

  /// See DocOptions::client_id. Changes when an update brings structs under this id that this
  /// replica did not make.
  [[nodiscard]] std::optional<ClientId> client_id() const;
  void set_client_id(ClientId id);  // below 2^53

  /// What a peer in state `have` lacks, with all deletions and all that is pending.
  /// O(bytes written + structs).
  [[nodiscard]] Bytes encode_state_as_update_v1(const StateVector& have = {}) const;
  [[nodiscard]] Bytes encode_state_as_update_v2(const StateVector& have = {}) const;
  [[nodiscard]] Bytes encode_state_vector_v1() const;
  [[nodiscard]] StateVector state_vector() const;

  [[nodiscard]] bool has_pending() const;
  [[nodiscard]] bool has_pending_structs() const;
  [[nodiscard]] bool has_pending_deletes() const;
  /// By client, ascending.
  [[nodiscard]] std::vector<MissingClock> missing() const;
  [[nodiscard]] std::size_t pending_bytes() const;

  /// Says what the root `name` is. The wire does not carry it; only views and the formatting
  /// cleanup depend on it. False if the root was declared as something else.
  bool declare_root(std::string_view name, TypeKind kind);
  [[nodiscard]] std::vector<std::string> root_names() const;
  /// As declared; unknown also for a name that does not exist.
  [[nodiscard]] TypeKind root_kind(std::string_view name) const;
  /// As declared, else a guess from the content for tools that show documents.
  [[nodiscard]] TypeKind root_kind_guess(std::string_view name) const;

  [[nodiscard]] const DocOptions& options() const;
  /// Bytes in use, without the allocator's overhead. O(items).
  [[nodiscard]] std::size_t memory_bytes() const;
  /// For the views in view/.
  [[nodiscard]] const Store& store() const;

  class Engine;
  /// For the types in types/.
  [[nodiscard]] Engine& engine() { return *engine_; }

 private:
  bool begin_transaction(Origin origin);
  void end_transaction();
  void end_transaction_quietly();

  std::unique_ptr<Engine> engine_;
};

}  // namespace ydoc
