#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "loadgen/dialect.h"

// message := 00 sync_message | 01 varbytes(awareness_update) | 02 auth | 03
// Source: y-websocket 3.1.0, y-websocket.js; y-protocols 1.0.7.

namespace righttask::loadgen {

/// What y-websocket and Hocuspocus share: y-protocols' messages behind their number.
class YProtocolsDialect : public Dialect {
 protected:
  using Dialect::Dialect;

  /// Behind the number 0. Whether it was the first answer to our step 1: the client is then in.
  void on_sync(Peer& peer, Reader& in, Outgoing& out, Hearing& hearing) const;
  void on_sync_step1(Peer& peer, Outgoing& out) const;

  /// Begins a message: Hocuspocus addresses each.
  virtual void begin(const Peer& peer, Writer& message) const = 0;

  void send_step1(const Peer& peer, Outgoing& out) const;
  /// The client's own state, as it shows itself on entering.
  void send_awareness(const Peer& peer, Outgoing& out) const;
  /// Says nothing of anybody; for the server it is a sign of life.
  void send_no_awareness(const Peer& peer, Outgoing& out) const;
  void send_update(const Peer& peer, ByteView update, Outgoing& out) const;
};

class YWebsocketDialect : public YProtocolsDialect {
 public:
  explicit YWebsocketDialect(DialectOptions options) : YProtocolsDialect(std::move(options)) {}

  [[nodiscard]] std::string request_target(const Peer& peer) const override;
  void open(Peer& peer, Outgoing& out) const override;
  void on_message(Peer& peer, Opcode kind, ByteView message, Outgoing& out,
                  Hearing& hearing) const override;
  void push_update(Peer& peer, ByteView update, Outgoing& out) const override;
  void keep_alive(Peer& peer, Outgoing& out) const override;
  [[nodiscard]] bool acknowledges() const override { return false; }

 protected:
  void begin(const Peer&, Writer&) const override {}
};

}  // namespace righttask::loadgen
