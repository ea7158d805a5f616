#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace righttask {

/// Everything a peer could make large, with its bound. Passed in where it is needed, never read
/// from a global. Defaults are the documented ones (docs/spec/limits.md).
struct Limits {
  // ---- connections (flags: app/limit_options.cc)
  // One WebSocket message, all fragments together; above: close 1009.
  std::size_t message_bytes_max = 16u << 20;
  // What may wait for a connection that does not read; above: close 1013 so that it resyncs.
  std::size_t outbox_bytes_max = 16u << 20;
  // States that newcomers are sent and have not read, all together; above: close 1013.
  std::size_t join_state_bytes_max = 512u << 20;
  // Request line and headers together; above: 431.
  std::size_t http_header_bytes_max = 16u << 10;
  std::size_t http_body_bytes_max = 1u << 20;
  // Time to send a complete request head, and connections that may be in that state at once.
  std::chrono::seconds http_request_time_max{10};
  std::uint32_t half_open_connections_max = 1024;
  // A request's body has to come this fast, once the time for a head is over; else 408.
  std::uint64_t receive_bytes_per_second_min = 1024;
  // A message on a socket is whole this long after it began, and no slower than that in between;
  // else close 1008. 0: as long as it keeps that rate.
  std::chrono::seconds message_time_max{300};
  // Messages and bodies that have not come whole, of all connections; above: whoever sends more of
  // one is closed, 1013 or 503.
  std::size_t incomplete_bytes_max = 512u << 20;
  // All connections; 0 means the process's open-file limit less a reserve.
  std::uint32_t connections_max = 0;
  // From one address (IPv6: one /64); above: 503. Loopback is exempt.
  std::uint32_t connections_per_address_max = 1000;
  // What one connection may send: messages, control frames included, and bytes; with bursts of
  // `rate_burst`. Past either it is not read for a while. 0: without bound.
  std::uint32_t messages_per_second_max = 1000;
  std::size_t bytes_per_second_max = 8u << 20;
  std::chrono::seconds rate_burst{5};
  // Silence, in both directions, after which a Phoenix socket is closed (1002).
  std::chrono::seconds idle_time_max{60};
  // ---- rooms
  // Rooms that are loaded at once; above: a join that would load one more is refused. 0: any.
  std::uint32_t rooms_max = 100'000;
  // Members of one room; above: room-full. 0: any number.
  std::uint32_t members_per_room_max = 10'000;
  // Joins of all connections together; beyond, they wait in line, and when the line would take
  // longer than `join_wait_max` they are refused. 0: any number.
  std::uint32_t joins_per_second_max = 10'000;
  std::chrono::seconds join_wait_max{5};
  // Where tokens are verified: how long a socket may stay that brought none and was not let into a
  // room yet; then close 1008. 0: for ever.
  std::chrono::seconds first_join_time_max{30};
  // Topics on one socket; above: error reply "too many channels joined".
  std::uint32_t channels_per_connection_max = 100;
  // The payload of one awareness message, or presence meta.
  std::size_t awareness_bytes_max = 64u << 10;
  // Awareness messages of one member, with bursts of `rate_burst`; above: rate_limited. 0: any.
  std::uint32_t awareness_per_second_max = 200;
  // How many others hear of one member's awareness events a second, which falls with the size of
  // the room, but to no less than 10 of them; above: rate_limited. 0: any number.
  std::uint32_t awareness_relays_per_second_max = 20'000;
  // How often a member may ask for what it lacks, with bursts of `rate_burst`; above: rate_limited.
  // Each time costs the encoding of a document. 0: any number.
  std::uint32_t syncs_per_second_max = 2;
  // A document's state, encoded; above: too_large for whatever does not only delete. 0: any size.
  std::size_t document_bytes_max = 64u << 20;
  // Client ids that one connection may bring into a document. 0: any number.
  std::uint32_t new_clients_per_connection_max = 10'000;
  // Bytes of updates that wait for a missing one, a document.
  std::size_t pending_bytes_max = 16u << 20;
  // Items passed over to find the places of one update's structs; what is still to come is dropped
  // and the update refused. A million take some 10 to 25 ms.
  std::uint32_t conflict_steps_max = 5'000'000;
  // A room without members is closed after this.
  std::chrono::milliseconds room_idle{60'000};
  // An automatic version is there this long after the first change that it holds, and sooner where
  // so many updates have come; 0: none is made. So many are kept of a room.
  std::chrono::seconds version_interval{600};
  std::uint32_t version_updates = 1000;
  std::uint32_t versions_per_room_max = 300;
  // Named versions of a room; above: refused.
  std::uint32_t named_versions_per_room_max = 500;
  // A document that nobody has written to for so long is kept encoded. 0: none is.
  std::chrono::seconds document_rest{30};
  // Presence of a connection that was lost, not closed, is kept this long.
  std::chrono::milliseconds presence_grace{3'000};
  // ---- rooms of many: so many members or more
  std::uint32_t crowd_members_min = 50;
  // The longest that updates of a busy one wait for one another. 0: they never do.
  std::chrono::milliseconds hold_max{25};
  // Between two diffs of presence.
  std::chrono::milliseconds presence_hold{50};
};

}  // namespace righttask
