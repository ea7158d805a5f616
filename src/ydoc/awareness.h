#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "ydoc/id.h"
#include "ydoc/update.h"

// awareness_update := entries:varuint { client:varuint clock:varuint state:varstring(JSON) }
// Source: y-protocols 1.0.7, awareness.js. Ours: docs/spec/awareness.md.

namespace ydoc {

using righttask::Instant;

/// What a decoder may accept.
struct AwarenessLimits {
  std::size_t update_bytes_max = 1u << 20;
  unsigned json_depth_max = 20;
};

/// One client's state at one of its clocks.
struct AwarenessEntry {
  ClientId client;
  Clock clock;
  std::string_view state;  // as JSON.stringify writes it; "null" when the client is gone
};

/// A complete, validated awareness update. Borrows the bytes it was decoded from.
class AwarenessUpdate {
 public:
  AwarenessUpdate() = default;
  AwarenessUpdate(AwarenessUpdate&&) = default;  // entries keep pointing to what owned_ holds
  AwarenessUpdate& operator=(AwarenessUpdate&&) = default;
  AwarenessUpdate(const AwarenessUpdate&) = delete;
  AwarenessUpdate& operator=(const AwarenessUpdate&) = delete;

  /// Time O(bytes). Errors: truncated, integer_too_large, count_exceeds_input, too_many_structs
  /// (more bytes than allowed), invalid_utf8, invalid_json, json_too_deep, trailing_bytes.
  [[nodiscard]] static Decoded<AwarenessUpdate> decode(ByteView bytes,
                                                       const AwarenessLimits& limits = {});

  std::vector<AwarenessEntry> entries;

 private:
  std::vector<std::string> owned_;  // states rewritten in JSON.stringify's spelling
};

[[nodiscard]] Bytes encode_awareness(std::span<const AwarenessEntry> entries);

/// What an operation did, by client, in the order in which it happened.
struct AwarenessChange {
  std::vector<ClientId> added;
  std::vector<ClientId> updated;  // renewed, whether or not the state differs
  std::vector<ClientId> changed;  // those of `updated` whose state differs
  std::vector<ClientId> removed;

  /// The two events of y-protocols: "update" whenever a clock moved, "change" only when states
  /// differ.
  [[nodiscard]] bool emits_update() const {
    return !added.empty() || !updated.empty() || !removed.empty();
  }
  [[nodiscard]] bool emits_change() const {
    return !added.empty() || !changed.empty() || !removed.empty();
  }
};

/// Who is here and what they show: the awareness table of one document, by y-protocols' rule.
/// A client never seen has clock 0, and an entry counts when its clock is higher than the known
/// one, or equal and the entry removes a state that is held.
///
/// Pure and shard-local; a value. Lookups O(log clients).
class Awareness {
 public:
  /// A state not renewed for this long counts as gone; clients renew theirs in half the time.
  static constexpr std::chrono::seconds kOutdatedAfter{30};

  /// A server's table, which owns no client id.
  Awareness() = default;
  /// A client's table: its own state is {} at clock 0.
  Awareness(ClientId local, Instant now);

  /// O(entries log clients), and O(clients) where any of them is new.
  AwarenessChange apply(const AwarenessUpdate& update, Instant now);

  /// Removes states without touching their clocks (the own one excepted), as a server does for
  /// the clients of a closed connection. Encoding them afterwards yields the removal.
  AwarenessChange remove(std::span<const ClientId> clients, Instant now);

  /// Removes other clients' states not renewed since `now - kOutdatedAfter`.
  AwarenessChange remove_outdated(Instant now);

  /// Drops the clocks of clients whose state has been gone since before `then`; a client that
  /// returns later counts as new. y-protocols keeps them for ever. Returns how many.
  std::size_t forget_removed(Instant then);

  /// Needs a local client. `state` is valid JSON as JSON.stringify writes it; "null" removes it.
  AwarenessChange set_local_state(std::string_view state, Instant now);
  /// Sets one member of the local state; nothing happens without a state.
  AwarenessChange set_local_field(std::string_view key, std::string_view value, Instant now);

  /// The entries of these clients; ids never seen are left out.
  [[nodiscard]] Bytes encode(std::span<const ClientId> clients) const;
  /// The entries of all clients that have a state.
  [[nodiscard]] Bytes encode_all() const;

  struct Client {
    ClientId id;
    Clock clock;
    Instant last_updated;
    std::optional<std::string> state;  // JSON; nothing when gone
  };
  /// Every client seen, ascending by id.
  [[nodiscard]] std::span<const Client> clients() const { return clients_; }
  /// The JSON of a client's state, valid until the next change.
  [[nodiscard]] std::optional<std::string_view> state_of(ClientId client) const;
  /// How many clients have a state.
  [[nodiscard]] std::size_t present() const;

 private:
  [[nodiscard]] Client* find(ClientId id);
  [[nodiscard]] const Client* find(ClientId id) const;
  Client& find_or_add(ClientId id);
  /// Clients that an update brings, until all of it has been applied.
  using Arrivals = std::map<ClientId, Client>;
  void apply_entry(const AwarenessEntry& entry, Instant now, Arrivals& arrivals,
                   AwarenessChange& change);
  void admit(Arrivals&& arrivals);

  std::optional<ClientId> local_;
  std::vector<Client> clients_;
};

}  // namespace ydoc
