#pragma once

#include "loadgen/y_websocket_dialect.h"

// message := varstring(document) type:varuint body | 09 | 0a
// Source: @hocuspocus/provider 4.8.0, src/OutgoingMessages/, src/MessageReceiver.ts.

namespace righttask::loadgen {

/// One document a socket, as HocuspocusProvider by itself has it. A provider of version 4.
class HocuspocusDialect : public YProtocolsDialect {
 public:
  explicit HocuspocusDialect(DialectOptions options) : YProtocolsDialect(std::move(options)) {}

  [[nodiscard]] std::string request_target(const Peer& peer) const override;
  void open(Peer& peer, Outgoing& out) const override;
  void on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                  Hearing& hearing) const override;
  void push_update(Peer& peer, ByteView update, Outgoing& out) const override;
  void keep_alive(Peer& peer, Outgoing& out) const override;
  [[nodiscard]] bool acknowledges() const override { return true; }

 protected:
  void begin(const Peer& peer, Writer& message) const override;
};

}  // namespace righttask::loadgen
