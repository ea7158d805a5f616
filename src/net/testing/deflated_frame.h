#pragma once

#include "net/deflate.h"
#include "net/testing/client_frame.h"

// What a WebSocket client sends and reads that has agreed on permessage-deflate, for tests.

namespace righttask::net::testing {

constexpr std::uint8_t kCompressed = 0x40;  // ClientFrame::reserved

[[nodiscard]] inline Bytes deflated(ByteView payload) {
  Bytes out;
  Deflater().deflate(payload, out);
  return out;
}

[[nodiscard]] inline Bytes deflated_frame(std::uint8_t opcode, ByteView payload) {
  return client_frame(ClientFrame{.opcode = opcode, .reserved = kCompressed}, deflated(payload));
}

}  // namespace righttask::net::testing
