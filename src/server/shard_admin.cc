// What operators do to a shard's rooms and members.

#include <algorithm>
#include <utility>

#include "server/shard.h"

namespace righttask::server {
namespace {

AdminError to_admin(auth::RestrictionError error) {
  return error == auth::RestrictionError::list_full ? AdminError::list_full
                                                    : AdminError::id_malformed;
}
AdminError to_admin(auth::RevocationError error) {
  return error == auth::RevocationError::list_full ? AdminError::list_full
                                                   : AdminError::id_malformed;
}

}  // namespace

// ---- looking -----------------------------------------------------------------------------------

std::vector<RoomSummary> Shard::rooms(std::string_view prefix, std::string_view after,
                                      std::size_t count_max) const {
  std::vector<RoomSummary> out;
  const auto counts = rooms_.rooms(prefix);
  for (auto at = counts.upper_bound(std::string(after)); at != counts.end(); ++at) {
    if (out.size() == count_max) break;
    out.push_back({*RoomName::parse(at->first), at->second});
  }
  return out;
}

std::vector<MemberSummary> Shard::members(const RoomName& name) const {
  std::vector<MemberSummary> out;
  const Room* room = rooms_.room(name);
  if (room == nullptr) return out;
  for (const Roster::Entry& member : room->roster().entries()) {
    const Connection* connection = find(member.id.connection);
    out.push_back({.id = member.id,
                   .key = std::string(member.key),
                   .fields = std::string(member.fields),
                   .access = member.access,
                   .dialect = connection ? std::string(dialect_of(*connection).name()) : "",
                   .since = member.since});
  }
  return out;
}

std::vector<MemberSummary> Shard::select(const MemberSelector& selector) const {
  std::vector<MemberSummary> out = members(selector.room);
  std::erase_if(out, [&](const MemberSummary& member) {
    const auto* key = std::get_if<std::string>(&selector.who);
    return key ? member.key != *key : member.id.connection != std::get<ConnectionId>(selector.who);
  });
  return out;
}

/// Whose rights these members use. A presence key behind tokens is a user's id, so one who is not
/// there can be meant as well.
Result<std::vector<auth::Holder>, AdminError> Shard::holders(
    const MemberSelector& selector, const std::vector<MemberSummary>& members) const {
  if (!tokens_) return fail(AdminError::open_mode);
  std::vector<auth::Holder> out;
  for (const MemberSummary& member : members) {
    auto holder = tokens_->holder_of(member.id);
    if (!holder) return fail(AdminError::unholdable);
    if (std::ranges::find(out, *holder) == out.end()) out.push_back(*std::move(holder));
  }
  const auto* key = std::get_if<std::string>(&selector.who);
  if (key && out.empty()) out.push_back({auth::Holder::Kind::subject, *key});
  return out;
}

// ---- members -----------------------------------------------------------------------------------

Result<std::size_t, AdminError> Shard::kick(const MemberSelector& selector,
                                            std::optional<UnixSeconds> banned_until) {
  const std::vector<MemberSummary> members = select(selector);
  if (banned_until) {
    const auto banned = holders(selector, members);
    if (!banned) return fail(banned.error());
    if (banned->empty()) return fail(AdminError::nobody);
    if (const auto done = restrict(selector.room, *banned, std::nullopt, *banned_until); !done) {
      return fail(done.error());
    }
  } else if (members.empty()) {
    return fail(AdminError::nobody);
  }
  std::size_t ended = 0;
  if (banned_until) {
    tokens_->review();
    ended = tell_rights();
    settle();
  }
  // Those who are not held to a ban: all, or a user's other memberships by tokens without `sub`.
  for (const MemberSummary& member : members) {
    const MemberId id = member.id;
    const Room* room = rooms_.room(selector.room);
    if (room == nullptr || !room->roster().contains(id)) continue;
    ended += tell_rights(
        {id.connection, RightsNotice::OfChannel{id.channel, selector.room,
                                                protocol::GrantEnded{protocol::GrantEnd::kicked}}});
  }
  settle();
  return ended;
}

Result<std::size_t, AdminError> Shard::set_access(const MemberSelector& selector, Access access,
                                                  UnixSeconds until) {
  const std::vector<MemberSummary> members = select(selector);
  if (members.empty()) return fail(AdminError::nobody);
  if (!tokens_) {
    for (const MemberSummary& member : members) {
      if (member.access == access) continue;
      tell_rights({member.id.connection, RightsNotice::OfChannel{member.id.channel, selector.room,
                                                                 protocol::AccessChanged{access}}});
    }
  } else {
    const auto meant = holders(selector, members);
    if (!meant) return fail(meant.error());
    if (access == Access::read_write) {
      for (const auth::Holder& holder : *meant) tokens_->restrictions().lift(selector.room, holder);
    } else if (const auto done = restrict(selector.room, *meant, access, until); !done) {
      return fail(done.error());
    }
    tokens_->review();
  }
  settle();
  return members.size();
}

Result<void, AdminError> Shard::restrict(const RoomName& room,
                                         const std::vector<auth::Holder>& holders,
                                         std::optional<Access> ceiling, UnixSeconds until) {
  for (const auth::Holder& holder : holders) {
    const auto done =
        tokens_->restrictions().restrict({room, holder, ceiling, until}, tokens_->now());
    if (!done) return fail(to_admin(done.error()));
  }
  return {};
}

// ---- lists -------------------------------------------------------------------------------------

std::vector<auth::Restriction> Shard::restrictions() const {
  return tokens_ ? tokens_->restrictions().entries() : std::vector<auth::Restriction>();
}

Result<void, AdminError> Shard::lift(const RoomName& room, const auth::Holder& holder) {
  if (!tokens_) return fail(AdminError::open_mode);
  if (!tokens_->restrictions().lift(room, holder)) return fail(AdminError::nobody);
  tokens_->review();
  settle();
  return {};
}

Result<void, AdminError> Shard::restore(const RightsLists& lists) {
  if (!tokens_) return {};
  for (const auth::Restriction& restriction : lists.restrictions) {
    const auto done = tokens_->restrictions().restrict(restriction, tokens_->now());
    if (!done) return fail(to_admin(done.error()));
  }
  for (const auth::RevocationList::Entry& entry : lists.revocations) {
    if (const auto done = revoke(entry); !done) return fail(done.error());
  }
  return {};
}

Result<std::size_t, AdminError> Shard::revoke(const auth::RevocationList::Entry& entry) {
  if (!tokens_) return fail(AdminError::open_mode);
  auth::RevocationList& list = tokens_->revocations();
  const auto done =
      entry.kind == auth::RevocationList::Entry::Kind::token
          ? list.revoke_token(entry.id, entry.ends, tokens_->now())
          : list.revoke_subject(entry.id, entry.issued_before, entry.ends, tokens_->now());
  if (!done) return fail(to_admin(done.error()));
  tokens_->review();
  const std::size_t ended = tell_rights();
  settle();
  return ended;
}

std::vector<auth::RevocationList::Entry> Shard::revocations() const {
  return tokens_ ? tokens_->revocations().entries() : std::vector<auth::RevocationList::Entry>();
}

Result<void, AdminError> Shard::lift(auth::RevocationList::Entry::Kind kind,
                                     const std::string& id) {
  if (!tokens_) return fail(AdminError::open_mode);
  auth::RevocationList& list = tokens_->revocations();
  const bool lifted = kind == auth::RevocationList::Entry::Kind::token ? list.lift_token(id)
                                                                       : list.lift_subject(id);
  if (!lifted) return fail(AdminError::nobody);
  return {};
}

}  // namespace righttask::server
