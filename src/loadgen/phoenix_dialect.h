#pragma once

#include "loadgen/dialect.h"

// text    := [join_ref, ref, topic, event, payload]
// push    := 00 size(join_ref) size(ref) size(topic) size(event) join_ref ref topic event data
// spread  := 02 size(topic) size(event) topic event data
// Source: Phoenix 1.8, phoenix.js, serializer.js. Ours: docs/spec/phoenix.md.

namespace righttask::loadgen {

/// Phoenix Channels, vsn 2.0.0. Refs tell replies apart: the join's is "1", a heartbeat's "h", an
/// update's "u".
class PhoenixDialect : public Dialect {
 public:
  /// What updates are: binary, by clients that join by state vector with a name and a colour; or
  /// lists of integers in JSON, by clients that join without anything, as those of the old server.
  enum class Payload : std::uint8_t { binary, json };

  PhoenixDialect(DialectOptions options, Payload payload)
      : Dialect(std::move(options)), payload_(payload) {}

  [[nodiscard]] std::string request_target(const Peer& peer) const override;
  void open(Peer& peer, Outgoing& out) const override;
  void on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                  Hearing& hearing) const override;
  void push_update(Peer& peer, ByteView update, Outgoing& out) const override;
  void keep_alive(Peer& peer, Outgoing& out) const override;
  [[nodiscard]] bool acknowledges() const override { return true; }

 private:
  void on_reply(Peer& peer, std::string_view text, Hearing& hearing) const;
  [[nodiscard]] std::string topic(const Peer& peer) const { return "room:" + room_name(peer); }

  Payload payload_;
};

}  // namespace righttask::loadgen
