#include "room/presence.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace righttask {
namespace {

constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kRefLength = 16;  // as Phoenix's, 96 bits

}  // namespace

void PresenceTable::Changes::add(const std::string& key, PresenceMeta meta) {
  const auto [at, fresh] = index.try_emplace(key, entries.size());
  if (fresh) entries.push_back({key, {}});
  entries[at->second].metas.push_back(std::move(meta));
}

void PresenceTable::join(MemberId member, const PresenceIdentity& identity, UnixSeconds now) {
  CHECK(!members_.contains(member));
  User& user = *users_.try_emplace(identity.key).first;
  PresenceMeta meta{.ref = fresh_ref(),
                    .previous_ref = {},
                    .online_at = now.time_since_epoch().count(),
                    .fields = identity.fields};
  add(user, member, std::move(meta));
  const auto lost = find(user, std::nullopt);
  if (lost != user.second.end()) remove(user, lost);
}

void PresenceTable::change(MemberId member, std::string fields) {
  User& user = user_of(member);
  const auto tracked = find(user, member);
  CHECK(tracked != user.second.end());
  if (tracked->meta.fields == fields) return;
  PresenceMeta meta{.ref = fresh_ref(),
                    .previous_ref = tracked->meta.ref,
                    .online_at = tracked->meta.online_at,
                    .fields = std::move(fields)};
  leaves_.add(user.first, std::move(tracked->meta));
  user.second.erase(tracked);
  add(user, member, std::move(meta));
}

void PresenceTable::leave(MemberId member) {
  User& user = user_of(member);
  members_.erase(member);
  const auto tracked = find(user, member);
  CHECK(tracked != user.second.end());
  remove(user, tracked);
}

void PresenceTable::lose(MemberId member, Instant until) {
  CHECK(losses_.empty() || losses_.back().until <= until);
  User& user = user_of(member);
  members_.erase(member);
  const auto tracked = find(user, member);
  CHECK(tracked != user.second.end());
  tracked->member.reset();
  losses_.push_back({until, user.first, tracked->meta.ref});
}

void PresenceTable::expire(Instant now) {
  for (; !losses_.empty() && losses_.front().until <= now; losses_.pop_front()) {
    const auto user = users_.find(losses_.front().key);
    if (user == users_.end()) continue;
    const auto lost = std::ranges::find_if(user->second, [this](const Tracked& tracked) {
      return tracked.meta.ref == losses_.front().ref;
    });
    if (lost != user->second.end()) remove(*user, lost);
  }
}

std::optional<Instant> PresenceTable::next_expiry() const {
  if (losses_.empty()) return std::nullopt;
  return losses_.front().until;
}

PresenceState PresenceTable::state() const {
  if (!state_) {
    std::vector<PresenceEntry> entries;
    entries.reserve(users_.size());
    for (const auto& [key, metas] : users_) {
      PresenceEntry& entry = entries.emplace_back(key, std::vector<PresenceMeta>());
      for (const Tracked& tracked : metas) entry.metas.push_back(tracked.meta);
    }
    state_ = std::make_shared<const std::vector<PresenceEntry>>(std::move(entries));
  }
  return {state_};
}

std::optional<PresenceDiff> PresenceTable::take_changes() {
  if (joins_.entries.empty() && leaves_.entries.empty()) return std::nullopt;
  return PresenceDiff{std::exchange(joins_, {}).entries, std::exchange(leaves_, {}).entries};
}

std::string PresenceTable::fresh_ref() {
  std::string ref;
  ref.reserve(kRefLength);
  for (std::size_t i = 0; i < kRefLength; ++i) ref.push_back(kUrlSafe[rng_.below(64)]);
  return ref;
}

PresenceTable::User& PresenceTable::user_of(MemberId member) {
  const auto found = members_.find(member);
  CHECK(found != members_.end());
  return *found->second;
}

std::vector<PresenceTable::Tracked>::iterator PresenceTable::find(User& user,
                                                                  std::optional<MemberId> member) {
  return std::ranges::find_if(user.second,
                              [&](const Tracked& tracked) { return tracked.member == member; });
}

void PresenceTable::add(User& user, MemberId member, PresenceMeta meta) {
  state_.reset();
  joins_.add(user.first, meta);
  user.second.push_back({member, std::move(meta)});
  members_.insert_or_assign(member, &user);
}

void PresenceTable::remove(User& user, std::vector<Tracked>::iterator tracked) {
  state_.reset();
  leaves_.add(user.first, std::move(tracked->meta));
  user.second.erase(tracked);
  if (user.second.empty()) users_.erase(users_.find(user.first));
}

}  // namespace righttask
