#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/decode_error.h"

// message   := sync | awareness | query
// sync      := 00 kind:varuint payload:varbytes
//              kind 0, step 1: a state vector; 1, step 2, and 2, update: a V1 update
// awareness := 01 update:varbytes
// query     := 03
// What follows a message is ignored, as the clients do.
// Source: y-websocket 3.1, y-phoenix-channel 0.1, y-protocols 1.0.7 sync.js. Ours:
// docs/spec/yjs.md.

namespace righttask::protocol {

enum class YjsKind : std::uint8_t {
  step1,            // payload: the sender's state vector; asks for what it lacks
  update,           // payload: an update, as it happens or in answer to step 1
  awareness,        // payload: an awareness update
  awareness_query,  // no payload
  unknown,          // no payload
};

/// One message of the protocol that clients of Yjs share. Borrows the bytes it was read from.
struct YjsMessage {
  YjsKind kind = YjsKind::unknown;
  ByteView payload;  // not validated
};

/// Errors: truncated, integer_too_large. O(1).
[[nodiscard]] Decoded<YjsMessage> read_yjs_message(ByteView bytes);

void append_yjs_step1(Bytes& out, ByteView state_vector);
void append_yjs_step2(Bytes& out, ByteView update);
void append_yjs_update(Bytes& out, ByteView update);
void append_yjs_awareness(Bytes& out, ByteView update);

}  // namespace righttask::protocol
