#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "auth/grant.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/messages.h"
#include "model/room_name.h"

namespace righttask::auth {

/// Whom an operator means: a user (`sub`), or the bearer of one token (`jti`).
struct Holder {
  enum class Kind : std::uint8_t { subject, token_id };
  Kind kind = Kind::subject;
  std::string id;

  /// The user of a grant, else its token; nothing for one with neither.
  [[nodiscard]] static std::optional<Holder> of(const Grant& grant);

  bool operator==(const Holder&) const = default;
};

/// What an operator has taken from somebody in one room, whatever their tokens say.
struct Restriction {
  RoomName room;
  Holder holder;
  std::optional<Access> ceiling;  // nothing: they may not enter
  UnixSeconds ends;               // the maximum: until it is lifted

  bool operator==(const Restriction&) const = default;
};

enum class RestrictionError : std::uint8_t {
  id_malformed,  // empty, or longer than any token's
  list_full,
};

/// Restrictions in force. Bounded: a full list refuses new ones rather than forget old ones. In
/// memory alone. Shard-local. (Spec: TOK-38)
class RestrictionList {
 public:
  static constexpr std::size_t kEntriesMaxDefault = 65'536;

  explicit RestrictionList(std::size_t entries_max = kEntriesMaxDefault)
      : entries_max_(entries_max) {}

  /// Replaces the one on the same holder in that room.
  Result<void, RestrictionError> restrict(Restriction restriction, UnixSeconds now);

  /// False when there is none.
  bool lift(const RoomName& room, const Holder& holder);

  /// What is left of the access that a grant gives in a room; nothing: it may not be entered. Two
  /// look-ups.
  [[nodiscard]] std::optional<Access> cap(const RoomName& room, const Grant& grant, Access access,
                                          UnixSeconds now) const;

  /// O(entries).
  void forget_ended(UnixSeconds now);

  /// When the next of them ends; the maximum if none does.
  [[nodiscard]] UnixSeconds next_end() const { return next_end_; }

  [[nodiscard]] std::vector<Restriction> entries() const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  void find_next_end();

  std::size_t entries_max_;
  std::unordered_map<std::string, Restriction> entries_;  // by room and holder
  UnixSeconds next_end_ = UnixSeconds::max();
};

}  // namespace righttask::auth
