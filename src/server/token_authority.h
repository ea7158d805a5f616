#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "auth/grant.h"
#include "auth/restriction.h"
#include "auth/revocation.h"
#include "auth/token_error.h"
#include "auth/token_verifier.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/messages.h"
#include "model/room_name.h"
#include "net/http.h"
#include "net/url.h"
#include "ops/log.h"
#include "protocol/session.h"

namespace righttask::server {

/// Where a request to connect carries its token: among the subprotocols, in Authorization, or as
/// the query parameter `token`, the first of these that is there. Not verified. (Spec: TOK-26)
[[nodiscard]] std::optional<std::string> token_of(const net::HttpRequest& request,
                                                  const net::QueryParameters& query);

/// A request's path and query as a log may have them: without secrets, escaped and cut. (TOK-27)
[[nodiscard]] std::string printable_target(const net::HttpRequest& request);

/// Refusals for the log. Whoever sends bad tokens decides how many there are, so at most kLinesMax
/// a minute are written; the first line of the next minute says how many were not. Shard-local.
class RefusalLog {
 public:
  static constexpr std::uint32_t kLinesMax = 60;

  explicit RefusalLog(ops::Log log) : log_(std::move(log)) {}

  void say(UnixSeconds now, std::string_view what);

 private:
  ops::Log log_;
  UnixSeconds minute_{};
  std::uint32_t lines_ = 0;
  std::uint64_t unsaid_ = 0;
};

/// Something has become of a channel's rights, or (GrantEnd) of a connection's, and it and its room
/// are to be told.
struct RightsNotice {
  struct OfChannel {
    std::uint32_t channel;
    RoomName room;
    protocol::RightsChange change;
  };
  ConnectionId connection;
  std::variant<OfChannel, protocol::GrantEnd> what;
};

/// Judges tokens for the connections of one shard, says in the log why one does not count, and
/// watches over what it has granted for as long as that is used. Outlives the gates it makes.
/// Shard-local. (Spec: TOK-23 to TOK-25, TOK-35 to TOK-38)
class TokenAuthority {
 public:
  using WallClock = std::function<UnixSeconds()>;

  /// `first_join_max`: how long a connection may stay that brought no token and was not let into
  /// any room yet; 0: for ever. (Spec: TOK-40)
  TokenAuthority(auth::TokenVerifier verifier, WallClock clock, ops::Log log,
                 std::chrono::seconds first_join_max = std::chrono::seconds(0))
      : verifier_(std::move(verifier)),
        clock_(std::move(clock)),
        refusals_(std::move(log)),
        first_join_max_(first_join_max) {}

  /// The gate of a connection that brings this token. Without one it opens too, and each join
  /// needs its own. `target` is for the log.
  [[nodiscard]] Result<std::unique_ptr<protocol::Gate>, Refusal> open(
      ConnectionId connection, const std::optional<std::string>& token, std::string_view target);

  /// What the bearer of this token may do in that room now, for a request that is over at once. The
  /// refusal is then in the log.
  [[nodiscard]] Result<protocol::Admission, Refusal> enter(const RoomName& room,
                                                           const std::optional<std::string>& token);

  /// From now on these keys. What was granted stays good until it ends.
  void use(auth::KeySet keys) { verifier_.use(std::move(keys)); }

  /// Whether a token has come since this was last asked that none of the keys could have signed:
  /// there may be new ones.
  [[nodiscard]] bool take_unknown_key() { return std::exchange(unknown_key_, false); }

  /// Sees to the grants whose time has come: to be called about once a second. Costs nothing while
  /// there are none, O(log connections) for each.
  void sweep();

  /// Looks at all grants anew: after a list has changed. O(channels).
  void review();

  /// Tokens that count no more, and what operators took from whom. Who changes a list calls review.
  [[nodiscard]] auth::RevocationList& revocations() { return verifier_.revocations(); }
  [[nodiscard]] const auth::RevocationList& revocations() const { return verifier_.revocations(); }
  [[nodiscard]] auth::RestrictionList& restrictions() { return restrictions_; }
  [[nodiscard]] const auth::RestrictionList& restrictions() const { return restrictions_; }

  /// Whose rights that channel goes by; nothing for one that is not known, or that goes by a token
  /// with neither `sub` nor `jti`. O(connections).
  [[nodiscard]] std::optional<auth::Holder> holder_of(MemberId member) const;

  [[nodiscard]] UnixSeconds now() const { return clock_(); }

  /// What has become of rights since this was last asked, in order. Ask after every call that could
  /// reach a gate.
  [[nodiscard]] std::vector<RightsNotice> take_notices() { return std::exchange(notices_, {}); }

 private:
  class TokenGate;

  [[nodiscard]] Result<auth::Grant, auth::TokenError> verify(std::string_view token);
  /// Whatever the token says, or the refusal, which is then in the log.
  [[nodiscard]] Result<auth::Grant, Refusal> verify_for(const RoomName& room,
                                                        std::string_view token);
  /// What the grant gives in a room, less what has been taken; nothing: it may not be entered.
  [[nodiscard]] std::optional<Access> access_to(const RoomName& room, const auth::Grant& grant,
                                                UnixSeconds now) const;
  Refusal refuse_join(const RoomName& room, auth::TokenError error);
  Refusal forbid(const RoomName& room, std::string_view why);

  auth::TokenVerifier verifier_;
  auth::RestrictionList restrictions_;
  WallClock clock_;
  RefusalLog refusals_;
  std::chrono::seconds first_join_max_;
  bool unknown_key_ = false;
  /// Every gate, by the time at which it wants to look at its grants. Ordered, so that time costs
  /// nothing for those whose time has not come.
  std::set<std::pair<UnixSeconds, TokenGate*>> by_time_;
  std::vector<RightsNotice> notices_;
};

}  // namespace righttask::server
