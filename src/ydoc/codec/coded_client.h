#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "ydoc/id.h"

namespace ydoc {

/// A client id and the varuint that V1 writes of it: a document repeats its few ids in every
/// struct. Eight bytes hold any id below 2^53.
struct CodedClient {
  ClientId id = 0;
  std::array<std::uint8_t, 8> bytes{};
  std::uint8_t size = 0;

  CodedClient() = default;
  explicit CodedClient(ClientId client) : id(client) {
    while (client >= 0x80) {
      bytes[size++] = static_cast<std::uint8_t>(client | 0x80);
      client >>= 7;
    }
    bytes[size++] = static_cast<std::uint8_t>(client);
  }
};

/// An id in a document: the client borrowed from the table that holds it.
struct CodedId {
  const CodedClient* client;
  Clock clock;
};

}  // namespace ydoc
