#include "server/token_authority.h"

#include <chrono>

#include "auth/bearer.h"
#include "auth/redact.h"

namespace righttask::server {
namespace {

constexpr std::size_t kTargetBytesMax = 200;  // of a logged target

}  // namespace

std::optional<std::string> token_of(const net::HttpRequest& request,
                                    const net::QueryParameters& query) {
  for (const auto& [name, value] : request.headers) {
    if (!net::equal_ignoring_case(name, "Sec-WebSocket-Protocol")) continue;
    if (auto token = auth::bearer_of_subprotocols(value)) return token;
  }
  for (const auto& [name, value] : request.headers) {
    if (!net::equal_ignoring_case(name, "Authorization")) continue;
    if (const auto token = auth::bearer_of_authorization(value)) return std::string(*token);
  }
  if (const auto token = query.find("token")) return std::string(*token);
  return std::nullopt;
}

std::string printable_target(const net::HttpRequest& request) {
  const std::string target =
      request.query.empty() ? request.path : request.path + "?" + request.query;
  return ops::printable(auth::redact_target(target), kTargetBytesMax);
}

// ---- RefusalLog --------------------------------------------------------------------------------

void RefusalLog::say(UnixSeconds now, std::string_view what) {
  // The wall clock may be set back; then too a new minute begins.
  if (now < minute_ || now >= minute_ + std::chrono::minutes(1)) {
    if (unsaid_ > 0) log_->info("{} more tokens refused", unsaid_);
    minute_ = now;
    lines_ = 0;
    unsaid_ = 0;
  }
  if (lines_ == kLinesMax) {
    ++unsaid_;
    return;
  }
  ++lines_;
  log_->info("{}", what);
}

// ---- TokenAuthority ----------------------------------------------------------------------------

/// What one connection was granted.
class TokenAuthority::TokenGate final : public protocol::Gate {
 public:
  TokenGate(TokenAuthority& authority, std::optional<auth::Grant> grant)
      : authority_(authority), grant_(std::move(grant)) {}

  Result<protocol::Admission, Refusal> admit(const RoomName& room,
                                             std::optional<std::string_view> token) override {
    return authority_.admit(grant_, room, token);
  }

 private:
  TokenAuthority& authority_;
  std::optional<auth::Grant> grant_;
};

Result<std::unique_ptr<protocol::Gate>, Refusal> TokenAuthority::open(
    const std::optional<std::string>& token, std::string_view target) {
  if (!token) return std::make_unique<TokenGate>(*this, std::nullopt);
  const UnixSeconds now = clock_();
  auto grant = verifier_.verify(*token, now);
  if (!grant) {
    refusals_.say(now, "connection refused, " + std::string(target) +
                           ": its token does not count: " + std::string(to_string(grant.error())));
    return fail(auth::refusal(grant.error()));
  }
  return std::make_unique<TokenGate>(*this, *std::move(grant));
}

Result<protocol::Admission, Refusal> TokenAuthority::admit(
    const std::optional<auth::Grant>& connection, const RoomName& room,
    std::optional<std::string_view> token) {
  const UnixSeconds now = clock_();
  std::optional<auth::Grant> own;
  if (token) {
    auto verified = verifier_.verify(*token, now);
    if (!verified) return fail(refuse_join(room, verified.error()));
    own = *std::move(verified);
  } else if (!connection) {
    return fail(refuse_join(room, auth::TokenError::missing));
  } else if (const auto fault = verifier_.fault(*connection, now)) {
    return fail(refuse_join(room, *fault));
  }
  const auth::Grant& grant = own ? *own : *connection;
  const auto access = grant.access_to(room);
  if (!access) {
    refusals_.say(
        now, "room " + ops::printable(room.str()) + ": join refused: the token does not open it");
    return fail(Refusal::forbidden);
  }
  return protocol::Admission{.access = *access, .subject = grant.subject, .name = grant.name};
}

Refusal TokenAuthority::refuse_join(const RoomName& room, auth::TokenError error) {
  refusals_.say(clock_(), "room " + ops::printable(room.str()) + ": join refused: " +
                              (error == auth::TokenError::missing
                                   ? std::string(to_string(error))
                                   : "the token does not count: " + std::string(to_string(error))));
  return auth::refusal(error);
}

}  // namespace righttask::server
