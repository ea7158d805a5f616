#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "model/messages.h"

namespace righttask {

/// Who is in a room, as the members see it: a key for each user, and under it a meta for each of
/// the user's memberships, the one that changed last at the end.
///
/// Changes gather in one diff until it is taken, so that a caller may announce several at once;
/// applied to the state before them (joins, then leaves, as phoenix.js does) it gives the state
/// after them.
///
/// Pure and shard-local. Each change costs O(metas of its key).
class PresenceTable {
 public:
  explicit PresenceTable(Rng& rng) : rng_(rng) {}

  /// A new meta. One that was lost under this key gives way to it: the user is back.
  /// The member must not be here yet.
  void join(MemberId member, const PresenceIdentity& identity, UnixSeconds now);

  /// The member's meta gets these fields and a new ref, unless it has them already. The member
  /// must be here.
  void change(MemberId member, std::string fields);

  /// The member's meta goes. The member must be here.
  void leave(MemberId member);

  /// The member has gone without a word: its meta stays until `until`, or until the user is back.
  /// Times of successive calls never decrease. The member must be here.
  void lose(MemberId member, Instant until);

  /// Removes the lost metas whose time has come.
  void expire(Instant now);

  /// When expire has something to do next.
  [[nodiscard]] std::optional<Instant> next_expiry() const;

  /// Everybody; the same object until something changes. O(metas) after a change.
  [[nodiscard]] PresenceState state() const;

  /// What has changed since it was last taken; nothing if nothing has.
  [[nodiscard]] std::optional<PresenceDiff> take_changes();

 private:
  struct Tracked {
    std::optional<MemberId> member;  // nobody: lost
    PresenceMeta meta;
  };
  /// Oldest first; never empty. Keyed by the user's key; nodes stay where they are.
  using Users = std::unordered_map<std::string, std::vector<Tracked>>;
  using User = Users::value_type;

  struct Loss {
    Instant until;
    std::string key;
    std::string ref;
  };

  /// One half of a diff; each key once, however many of its metas change.
  struct Changes {
    std::vector<PresenceEntry> entries;
    std::unordered_map<std::string, std::size_t> index;

    void add(const std::string& key, PresenceMeta meta);
  };

  [[nodiscard]] std::string fresh_ref();
  [[nodiscard]] User& user_of(MemberId member);
  [[nodiscard]] static std::vector<Tracked>::iterator find(User& user,
                                                           std::optional<MemberId> member);
  void add(User& user, MemberId member, PresenceMeta meta);
  void remove(User& user, std::vector<Tracked>::iterator tracked);

  Rng& rng_;
  Users users_;
  std::unordered_map<MemberId, User*> members_;
  std::deque<Loss> losses_;  // by time; those whose meta has gone meanwhile are passed over
  Changes joins_;
  Changes leaves_;
  mutable std::shared_ptr<const std::vector<PresenceEntry>> state_;  // null: to be made again
};

}  // namespace righttask
