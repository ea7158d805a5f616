#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "auth/grant.h"
#include "auth/token_error.h"
#include "auth/token_verifier.h"
#include "base/clock.h"
#include "base/result.h"
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

/// Judges tokens for the connections of one shard, and says in the log why one does not count.
/// Outlives the gates it makes. Shard-local. (Spec: TOK-23, TOK-25)
class TokenAuthority {
 public:
  using WallClock = std::function<UnixSeconds()>;

  TokenAuthority(auth::TokenVerifier verifier, WallClock clock, ops::Log log)
      : verifier_(std::move(verifier)), clock_(std::move(clock)), refusals_(std::move(log)) {}

  /// The gate of a connection that brings this token. Without one it opens too, and each join
  /// needs its own. `target` is for the log.
  [[nodiscard]] Result<std::unique_ptr<protocol::Gate>, Refusal> open(
      const std::optional<std::string>& token, std::string_view target);

  /// From now on these keys. What was granted stays good until it ends.
  void use(auth::KeySet keys) { verifier_.use(std::move(keys)); }

 private:
  class TokenGate;

  [[nodiscard]] Result<protocol::Admission, Refusal> admit(
      const std::optional<auth::Grant>& connection, const RoomName& room,
      std::optional<std::string_view> token);
  Refusal refuse_join(const RoomName& room, auth::TokenError error);

  auth::TokenVerifier verifier_;
  WallClock clock_;
  RefusalLog refusals_;
};

}  // namespace righttask::server
