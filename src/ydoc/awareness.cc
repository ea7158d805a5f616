#include "ydoc/awareness.h"

#include <algorithm>

#include "base/check.h"
#include "base/reader.h"
#include "base/writer.h"
#include "ydoc/any.h"
#include "ydoc/codec/content.h"

namespace ydoc {
namespace {

using righttask::fail;

constexpr std::string_view kGone = "null";

/// States are bounded when they are decoded; what is held may be parsed without a bound.
constexpr unsigned kAnyDepth = ~0U;

/// y-protocols reads a state as `states.get(id) || null`, so that falsy ones count as none.
bool falsy(std::string_view json) {
  return json == kGone || json == "false" || json == "0" || json == "\"\"";
}

Clock next_clock(Clock clock) {
  return std::min(clock + 1, righttask::kSafeIntegerMax);
}

/// Deep equality; texts that differ may still hold the same members in another order.
bool equal_states(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (a.size() != b.size())
    return false;  // canonical spellings of equal values differ in order only
  const auto left = parse_json(a, kAnyDepth);
  const auto right = parse_json(b, kAnyDepth);
  return left && right && *left == *right;
}

}  // namespace

Decoded<AwarenessUpdate> AwarenessUpdate::decode(ByteView bytes, const AwarenessLimits& limits) {
  if (bytes.size() > limits.update_bytes_max) return fail(DecodeError::too_many_structs);
  righttask::Reader reader(bytes);
  const auto count = reader.var_uint();
  if (!count) return fail(count.error());
  if (*count > reader.left() / 3) return fail(DecodeError::count_exceeds_input);
  AwarenessUpdate update;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto client = reader.var_uint();
    if (!client) return fail(client.error());
    const auto clock = reader.var_uint();
    if (!clock) return fail(clock.error());
    const auto state = reader.var_string();
    if (!state) return fail(state.error());
    const auto spelling = check_json(*state, limits.json_depth_max);
    if (!spelling) return fail(spelling.error());
    update.entries.push_back({*client, *clock, *state});
    if (*spelling == Spelling::canonical) continue;
    const auto value = parse_json(*state, limits.json_depth_max);
    if (!value) return fail(value.error());
    // A short string keeps its characters inside itself, where moving it would lose them.
    std::string respelled;
    respelled.reserve(64);
    append_json(respelled, *value);
    update.owned_.push_back(std::move(respelled));
    update.entries.back().state = update.owned_.back();
  }
  if (!reader.done()) return fail(DecodeError::trailing_bytes);
  return update;
}

Bytes encode_awareness(std::span<const AwarenessEntry> entries) {
  righttask::Writer writer;
  writer.var_uint(entries.size());
  for (const auto& entry : entries) {
    writer.var_uint(entry.client);
    writer.var_uint(entry.clock);
    writer.var_string(entry.state);
  }
  return writer.take();
}

Awareness::Awareness(ClientId local, Instant now) : local_(local) {
  clients_.push_back({local, 0, now, "{}"});
}

const Awareness::Client* Awareness::find(ClientId id) const {
  const auto at =
      std::lower_bound(clients_.begin(), clients_.end(), id,
                       [](const Client& client, ClientId key) { return client.id < key; });
  return at != clients_.end() && at->id == id ? &*at : nullptr;
}

Awareness::Client* Awareness::find(ClientId id) {
  return const_cast<Client*>(std::as_const(*this).find(id));
}

Awareness::Client& Awareness::find_or_add(ClientId id) {
  const auto at =
      std::lower_bound(clients_.begin(), clients_.end(), id,
                       [](const Client& client, ClientId key) { return client.id < key; });
  if (at != clients_.end() && at->id == id) return *at;
  return *clients_.insert(at, Client{id, 0, {}, std::nullopt});
}

AwarenessChange Awareness::apply(const AwarenessUpdate& update, Instant now) {
  AwarenessChange change;
  Arrivals arrivals;
  for (const auto& entry : update.entries) apply_entry(entry, now, arrivals, change);
  admit(std::move(arrivals));
  return change;
}

void Awareness::admit(Arrivals&& arrivals) {
  if (arrivals.empty()) return;
  const auto before = static_cast<std::ptrdiff_t>(clients_.size());
  for (auto& [id, client] : arrivals) clients_.push_back(std::move(client));
  std::inplace_merge(clients_.begin(), clients_.begin() + before, clients_.end(),
                     [](const Client& a, const Client& b) { return a.id < b.id; });
}

