#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

// What a WebSocket client sends and reads, for tests and benchmarks. A server needs none of it.

namespace righttask::net::testing {

struct ClientFrame {
  std::uint8_t opcode = 1;
  bool fin = true;
  std::uint8_t reserved = 0;  // bits 4 to 6 as they stand in the first byte
  std::array<std::uint8_t, 4> key = {0x12, 0x34, 0x56, 0x78};
};

/// A masked frame; `length_bytes` 0, 2 or 8 forces a form, -1 takes the shortest.
[[nodiscard]] inline Bytes client_frame(const ClientFrame& f, ByteView payload,
                                        int length_bytes = -1) {
  const std::uint64_t size = payload.size();
  if (length_bytes < 0) length_bytes = size < 126 ? 0 : size < 0x1'0000 ? 2 : 8;
  Bytes out;
  out.push_back(static_cast<std::uint8_t>((f.fin ? 0x80 : 0) | f.reserved | f.opcode));
  const std::uint64_t first = length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127;
  out.push_back(static_cast<std::uint8_t>(0x80 | first));
  for (int i = length_bytes - 1; i >= 0; --i) {
    out.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
  }
  out.insert(out.end(), f.key.begin(), f.key.end());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.push_back(static_cast<std::uint8_t>(payload[i] ^ f.key[i % 4]));
  }
  return out;
}

[[nodiscard]] inline Bytes client_frame(std::uint8_t opcode, ByteView payload) {
  return client_frame(ClientFrame{.opcode = opcode}, payload);
}

}  // namespace righttask::net::testing
