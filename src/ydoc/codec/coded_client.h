#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "ydoc/id.h"

namespace ydoc {

/// A client id as the varuint that V1 writes of it: a document repeats its few ids in every
/// struct. Eight bytes hold any id below 2^53.
struct CodedClient {
  std::array<std::uint8_t, 8> bytes{};
  std::uint8_t size = 0;

  CodedClient() = default;
  explicit CodedClient(ClientId id) {
    while (id >= 0x80) {
      bytes[size++] = static_cast<std::uint8_t>(id | 0x80);
      id >>= 7;
    }
    bytes[size++] = static_cast<std::uint8_t>(id);
  }

  [[nodiscard]] ClientId id() const {
    ClientId id = 0;
    for (std::size_t i = size; i-- > 0;) id = (id << 7) | (bytes[i] & 0x7fU);
    return id;
  }
};

/// An id in a document: the client borrowed from the table that holds it.
struct CodedId {
  const CodedClient* client;
  Clock clock;
};

}  // namespace ydoc