void Awareness::apply_entry(const AwarenessEntry& entry, Instant now, Arrivals& arrivals,
                            AwarenessChange& change) {
  const bool gone = entry.state == kGone;
  Client* known = find(entry.client);
  if (known == nullptr) {
    const auto arrived = arrivals.find(entry.client);
    if (arrived != arrivals.end()) known = &arrived->second;
  }
  const Clock known_clock = known == nullptr ? 0 : known->clock;
  const bool held = known != nullptr && known->state.has_value();
  if (entry.clock < known_clock || (entry.clock == known_clock && !(gone && held))) return;

  const bool seen = known != nullptr;
  Client& client =
      seen ? *known : arrivals.emplace(entry.client, Client{entry.client, 0, {}, {}}).first->second;
  client.clock = entry.clock;
  client.last_updated = now;
  if (gone) {
    // A peer that removes our own state is answered with a higher clock; the state stays.
    if (entry.client == local_ && held && !falsy(*client.state)) {
      client.clock = next_clock(entry.clock);
    } else {
      client.state.reset();
    }
    if (seen) change.removed.push_back(entry.client);
    return;
  }
  const bool same = held && equal_states(*client.state, entry.state);
  client.state = entry.state;
  if (!seen) {
    change.added.push_back(entry.client);
    return;
  }
  if (!same) change.changed.push_back(entry.client);
  change.updated.push_back(entry.client);
}

AwarenessChange Awareness::remove(std::span<const ClientId> clients, Instant now) {
  AwarenessChange change;
  for (const ClientId id : clients) {
    Client* client = find(id);
    if (client == nullptr || !client->state) continue;
    client->state.reset();
    if (id == local_) {
      client->clock = next_clock(client->clock);
      client->last_updated = now;
    }
    change.removed.push_back(id);
  }
  return change;
}

AwarenessChange Awareness::remove_outdated(Instant now) {
  std::vector<ClientId> outdated;
  for (const auto& client : clients_) {
    if (client.state && client.id != local_ && now - client.last_updated >= kOutdatedAfter) {
      outdated.push_back(client.id);
    }
  }
  return remove(outdated, now);
}

std::size_t Awareness::forget_removed(Instant then) {
  return std::erase_if(clients_, [&](const Client& client) {
    return !client.state && client.id != local_ && client.last_updated < then;
  });
}

AwarenessChange Awareness::set_local_state(std::string_view state, Instant now) {
  CHECK(local_);
  const ClientId id = *local_;
  Client* known = find(id);
  const bool seen = known != nullptr;
  Client& client = seen ? *known : find_or_add(id);
  client.clock = seen ? next_clock(client.clock) : 0;
  client.last_updated = now;
  AwarenessChange change;
  if (state == kGone) {
    client.state.reset();
    change.removed.push_back(id);
  } else if (!client.state) {
    client.state = state;
    change.added.push_back(id);
  } else {
    change.updated.push_back(id);
    if (!equal_states(*client.state, state)) change.changed.push_back(id);
    client.state = state;
  }
  return change;
}

AwarenessChange Awareness::set_local_field(std::string_view key, std::string_view value,
                                           Instant now) {
  CHECK(local_);
  const Client* client = find(*local_);
  if (client == nullptr || !client->state || falsy(*client->state)) return {};
  auto state = parse_json(*client->state, kAnyDepth);
  auto member = parse_json(value, kAnyDepth);
  CHECK(state && member);
  Any::Object members;
  if (const auto* object = state->as<Any::Object>()) members = *object;
  members.emplace_back(std::string(key), std::move(*member));
  order_members(members);
  std::string json;
  append_json(json, Any{std::move(members)});
  return set_local_state(json, now);
}

Bytes Awareness::encode(std::span<const ClientId> clients) const {
  std::vector<AwarenessEntry> entries;
  for (const ClientId id : clients) {
    const Client* client = find(id);
    if (client == nullptr) continue;
    const bool none = !client->state || falsy(*client->state);
    entries.push_back({id, client->clock, none ? kGone : std::string_view(*client->state)});
  }
  return encode_awareness(entries);
}

Bytes Awareness::encode_all() const {
  std::vector<ClientId> present;
  for (const auto& client : clients_) {
    if (client.state) present.push_back(client.id);
  }
  return encode(present);
}

std::optional<std::string_view> Awareness::state_of(ClientId id) const {
  const Client* client = find(id);
  if (client == nullptr || !client->state) return std::nullopt;
  return *client->state;
}

std::size_t Awareness::present() const {
  return static_cast<std::size_t>(
      std::count_if(clients_.begin(), clients_.end(),
                    [](const Client& client) { return client.state.has_value(); }));
}

}  // namespace ydoc
