#include "room/awareness_table.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/reader.h"

namespace righttask {
namespace {

constexpr std::string_view kGone = "null";
/// For how long an id is kept for whoever left it, so that nobody else comes back as them.
constexpr std::chrono::minutes kKeptFor{10};
/// Clients renew their states in half the time after which those are outdated, so looking seldom is
/// soon enough. Source: y-protocols 1.0.7, awareness.js, where a timer runs every tenth of it.
constexpr std::chrono::seconds kSweepPause{3};
/// The same where nobody shows anything and there are only ids to forget.
constexpr std::chrono::seconds kForgetPause{60};

}  // namespace

Result<bool, Refusal> AwarenessTable::take(MemberId member, std::string_view subject,
                                           ByteView update, Instant now) {
  if (update.size() > limits_.update_bytes_max) return fail(Refusal::too_large);
  if (ids_.contains(member) && is_repetition(update)) return false;
  const auto decoded = ydoc::AwarenessUpdate::decode(update);
  if (!decoded) return fail(Refusal::invalid_awareness);

  const bool first = ids_.try_emplace(member).second;
  bool news = false;
  for (const ydoc::AwarenessEntry& entry : decoded->entries) {
    const auto found = holders_.find(entry.client);
    Holder* const holder = found == holders_.end() ? nullptr : &found->second;
    if (!is_news(entry)) {
      if (first && decoded->entries.size() == 1 && returns(subject, entry, holder)) {
        hold(member, entry.client, *holder);
        holder->repeated = true;
      }
      continue;
    }
    if (!may_say(member, subject, entry, holder)) continue;
    // One by one: a second entry of the same id goes by what the first has said.
    const std::size_t before = bytes_of(entry.client);
    ydoc::AwarenessUpdate one;
    one.entries.push_back(entry);
    static_cast<void>(table_.apply(one, now));
    states_bytes_ += bytes_of(entry.client) - before;  // may wrap in between; the sum does not
    changed_.insert(entry.client);
    news = true;
    if (entry.state == kGone) continue;
    Holder& its = holder != nullptr ? *holder : holders_[entry.client];
    hold(member, entry.client, its);
    its.subject = subject;
    its.repeated = false;
    if (!next_sweep_) next_sweep_ = now + ydoc::Awareness::kOutdatedAfter;
  }
  return news;
}

/// Whether nothing in the update would count, seen before it is decoded: clients answer every
/// update with such a one, so this is most of what comes. In doubt it is not.
bool AwarenessTable::is_repetition(ByteView update) const {
  constexpr std::size_t kNullBytesMost = 16;  // however it is spelt
  Reader reader(update);
  const auto count = reader.var_uint();
  if (!count) return false;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto client = reader.var_uint();
    const auto clock = reader.var_uint();
    const auto state = reader.var_bytes();
    if (!client || !clock || !state) return false;
    const auto* known = find(*client);
    const bool may_be_null = state->size() <= kNullBytesMost && as_text(*state).contains("null");
    if (*clock > (known == nullptr ? 0 : known->clock)) return false;
    if (may_be_null && known != nullptr && known->state && *clock == known->clock) return false;
  }
  return reader.done();
}

/// Whether the entry would count (AWR-2). What is repeated, as clients do, would not.
bool AwarenessTable::is_news(const ydoc::AwarenessEntry& entry) const {
  const auto* known = find(entry.client);
  const ydoc::Clock clock = known == nullptr ? 0 : known->clock;
  if (entry.clock != clock) return entry.clock > clock;
  return entry.state == kGone && known != nullptr && known->state;
}

/// A client whose connection was lost comes back with the state and clock that are still here. Only
/// what a member says first, of itself alone, can be that: the rest is repetition. Even so it may
/// be one, of a client that shows nothing itself; so whoever has news of the id gets it all the
/// same.
bool AwarenessTable::returns(std::string_view subject, const ydoc::AwarenessEntry& entry,
                             const Holder* holder) const {
  if (holder == nullptr || holder->member || entry.state == kGone) return false;
  const auto* known = find(entry.client);
  return known != nullptr && known->state && entry.clock == known->clock &&
         (holder->subject.empty() || holder->subject == subject);
}

/// Whether the member may say this, which is then its to take back.
bool AwarenessTable::may_say(MemberId member, std::string_view subject,
                             const ydoc::AwarenessEntry& entry, const Holder* holder) {
  const bool own = holder != nullptr && holder->member == member;
  if (!own && !may_claim(member, subject, entry, holder)) return false;
  if (!believable(entry)) {
    ++probe_.clocks_total;
    return false;
  }
  const std::size_t others = states_bytes_ - bytes_of(entry.client);
  if (others + entry.state.size() > limits_.states_bytes_max) {
    ++probe_.too_many_total;
    return false;
  }
  return true;
}

