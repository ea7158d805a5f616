#include "auth/restriction.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "auth/claims.h"

namespace righttask::auth {
namespace {

/// Names of rooms hold no control characters, so no two pairs share a key.
std::string key_of(const RoomName& room, Holder::Kind kind, std::string_view id) {
  std::string key = room.str();
  key.push_back(kind == Holder::Kind::subject ? '\1' : '\2');
  key += id;
  return key;
}

std::string key_of(const RoomName& room, const Holder& holder) {
  return key_of(room, holder.kind, holder.id);
}

}  // namespace

std::optional<Holder> Holder::of(const Grant& grant) {
  if (!grant.subject.empty()) return Holder{Kind::subject, grant.subject};
  if (!grant.token_id.empty()) return Holder{Kind::token_id, grant.token_id};
  return std::nullopt;
}

Result<void, RestrictionError> RestrictionList::restrict(Restriction restriction, UnixSeconds now) {
  const std::string& id = restriction.holder.id;
  if (id.empty() || id.size() > std::max(kSubjectBytesMax, kTokenIdBytesMax)) {
    return fail(RestrictionError::id_malformed);
  }
  std::string key = key_of(restriction.room, restriction.holder);
  if (!entries_.contains(key) && size() >= entries_max_) {
    forget_ended(now);
    if (size() >= entries_max_) return fail(RestrictionError::list_full);
  }
  entries_.insert_or_assign(std::move(key), std::move(restriction));
  find_next_end();
  return {};
}

bool RestrictionList::lift(const RoomName& room, const Holder& holder) {
  const bool lifted = entries_.erase(key_of(room, holder)) > 0;
  if (lifted) find_next_end();
  return lifted;
}

std::optional<Access> RestrictionList::cap(const RoomName& room, const Grant& grant, Access access,
                                           UnixSeconds now) const {
  if (entries_.empty()) return access;
  for (const auto& [kind, id] : {std::pair{Holder::Kind::subject, std::string_view(grant.subject)},
                                 {Holder::Kind::token_id, std::string_view(grant.token_id)}}) {
    if (id.empty()) continue;
    const auto found = entries_.find(key_of(room, kind, id));
    if (found == entries_.end() || found->second.ends <= now) continue;
    if (!found->second.ceiling) return std::nullopt;
    if (*found->second.ceiling == Access::read) access = Access::read;
  }
  return access;
}

void RestrictionList::forget_ended(UnixSeconds now) {
  std::erase_if(entries_, [now](const auto& entry) { return entry.second.ends <= now; });
  find_next_end();
}

std::vector<Restriction> RestrictionList::entries() const {
  std::vector<Restriction> out;
  out.reserve(entries_.size());
  for (const auto& [key, restriction] : entries_) out.push_back(restriction);
  return out;
}

void RestrictionList::find_next_end() {
  next_end_ = UnixSeconds::max();
  for (const auto& [key, restriction] : entries_) next_end_ = std::min(next_end_, restriction.ends);
}

}  // namespace righttask::auth
