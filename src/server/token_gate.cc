#include "server/token_gate.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace righttask::server {
namespace {

using std::chrono::seconds;

// How long before its end a client is asked for a new token: a quarter of the time it is good for,
// within these. (Spec: TOK-35)
constexpr seconds kWarnMin{1};
constexpr seconds kWarnMax{60};

UnixSeconds warn_at(UnixSeconds now, UnixSeconds ends) {
  if (ends == UnixSeconds::max()) return ends;
  return ends - std::clamp((ends - now) / 4, kWarnMin, kWarnMax);
}

protocol::GrantEnd end_by(auth::TokenError fault) {
  return fault == auth::TokenError::expired ? protocol::GrantEnd::expired
                                            : protocol::GrantEnd::revoked;
}

}  // namespace

TokenAuthority::TokenGate::TokenGate(TokenAuthority& authority, ConnectionId connection,
                                     std::shared_ptr<const auth::Grant> grant)
    : authority_(authority), connection_(connection), grant_(std::move(grant)) {
  const bool in_time = !grant_ && authority_.first_join_max_.count() > 0;
  first_join_by_ = in_time ? authority_.clock_() + authority_.first_join_max_ : UnixSeconds::max();
  looks_at_ = next_look();
  authority_.by_time_.emplace(looks_at_, this);
}

TokenAuthority::TokenGate::~TokenGate() {
  authority_.by_time_.erase({looks_at_, this});
}

// ---- what sessions ask -------------------------------------------------------------------------

Result<protocol::Admission, Refusal> TokenAuthority::TokenGate::admit(
    std::uint32_t channel, const RoomName& room, std::optional<std::string_view> token) {
  const UnixSeconds now = authority_.clock_();
  auto grant = grant_for(room, token, now);
  if (!grant) return fail(grant.error());
  const auto access = authority_.access_to(room, **grant, now);
  if (!access) {
    const bool opened = (*grant)->access_to(room).has_value();
    return fail(authority_.forbid(room, opened ? "join refused: its user is kept out"
                                               : "join refused: the token does not open it"));
  }
  const Held& held = held_.emplace_back(channel, room, *std::move(grant), token.has_value(),
                                        *access, UnixSeconds::max());
  held_.back().warn_at = warn_at(now, held.grant->ends);
  first_join_by_ = UnixSeconds::max();
  wait();
  return protocol::Admission{
      .access = *access, .subject = held.grant->subject, .name = held.grant->name};
}

Result<std::shared_ptr<const auth::Grant>, Refusal> TokenAuthority::TokenGate::grant_for(
    const RoomName& room, std::optional<std::string_view> token, UnixSeconds now) {
  if (token) {
    auto own = authority_.verify_for(room, *token);
    if (!own) return fail(own.error());
    return std::make_shared<const auth::Grant>(*std::move(own));
  }
  if (!grant_) return fail(authority_.refuse_join(room, auth::TokenError::missing));
  if (const auto fault = authority_.verifier_.fault(*grant_, now)) {
    return fail(authority_.refuse_join(room, *fault));
  }
  return grant_;
}

Result<protocol::Renewal, Refusal> TokenAuthority::TokenGate::renew(std::uint32_t channel,
                                                                    std::string_view token) {
  const auto held = std::ranges::find(held_, channel, &Held::channel);
  if (held == held_.end()) return fail(Refusal::not_joined);
  auto verified = authority_.verify_for(held->room, token);
  if (!verified) return fail(verified.error());
  if (verified->subject != held->grant->subject) {
    return fail(authority_.forbid(held->room, "new token refused: it is another user's"));
  }
  const UnixSeconds now = authority_.clock_();
  if (!authority_.access_to(held->room, *verified, now)) {
    return fail(authority_.forbid(held->room, "new token refused: it does not open the room"));
  }
  const auto grant = std::make_shared<const auth::Grant>(*std::move(verified));
  if (!held->own && replaces_the_connections(*grant)) {
    for (Held& other : held_) {
      if (!other.own) replace(other, grant, now);
    }
    grant_ = grant;
    ended_.reset();
  } else {
    held->own = true;
    replace(*held, grant, now);
  }
  wait();
  return protocol::Renewal{.access = held->access, .left = grant->ends - now};
}

