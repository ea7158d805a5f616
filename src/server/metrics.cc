#include "server/metrics.h"

#include <array>
#include <chrono>

#include "ops/exposition.h"

namespace righttask::server {
namespace {

double count(std::uint64_t value) {
  return static_cast<double>(value);
}

void tell_process(ops::Exposition& page, const MetricsSources& from) {
  page.gauges("righttask_build_info", "1; the label says which version runs.", "version",
              {{std::string(from.version), 1}});
  const ops::ProcessStats& process = from.process;
  page.gauge("process_resident_memory_bytes", "Memory that the process holds.",
             count(process.resident_bytes));
  page.gauge("process_virtual_memory_bytes", "Address space that the process has reserved.",
             count(process.virtual_bytes));
  page.counter("process_cpu_seconds_total", "CPU time of all threads, user and system.",
               process.cpu_seconds);
  page.gauge("process_start_time_seconds", "Unix time at which the process began.",
             process.started_at_seconds);
  page.gauge("process_open_fds", "Open file descriptors.", count(process.open_files));
  page.gauge("process_max_fds", "File descriptors that may be open.",
             count(process.open_files_max));
}

void tell_connections(ops::Exposition& page, const net::ServerProbe& net, const ShardProbe& shard) {
  page.gauge("righttask_connections", "Connections now, in any state.", count(net.connections));
  page.gauge("righttask_connections_half_open", "Connections now without a finished request.",
             count(net.half_open));
  page.gauge("righttask_websockets", "Open sockets now.", count(net.websockets));
  page.counter("righttask_connections_accepted_total", "Connections accepted.",
               count(net.accepted_total));
  ops::Exposition::Labelled refused = {{"full", net.refused_full_total},
                                       {"address_full", net.refused_address_total}};
  for (std::size_t i = 0; i < kConnectRefusals.size(); ++i) {
    refused.emplace_back(kConnectRefusals[i], shard.connects_refused[i]);
  }
  page.counters("righttask_connects_refused_total",
                "Connections, and requests for a socket, that were refused.", "reason", refused);
  page.counter("righttask_accept_errors_total", "Failures to accept a connection.",
               count(net.accept_errors_total));
  page.counter("righttask_http_requests_total", "HTTP requests, upgrades among them.",
               count(net.requests_total));
  page.counter("righttask_http_bad_requests_total", "HTTP requests that broke the rules.",
               count(net.bad_requests_total));
  page.counter("righttask_http_request_timeouts_total", "HTTP requests that came too slowly.",
               count(net.request_timeouts_total));
  page.counter("righttask_websocket_upgrades_total", "Sockets opened.", count(net.upgrades_total));
  page.counter("righttask_websocket_protocol_errors_total",
               "Sockets closed for breaking the WebSocket protocol.",
               count(net.protocol_errors_total));
  page.counter("righttask_websocket_idle_closes_total", "Sockets closed for their silence.",
               count(net.idle_closes_total));
  page.counter("righttask_websocket_message_timeouts_total",
               "Sockets closed for a message that came too slowly.",
               count(net.message_timeouts_total));
}

void tell_traffic(ops::Exposition& page, const net::ServerProbe& net) {
  page.counter("righttask_messages_received_total", "WebSocket messages that came whole.",
               count(net.messages_received_total));
  page.counter("righttask_messages_sent_total",
               "WebSocket frames and HTTP answers that left whole.", count(net.frames_sent_total));
  page.counter("righttask_received_bytes_total", "Bytes read from connections.",
               count(net.bytes_received_total));
  page.counter("righttask_sent_bytes_total", "Bytes written to connections.",
               count(net.bytes_sent_total));
  page.counter("righttask_sends_total", "System calls that wrote to connections.",
               count(net.sends_total));
  page.gauge("righttask_outbox_bytes", "Bytes that wait now for connections to take them.",
             count(net.outbox_bytes));
  page.gauge("righttask_join_state_bytes", "Bytes of states that newcomers have yet to take.",
             count(net.owed_bytes));
  page.counter("righttask_join_state_overflows_total",
               "Newcomers closed because too many states waited to be taken.",
               count(net.owed_overflows_total));
  page.gauge("righttask_incomplete_bytes", "Bytes held of messages and bodies not come whole.",
             count(net.incomplete_bytes));
  page.counter("righttask_incomplete_overflows_total",
               "Connections closed because too much was incomplete.",
               count(net.incomplete_overflows_total));
  page.gauge("righttask_rate_paused_connections",
             "Connections not read now because they sent too much.", count(net.rate_paused));
  page.counter("righttask_rate_pauses_total",
               "Times a connection was not read for a while because it sent too much.",
               count(net.rate_pauses_total));
  page.counter("righttask_websocket_deflate_upgrades_total",
               "Sockets that agreed on permessage-deflate.", count(net.deflate_upgrades_total));
  page.counter("righttask_inflated_messages_total", "Messages that came compressed.",
               count(net.inflated_total));
  page.counter("righttask_inflated_bytes_total", "Bytes that these became.",
               count(net.inflated_bytes_total));
  page.counter("righttask_inflate_refusals_total",
               "Sockets closed for a compressed message that did not pass.",
               count(net.inflate_refusals_total));
  const net::CompressionProbe& compression = net.compression;
  page.counter("righttask_compressed_messages_total",
               "Messages compressed, each once for all its receivers.",
               count(compression.frames_total));
  page.counter("righttask_compressed_input_bytes_total", "Bytes of these before.",
               count(compression.bytes_in_total));
  page.counter("righttask_compressed_output_bytes_total", "Bytes of these after.",
               count(compression.bytes_out_total));
  page.counter("righttask_compressions_skipped_total",
               "Messages sent as they were because compressing took its share of the processor.",
               count(compression.skipped_total));
  page.counter("righttask_outbox_overflows_total",
               "Sockets closed because too much waited for them.",
               count(net.outbox_overflows_total));
}

void tell_rooms(ops::Exposition& page, const MetricsSources& from) {
  const RoomHostProbe& host = from.host;
  page.gauge("righttask_rooms", "Rooms in memory now.", count(from.rooms));
  page.gauge("righttask_members", "Members of rooms now.", count(host.members));
  page.counter("righttask_rooms_opened_total", "Rooms made or loaded.", count(host.rooms_opened));
  page.counter("righttask_rooms_closed_total", "Rooms closed when nobody was in them.",
               count(host.rooms_closed));
  page.counter("righttask_rooms_failed_total", "Rooms ended by a fault of the server.",
               count(host.rooms_failed));
  page.counter("righttask_rooms_deleted_total", "Rooms deleted with all that was kept of them.",
               count(host.rooms_deleted));
  page.counter("righttask_room_loads_failed_total", "Rooms that could not be loaded.",
               count(host.loads_failed));
  page.counter("righttask_stored_updates_refused_total",
               "Stored updates that a document refused and that were set aside.",
               count(host.rows_set_aside));
  page.counter("righttask_joins_total", "Joins that were let in.", count(from.shard.joins));
  page.counter("righttask_joins_held_total", "Joins that had to wait for their turn.",
               count(from.shard.joins_held));
  page.gauge("righttask_joins_waiting", "Joins that wait now for their turn.",
             count(from.shard.joins_waiting));
  ops::Exposition::Labelled refusals;
  for (const auto& [reason, total] : from.shard.refusals.entries()) {
    refusals.emplace_back(reason, total);
  }
  page.counters("righttask_refusals_total", "Joins and pushes refused, by the reason in the reply.",
                "reason", refusals);
  ops::Exposition::Labelled version_requests;
  for (std::size_t i = 0; i < VersionRequestCounts::kOutcomes.size(); ++i) {
    version_requests.emplace_back(VersionRequestCounts::kOutcomes[i],
                                  from.shard.version_requests.total(i));
  }
  page.counters("righttask_version_requests_total",
                "Requests about versions of rooms, by what came of them.", "outcome",
                version_requests);
  page.counter("righttask_versions_asked_total", "Automatic versions that the store was asked for.",
               count(host.versions_asked));
  page.counters("righttask_awareness_entries_left_out_total",
                "Entries of members' awareness updates that were not taken, by why.", "reason",
                {{"foreign", host.awareness.foreign_total},
                 {"clock", host.awareness.clocks_total},
                 {"too_many", host.awareness.too_many_total}});
  page.counter("righttask_updates_received_total", "Updates that members sent.",
               count(from.shard.updates_received));
  page.counter("righttask_updates_quarantined_total",
               "Updates set aside because a room failed on them.", count(host.updates_quarantined));
  page.counter("righttask_broadcasts_total", "Messages for all members of a room.",
               count(host.broadcasts));
  page.counter("righttask_updates_held_total",
               "Updates that waited in a room of many to be merged.", count(host.updates_held));
  page.counter("righttask_updates_merged_total", "Of those, updates that left as part of another.",
               count(host.updates_merged));
  page.counter("righttask_deliveries_total", "Frames queued for members by broadcasts.",
               count(host.deliveries));
  page.histogram("righttask_acknowledgement_seconds",
                 "From handing a room's updates to the store to the answer that they are kept.",
                 host.acknowledgements);
}

void tell_store(ops::Exposition& page, const store::StoreProbe& store) {
  ops::Exposition::Labelled states;
  for (const auto state : {StorageState::ok, StorageState::full, StorageState::failing}) {
    states.emplace_back(to_string(state), store.state == state ? 1 : 0);
  }
  page.gauges("righttask_store_state", "1 for the state that the store is in.", "state", states);
  page.gauge("righttask_store_queue_bytes", "Bytes of updates that wait now for the disk.",
             count(store.queue_bytes));
  page.counter("righttask_store_commits_total", "Batches of updates, each with one sync.",
               count(store.commits));
  page.counter("righttask_store_commits_failed_total", "Batches that failed and were tried again.",
               count(store.commits_failed));
  page.counter("righttask_store_commit_seconds_total", "Time that all commits took together.",
               std::chrono::duration<double>(store.commit_time).count());
  page.gauge("righttask_store_commit_max_seconds", "Time that the slowest commit took.",
             std::chrono::duration<double>(store.commit_time_max).count());
  page.counter("righttask_store_appends_total", "Appends answered as durable.",
               count(store.appends));
  page.counter("righttask_store_appends_refused_total", "Appends refused.",
               count(store.appends_refused));
  page.counter("righttask_store_updates_total", "Updates written.", count(store.updates));
  page.counter("righttask_store_update_bytes_total", "Bytes of those updates.",
               count(store.update_bytes));
  page.counter("righttask_store_loads_total", "Rooms loaded.", count(store.loads));
  page.counter("righttask_store_snapshots_total", "Snapshots written.", count(store.snapshots));
  page.counter("righttask_store_checkpoints_total", "Copies of the write-ahead log into the file.",
               count(store.checkpoints));
  page.counter("righttask_store_reopened_total",
               "Times that the files were closed and opened after a failure.",
               count(store.reopened));
  page.counter("righttask_store_set_aside_total", "Rows set aside because they were damaged.",
               count(store.rows_set_aside));
}

}  // namespace

std::string metrics_text(const MetricsSources& from) {
  ops::Exposition page;
  tell_process(page, from);
  tell_connections(page, from.net, from.shard);
  tell_traffic(page, from.net);
  tell_rooms(page, from);
  if (from.store) tell_store(page, *from.store);
  return page.str();
}

}  // namespace righttask::server
