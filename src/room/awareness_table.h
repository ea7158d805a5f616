#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/messages.h"
#include "ydoc/awareness.h"

namespace righttask {

struct AwarenessTableLimits {
  std::size_t update_bytes_max = 64u << 10;  // of one message; above: too_large
  std::size_t ids_of_member_max = 16;        // states that one member shows at once
  std::size_t states_bytes_max = 16u << 20;  // of all members together
  // A clock that nobody would reach silences its client for good: who shows something at a lower
  // one is not heard. A client counts up with each change, so at 60 a second for five hours.
  std::uint64_t clock_step_max = 1u << 20;   // above the last one known
  std::uint64_t first_clock_max = 1u << 31;  // of an id that is not known
};

/// What was left out of members' updates that would have told something new.
struct AwarenessTableProbe {
  std::uint64_t foreign_total = 0;   // of an id that belongs to somebody else, or to nobody yet
  std::uint64_t clocks_total = 0;    // a clock beyond all reason
  std::uint64_t too_many_total = 0;  // more ids, or more bytes, than may be
};

/// Who is where in a room, by Yjs's awareness protocol, with each id in one hand: it belongs to the
/// member that first showed something under it, until that one leaves. Clients of Yjs pass on what
/// they hear and remove whom they do not hear any more, for others; so an entry of somebody else is
/// no offence, but left out.
///
/// Changes gather until they are taken: however often a client's state changes meanwhile, its last
/// one is told.
///
/// Pure; shard-local. An update costs O(bytes + entries log clients), one that only repeats what is
/// known O(entries log clients), a new id O(clients).
/// (Spec: AWR-9 to AWR-15)
class AwarenessTable {
 public:
  explicit AwarenessTable(const AwarenessTableLimits& limits = {}) : limits_(limits) {}

  /// Takes what the member may say. `subject` is who it was admitted as; empty: nobody knows.
  /// Returns whether anything is new. Refusals: too_large, and invalid_awareness for bytes that are
  /// no awareness update.
  [[nodiscard]] Result<bool, Refusal> take(MemberId member, std::string_view subject,
                                           ByteView update, Instant now);

  /// The member has gone, and what it showed goes with it.
  void leave(MemberId member, Instant now);

  /// The member has gone without a word: what it showed stays until `until`, or until its client is
  /// back. Times of successive calls never decrease.
  void lose(MemberId member, Instant now, Instant until);

  /// Removes what the lost have left and what was not renewed in time, and forgets ids that nobody
  /// came back to. O(clients), but only where next_expiry has come.
  void expire(Instant now);

  /// When expire has something to do next.
  [[nodiscard]] std::optional<Instant> next_expiry() const;

  /// The update that tells the others what has changed since it was last taken; empty if nothing
  /// has.
  [[nodiscard]] Bytes take_changes();
  /// How many clients that will name.
  [[nodiscard]] std::size_t changed() const { return changed_.size(); }

  /// Everything there is to see, for a newcomer; an update without entries if nothing is.
  [[nodiscard]] Bytes state() const { return table_.encode_all(); }
  [[nodiscard]] std::size_t present() const { return table_.present(); }
  [[nodiscard]] std::size_t known() const { return holders_.size(); }
  [[nodiscard]] const AwarenessTableProbe& probe() const { return probe_; }

 private:
  /// Whose an id is, or was.
  struct Holder {
    std::optional<MemberId> member;
    std::string subject;
    Instant released{};     // without a member
    bool repeated = false;  // its member has only repeated what it showed before it was lost
  };
  struct Loss {
    Instant until;
    Instant since;
    ydoc::ClientId id;
  };

  [[nodiscard]] bool is_repetition(ByteView update) const;
  [[nodiscard]] bool may_say(MemberId member, std::string_view subject,
                             const ydoc::AwarenessEntry& entry, const Holder* holder);
  [[nodiscard]] bool may_claim(MemberId member, std::string_view subject,
                               const ydoc::AwarenessEntry& entry, const Holder* holder);
  [[nodiscard]] bool is_news(const ydoc::AwarenessEntry& entry) const;
  [[nodiscard]] bool believable(const ydoc::AwarenessEntry& entry) const;
  [[nodiscard]] bool returns(std::string_view subject, const ydoc::AwarenessEntry& entry,
                             const Holder* holder) const;
  [[nodiscard]] const ydoc::Awareness::Client* find(ydoc::ClientId id) const;
  void hold(MemberId member, ydoc::ClientId id, Holder& holder);
  void remove(ydoc::ClientId id, Instant now);
  void sweep(Instant now);
  void forget(Instant released_before);
  [[nodiscard]] std::size_t bytes_of(ydoc::ClientId id) const;

  /// So many ids are known before those that nobody holds are forgotten ahead of their time.
  static constexpr std::size_t kKnownMost = 1u << 14;

  AwarenessTableLimits limits_;
  ydoc::Awareness table_;
  std::unordered_map<ydoc::ClientId, Holder> holders_;
  std::unordered_map<MemberId, std::vector<ydoc::ClientId>> ids_;  // of all who ever said anything
  std::unordered_set<ydoc::ClientId> changed_;
  std::deque<Loss> lost_;              // in the order of `until`
  std::optional<Instant> next_sweep_;  // nothing: no ids are known
  std::size_t forget_at_ = kKnownMost;
  std::size_t states_bytes_ = 0;
  AwarenessTableProbe probe_;
};

}  // namespace righttask
