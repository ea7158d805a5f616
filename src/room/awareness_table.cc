#include "room/awareness_table.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace righttask {
namespace {

constexpr std::string_view kGone = "null";
/// For how long an id is kept for whoever left it, so that nobody else comes back as them.
constexpr std::chrono::minutes kKeptFor{10};

}  // namespace

Result<Bytes, Refusal> AwarenessTable::take(MemberId member, std::string_view subject,
                                            ByteView update, Instant now) {
  if (update.size() > limits_.update_bytes_max) return fail(Refusal::too_large);
  const auto decoded = ydoc::AwarenessUpdate::decode(update);
  if (!decoded) return fail(Refusal::invalid_awareness);

  std::vector<ydoc::ClientId> told;
  for (const ydoc::AwarenessEntry& entry : decoded->entries) {
    if (!may_say(member, subject, entry)) continue;
    // One by one: a second entry of the same id goes by what the first has said.
    const std::size_t before = bytes_of(entry.client);
    ydoc::AwarenessUpdate one;
    one.entries.push_back(entry);
    const auto change = table_.apply(one, now);
    states_bytes_ += bytes_of(entry.client) - before;  // may wrap in between; the sum does not
    if (!change.emits_update()) continue;
    if (entry.state != kGone) claim(member, subject, entry.client);
    if (std::ranges::find(told, entry.client) == told.end()) told.push_back(entry.client);
  }
  return told.empty() ? Bytes() : table_.encode(told);
}

/// Whether the member may say this, which is then its to take back.
bool AwarenessTable::may_say(MemberId member, std::string_view subject,
                             const ydoc::AwarenessEntry& entry) {
  const auto found = holders_.find(entry.client);
  const Holder* holder = found == holders_.end() ? nullptr : &found->second;
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
  const bool free = holder == nullptr || (!holder->member && holder->subject.empty());
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

void AwarenessTable::claim(MemberId member, std::string_view subject, ydoc::ClientId id) {
  Holder& holder = holders_[id];
  if (holder.member == member) return;
  if (holder.member) std::erase(ids_[*holder.member], id);
  holder = {member, std::string(subject), {}};
  ids_[member].push_back(id);
}

Bytes AwarenessTable::leave(MemberId member, Instant now) {
  const auto node = ids_.extract(member);
  if (node.empty()) return {};
  for (const ydoc::ClientId id : node.mapped()) {
    Holder& holder = holders_.at(id);
    holder.member.reset();
    holder.released = now;
    states_bytes_ -= bytes_of(id);
  }
  const auto change = table_.remove(node.mapped(), now);
  return change.removed.empty() ? Bytes() : table_.encode(change.removed);
}

Bytes AwarenessTable::expire(Instant now) {
  const auto change = table_.remove_outdated(now);
  states_bytes_ = 0;
  for (const auto& client : table_.clients()) {
    states_bytes_ += client.state ? client.state->size() : 0;
  }
  Bytes update = change.removed.empty() ? Bytes() : table_.encode(change.removed);

  std::erase_if(holders_, [&](const auto& entry) {
    return !entry.second.member && now - entry.second.released >= kKeptFor;
  });
  // A clock is kept for as long as its id: who comes back later counts as new.
  table_.forget_removed(now - kKeptFor);
  return update;
}

}  // namespace righttask
