#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/dialect.h"
#include "loadgen/swarm.h"
#include "loadgen/trace.h"

namespace righttask::loadgen {

/// What a run does. Phases, in this order; those that were not asked for are left out:
/// connect and join, with memory read on the way; storm; load, of which a second does not count.
struct Plan {
  DialectName dialect = DialectName::phoenix;
  DialectOptions dialect_options;
  Swarm::Options swarm;
  Seating seating;

  double ramp = 0;                       // connections begun a second; 0: as handshakes allow
  std::uint32_t handshakes_max = 200;    // under way at once
  std::vector<std::uint32_t> memory_at;  // counts of joined connections at which memory is read

  double rate = 1;                 // updates a second of each sender
  std::uint32_t in_flight = 0;     // not 0: instead, so many updates wait for their answer
  std::uint64_t updates_each = 0;  // not 0: of each sender, then the load ends
  std::uint32_t text_bytes = 1;    // inserted by an update
  std::chrono::nanoseconds duration = std::chrono::seconds(10);
  std::chrono::nanoseconds warm_up = std::chrono::seconds(1);
  std::uint32_t storm = 0;  // connections that are dropped at once and come back

  std::chrono::nanoseconds settle = std::chrono::milliseconds(500);  // silence that ends a phase
  std::chrono::nanoseconds patience = std::chrono::seconds(60);  // without progress, then it ends
  /// Between two looks at the sockets, so that one read takes what several wake-ups would: at high
  /// rates most of a generator's work. Latencies are longer by half of it at least.
  std::chrono::nanoseconds rest{0};
  pid_t server = 0;                 // 0: its use of the machine is not read
  ydoc::ClientId first_client = 0;  // Yjs client id of the first sender
};

}  // namespace righttask::loadgen
