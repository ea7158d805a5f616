#include "server/token_authority.h"

#include <chrono>
#include <memory>

#include "auth/bearer.h"
#include "auth/redact.h"
#include "server/token_gate.h"

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

Result<std::unique_ptr<protocol::Gate>, Refusal> TokenAuthority::open(
    ConnectionId connection, const std::optional<std::string>& token, std::string_view target) {
  if (!token) return std::make_unique<TokenGate>(*this, connection, nullptr);
  const UnixSeconds now = clock_();
  auto grant = verify(*token);
  if (!grant) {
    refusals_.say(now, "connection refused, " + std::string(target) +
                           ": its token does not count: " + std::string(to_string(grant.error())));
    return fail(auth::refusal(grant.error()));
  }
  return std::make_unique<TokenGate>(*this, connection,
                                     std::make_shared<const auth::Grant>(*std::move(grant)));
}

Result<protocol::Admission, Refusal> TokenAuthority::enter(
    const RoomName& room, const std::optional<std::string>& token) {
  if (!token) return fail(refuse_join(room, auth::TokenError::missing));
  const auto grant = verify_for(room, *token);
  if (!grant) return fail(grant.error());
  const auto access = access_to(room, *grant, clock_());
  if (!access) return fail(forbid(room, "request refused: the token does not open it"));
  return protocol::Admission{.access = *access, .subject = grant->subject, .name = grant->name};
}

void TokenAuthority::sweep() {
  const UnixSeconds now = clock_();
  if (restrictions_.next_end() <= now) {
    restrictions_.forget_ended(now);
    review();
  }
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    by_time_.begin()->second->review(now);  // which gives it a later time
  }
}

void TokenAuthority::review() {
  const UnixSeconds now = clock_();
  std::vector<TokenGate*> gates;  // a review moves its gate
  gates.reserve(by_time_.size());
  for (const auto& [time, gate] : by_time_) gates.push_back(gate);
  for (TokenGate* gate : gates) gate->review(now);
}

std::optional<auth::Holder> TokenAuthority::holder_of(MemberId member) const {
  for (const auto& [time, gate] : by_time_) {
    if (gate->connection() != member.connection) continue;
    const auth::Grant* grant = gate->grant_of(member.channel);
    return grant == nullptr ? std::nullopt : auth::Holder::of(*grant);
  }
  return std::nullopt;
}

std::optional<Access> TokenAuthority::access_to(const RoomName& room, const auth::Grant& grant,
                                                UnixSeconds now) const {
  const auto access = grant.access_to(room);
  return access ? restrictions_.cap(room, grant, *access, now) : std::nullopt;
}

Result<auth::Grant, auth::TokenError> TokenAuthority::verify(std::string_view token) {
  auto grant = verifier_.verify(token, clock_());
  // Beside a key without an id, one that is not known shows as an algorithm that does not fit.
  if (!grant && (grant.error() == auth::TokenError::unknown_key ||
                 grant.error() == auth::TokenError::algorithm_mismatch)) {
    unknown_key_ = true;
  }
  return grant;
}

Result<auth::Grant, Refusal> TokenAuthority::verify_for(const RoomName& room,
                                                        std::string_view token) {
  auto grant = verify(token);
  if (!grant) return fail(refuse_join(room, grant.error()));
  return *std::move(grant);
}

Refusal TokenAuthority::refuse_join(const RoomName& room, auth::TokenError error) {
  refusals_.say(clock_(), "room " + ops::printable(room.str()) + ": join refused: " +
                              (error == auth::TokenError::missing
                                   ? std::string(to_string(error))
                                   : "the token does not count: " + std::string(to_string(error))));
  return auth::refusal(error);
}

Refusal TokenAuthority::forbid(const RoomName& room, std::string_view why) {
  refusals_.say(clock_(), "room " + ops::printable(room.str()) + ": " + std::string(why));
  return Refusal::forbidden;
}

}  // namespace righttask::server