/// An id becomes the member's if it is nobody's, or was its subject's before. Removing is not
/// claiming: only who shows something has anything to remove.
bool AwarenessTable::may_claim(MemberId member, std::string_view subject,
                               const ydoc::AwarenessEntry& entry, const Holder* holder) {
  const bool same_subject = holder != nullptr && !subject.empty() && holder->subject == subject;
  const bool free =
      holder == nullptr || ((!holder->member || holder->repeated) && holder->subject.empty());
  if (entry.state == kGone || (!free && !same_subject)) {
    ++probe_.foreign_total;
    return false;
  }
  const auto mine = ids_.find(member);
  if (mine != ids_.end() && mine->second.size() >= limits_.ids_of_member_max) {
    ++probe_.too_many_total;
    return false;
  }
  return true;
}

bool AwarenessTable::believable(const ydoc::AwarenessEntry& entry) const {
  const auto* known = find(entry.client);
  if (known == nullptr) return entry.clock <= limits_.first_clock_max;
  return entry.clock <= known->clock || entry.clock - known->clock <= limits_.clock_step_max;
}

const ydoc::Awareness::Client* AwarenessTable::find(ydoc::ClientId id) const {
  const auto clients = table_.clients();
  const auto at = std::ranges::lower_bound(clients, id, {}, &ydoc::Awareness::Client::id);
  return at != clients.end() && at->id == id ? &*at : nullptr;
}

std::size_t AwarenessTable::bytes_of(ydoc::ClientId id) const {
  const auto* client = find(id);
  return client != nullptr && client->state ? client->state->size() : 0;
}

void AwarenessTable::hold(MemberId member, ydoc::ClientId id, Holder& holder) {
  if (holder.member == member) return;
  if (holder.member) std::erase(ids_[*holder.member], id);
  holder.member = member;
  ids_[member].push_back(id);
}

void AwarenessTable::remove(ydoc::ClientId id, Instant now) {
  states_bytes_ -= bytes_of(id);
  const auto change = table_.remove({&id, 1}, now);
  changed_.insert(change.removed.begin(), change.removed.end());
}

void AwarenessTable::leave(MemberId member, Instant now) {
  const auto node = ids_.extract(member);
  if (node.empty()) return;
  for (const ydoc::ClientId id : node.mapped()) {
    Holder& holder = holders_.at(id);
    holder.member.reset();
    holder.repeated = false;
    holder.released = now;
    remove(id, now);
  }
  if (holders_.size() >= forget_at_) {
    forget(now);
    forget_at_ = std::max(kKnownMost, 2 * holders_.size());
  }
}

void AwarenessTable::lose(MemberId member, Instant now, Instant until) {
  const auto node = ids_.extract(member);
  if (node.empty()) return;
  for (const ydoc::ClientId id : node.mapped()) {
    Holder& holder = holders_.at(id);
    holder.member.reset();
    holder.repeated = false;
    holder.released = now;
    lost_.push_back({until, now, id});
  }
}

void AwarenessTable::expire(Instant now) {
  for (; !lost_.empty() && lost_.front().until <= now; lost_.pop_front()) {
    const Loss& loss = lost_.front();
    const auto holder = holders_.find(loss.id);
    const bool gone =
        holder != holders_.end() && !holder->second.member && holder->second.released == loss.since;
    if (gone) remove(loss.id, now);
  }
  if (next_sweep_ && *next_sweep_ <= now) sweep(now);
}

void AwarenessTable::sweep(Instant now) {
  const auto change = table_.remove_outdated(now);
  changed_.insert(change.removed.begin(), change.removed.end());
  states_bytes_ = 0;
  next_sweep_.reset();
  for (const auto& client : table_.clients()) {
    if (!client.state) continue;
    states_bytes_ += client.state->size();
    const Instant due = client.last_updated + ydoc::Awareness::kOutdatedAfter;
    next_sweep_ = next_sweep_ ? std::min(*next_sweep_, due) : due;
  }
  if (next_sweep_) next_sweep_ = std::max(*next_sweep_, now + kSweepPause);
  forget(now - kKeptFor);
  if (!next_sweep_ && !holders_.empty()) next_sweep_ = now + kForgetPause;
}

/// A clock is kept for as long as its id: who comes back later counts as new.
void AwarenessTable::forget(Instant released_before) {
  std::erase_if(holders_, [&](const auto& entry) {
    const Holder& holder = entry.second;
    return !holder.member && holder.released <= released_before && bytes_of(entry.first) == 0;
  });
  table_.forget_removed(released_before);
}

std::optional<Instant> AwarenessTable::next_expiry() const {
  if (lost_.empty()) return next_sweep_;
  const Instant loss = lost_.front().until;
  return next_sweep_ ? std::min(*next_sweep_, loss) : loss;
}

Bytes AwarenessTable::take_changes() {
  if (changed_.empty()) return {};
  std::vector<ydoc::ClientId> ids(changed_.begin(), changed_.end());
  changed_.clear();
  std::ranges::sort(ids);
  return table_.encode(ids);
}

}  // namespace righttask
