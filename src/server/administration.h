#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/restriction.h"
#include "auth/revocation.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/messages.h"
#include "model/room_name.h"
#include "server/rights_ledger.h"

namespace righttask::server {

struct RoomSummary {
  RoomName room;
  std::size_t members = 0;
};

struct MemberSummary {
  MemberId id;
  std::string key;     // presence key
  std::string fields;  // PresenceIdentity::fields
  Access access = Access::read_write;
  std::string dialect;
  UnixSeconds since;
};

/// Some of a room's members: all with a presence key, or all of a connection.
struct MemberSelector {
  RoomName room;
  std::variant<std::string, ConnectionId> who;
};

enum class AdminError : std::uint8_t {
  nobody,        // no such member, restriction or revocation
  open_mode,     // without tokens nobody can be told from somebody else
  unholdable,    // the member's token has neither `sub` nor `jti`
  id_malformed,  // empty, or longer than any token's
  list_full,
};

/// What operators do to rooms and their members while these are live. What is decided here is told
/// to clients and rooms before the call returns. In memory: who wants restrictions and revocations
/// to outlive the process hands them in again. Shard-local. (Spec: ADM-6 to ADM-12)
class Administration {
 public:
  virtual ~Administration() = default;

  /// Rooms with members whose names begin so and come after `after`, in the order of their bytes.
  [[nodiscard]] virtual std::vector<RoomSummary> rooms(std::string_view prefix,
                                                       std::string_view after,
                                                       std::size_t count_max) const = 0;
  /// In the order of their coming.
  [[nodiscard]] virtual std::vector<MemberSummary> members(const RoomName& room) const = 0;

  /// Puts members out of a room, and keeps their users out until `banned_until` if that is given,
  /// also a user who is not there. Returns how many memberships ended.
  [[nodiscard]] virtual Result<std::size_t, AdminError> kick(
      const MemberSelector& members, std::optional<UnixSeconds> banned_until) = 0;

  /// Lets members write or only read, at most what their tokens give: their users, until then; in
  /// open mode these memberships alone. Returns how many memberships were meant.
  [[nodiscard]] virtual Result<std::size_t, AdminError> set_access(const MemberSelector& members,
                                                                   Access access,
                                                                   UnixSeconds until) = 0;

  [[nodiscard]] virtual std::vector<auth::Restriction> restrictions() const = 0;
  [[nodiscard]] virtual Result<void, AdminError> lift(const RoomName& room,
                                                      const auth::Holder& holder) = 0;

  /// Puts into force what an earlier process had: before anybody connects. In open mode nothing.
  virtual Result<void, AdminError> restore(const RightsLists& lists) = 0;

  /// Returns how many memberships ended.
  [[nodiscard]] virtual Result<std::size_t, AdminError> revoke(
      const auth::RevocationList::Entry& entry) = 0;
  [[nodiscard]] virtual std::vector<auth::RevocationList::Entry> revocations() const = 0;
  [[nodiscard]] virtual Result<void, AdminError> lift(auth::RevocationList::Entry::Kind kind,
                                                      const std::string& id) = 0;
};

}  // namespace righttask::server