/// One new token then serves all channels that went by the old one, and the joins to come.
bool TokenAuthority::TokenGate::replaces_the_connections(const auth::Grant& grant) const {
  return std::ranges::all_of(
      held_, [&](const Held& held) { return held.own || grant.access_to(held.room).has_value(); });
}

void TokenAuthority::TokenGate::replace(Held& held, std::shared_ptr<const auth::Grant> grant,
                                        UnixSeconds now) {
  held.grant = std::move(grant);
  held.warn_at = warn_at(now, held.grant->ends);
  if (const auto change = examine(held, now)) notice(held, *change);
}

std::string TokenAuthority::TokenGate::subject(std::uint32_t channel) const {
  const auth::Grant* grant = grant_of(channel);
  return grant == nullptr ? std::string() : grant->subject;
}

void TokenAuthority::TokenGate::release(std::uint32_t channel) {
  if (std::erase_if(held_, [&](const Held& held) { return held.channel == channel; }) > 0) wait();
}

const auth::Grant* TokenAuthority::TokenGate::grant_of(std::uint32_t channel) const {
  const auto held = std::ranges::find(held_, channel, &Held::channel);
  return held == held_.end() ? nullptr : held->grant.get();
}

// ---- as time passes ----------------------------------------------------------------------------

void TokenAuthority::TokenGate::review(UnixSeconds now) {
  std::erase_if(held_, [&](Held& held) {
    const auto change = examine(held, now);
    if (change) notice(held, *change);
    return change && std::holds_alternative<protocol::GrantEnded>(*change);
  });
  if (grant_ && !ended_) {
    if (const auto fault = authority_.verifier_.fault(*grant_, now)) ended_ = end_by(*fault);
  }
  if (ended_ && held_.empty()) close(*ended_);
  if (first_join_by_ <= now) close(protocol::GrantEnd::missing);
  wait();
}

void TokenAuthority::TokenGate::close(protocol::GrantEnd why) {
  if (std::exchange(closing_, true)) return;
  first_join_by_ = UnixSeconds::max();
  authority_.notices_.push_back({connection_, why});
}

/// What its client has not been told yet.
std::optional<protocol::RightsChange> TokenAuthority::TokenGate::examine(Held& held,
                                                                         UnixSeconds now) const {
  if (const auto fault = authority_.verifier_.fault(*held.grant, now)) {
    return protocol::GrantEnded{end_by(*fault)};
  }
  const auto access = authority_.access_to(held.room, *held.grant, now);
  if (!access) return protocol::GrantEnded{protocol::GrantEnd::kicked};
  if (*access != std::exchange(held.access, *access)) return protocol::AccessChanged{*access};
  if (now < held.warn_at) return std::nullopt;
  held.warn_at = UnixSeconds::max();
  return protocol::GrantExpiring{held.grant->ends - now};
}

void TokenAuthority::TokenGate::notice(const Held& held, const protocol::RightsChange& change) {
  authority_.notices_.push_back(
      {connection_, RightsNotice::OfChannel{held.channel, held.room, change}});
}

UnixSeconds TokenAuthority::TokenGate::next_look() const {
  // A channel with a token of its own may have left meanwhile.
  if (ended_ && held_.empty() && !closing_) return UnixSeconds::min();
  UnixSeconds next = grant_ && !ended_ ? grant_->ends : first_join_by_;
  for (const Held& held : held_) next = std::min({next, held.warn_at, held.grant->ends});
  return next;
}

void TokenAuthority::TokenGate::wait() {
  const UnixSeconds next = next_look();
  if (next == looks_at_) return;
  authority_.by_time_.erase({looks_at_, this});
  looks_at_ = next;
  authority_.by_time_.emplace(looks_at_, this);
}

}  // namespace righttask::server
