#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/grant.h"
#include "base/clock.h"
#include "server/token_authority.h"

namespace righttask::server {

/// What one connection was granted, by its own token and by those of its joins, and the channels
/// that go by it. Registered with its authority for as long as it lives. Shard-local.
///
/// A right is never stored as settled: at every review it follows anew from the grant, the time and
/// the lists of the authority.
class TokenAuthority::TokenGate final : public protocol::Gate {
 public:
  /// `grant`: that of the connection's token; null without one.
  TokenGate(TokenAuthority& authority, ConnectionId connection,
            std::shared_ptr<const auth::Grant> grant);
  ~TokenGate() override;
  TokenGate(const TokenGate&) = delete;
  TokenGate& operator=(const TokenGate&) = delete;

  Result<protocol::Admission, Refusal> admit(std::uint32_t channel, const RoomName& room,
                                             std::optional<std::string_view> token) override;
  Result<protocol::Renewal, Refusal> renew(std::uint32_t channel, std::string_view token) override;
  std::string subject(std::uint32_t channel) const override;
  void release(std::uint32_t channel) override;

  [[nodiscard]] ConnectionId connection() const { return connection_; }
  /// What a channel goes by; null for one that is not known.
  [[nodiscard]] const auth::Grant* grant_of(std::uint32_t channel) const;

  /// Notes what has become of its grants, and when to look again. O(channels).
  void review(UnixSeconds now);

 private:
  struct Held {
    std::uint32_t channel;
    RoomName room;
    std::shared_ptr<const auth::Grant> grant;
    bool own;             // brought for this channel, not the connection's
    Access access;        // as the client was told last
    UnixSeconds warn_at;  // the maximum: has been warned
  };

  [[nodiscard]] Result<std::shared_ptr<const auth::Grant>, Refusal> grant_for(
      const RoomName& room, std::optional<std::string_view> token, UnixSeconds now);
  [[nodiscard]] bool replaces_the_connections(const auth::Grant& grant) const;
  void replace(Held& held, std::shared_ptr<const auth::Grant> grant, UnixSeconds now);
  [[nodiscard]] std::optional<protocol::RightsChange> examine(Held& held, UnixSeconds now) const;
  void notice(const Held& held, const protocol::RightsChange& change);
  void close(protocol::GrantEnd why);
  [[nodiscard]] UnixSeconds next_look() const;
  void wait();

  TokenAuthority& authority_;
  ConnectionId connection_;
  std::shared_ptr<const auth::Grant> grant_;  // null: each join needs a token of its own
  std::optional<protocol::GrantEnd> ended_;   // grant_ holds no more
  UnixSeconds first_join_by_;                 // without a grant; the maximum once let in anywhere
  bool closing_ = false;                      // the connection has been told to end
  std::vector<Held> held_;
  UnixSeconds looks_at_;  // in the authority's by_time_
};

}  // namespace righttask::server
