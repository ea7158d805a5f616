#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/server.h"
#include "ops/process_stats.h"
#include "server/room_host.h"
#include "server/shard_probe.h"
#include "store/document_store.h"

namespace righttask::server {

/// What there is to tell, read when it is asked for.
struct MetricsSources {
  std::string_view version;
  ops::ProcessStats process;
  const net::ServerProbe& net;
  const ShardProbe& shard;
  const RoomHostProbe& host;
  std::size_t rooms = 0;
  std::optional<store::StoreProbe> store;  // nothing: nothing is kept
};

/// The page `/metrics`. Its names are the table of docs/spec/metrics.md, which a test compares. No
/// label holds anything that a peer chose.
[[nodiscard]] std::string metrics_text(const MetricsSources& from);

}  // namespace righttask::server
