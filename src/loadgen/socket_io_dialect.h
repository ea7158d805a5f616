#pragma once

#include "loadgen/dialect.h"

// engine := 0 json (open) | 2 (ping) | 3 (pong) | 4 socket
// socket := 0 [json] (connect) | 4 json (refused) | 2 json (event) | 5 attachments - json (event)
// Attachments follow as binary messages. Source: Engine.IO protocol 4, Socket.IO protocol 5.

namespace righttask::loadgen {

/// The gateway of the old NestJS server: join-room, sync-state, update, awareness.
class SocketIoDialect : public Dialect {
 public:
  explicit SocketIoDialect(DialectOptions options) : Dialect(std::move(options)) {}

  [[nodiscard]] std::string request_target(const Peer& peer) const override;
  void open(Peer& peer, Outgoing& out) const override;
  void on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                  Hearing& hearing) const override;
  void push_update(Peer& peer, ByteView update, Outgoing& out) const override;
  void keep_alive(Peer& peer, Outgoing& out) const override;
  [[nodiscard]] bool acknowledges() const override { return false; }

 private:
  void on_text(Peer& peer, std::string_view text, Outgoing& out, Hearing& hearing) const;
};

}  // namespace righttask::loadgen
