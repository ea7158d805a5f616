#pragma once

#include "ydoc/update.h"

namespace ydoc {

/// Watches an update's blocks go by and tells whether its clients descend, each in one unbroken
/// run: the order in which Yjs writes them, and which the streaming algorithms rely on.
class SectionOrder {
 public:
  void add(const Block& block) {
    const bool follows = !any_ || block.id.client < client_ ||
                         (block.id.client == client_ && block.id.clock == end_);
    if (!follows) kept_ = false;
    any_ = true;
    client_ = block.id.client;
    end_ = block.id.clock + block.length;
  }
  [[nodiscard]] bool kept() const { return kept_; }

 private:
  ClientId client_ = 0;
  Clock end_ = 0;
  bool any_ = false;
  bool kept_ = true;
};

/// The same update with each client's structs together, clients descending.
/// Errors: those of decoding. Defined for both encodings.
template <typename Encoding>
[[nodiscard]] Decoded<Bytes> in_client_order(ByteView update, const DecodeLimits& limits);

}  // namespace ydoc
