#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

// The client's half of RFC 6455, as light as it can be: what is measured runs on the same machine.
// Servers that break the framing are no concern here, so nothing is checked that a measurement
// does not need.

namespace righttask::loadgen {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// Frames of one client, in order, ready to be sent.
class Outgoing {
 public:
  void text(std::string_view message) { frame(Opcode::text, byte_view(message)); }
  void binary(ByteView message) { frame(Opcode::binary, message); }
  /// Masked, as a client has to, by a mask of zeros: it leaves the payload as it is.
  void frame(Opcode opcode, ByteView payload);
  /// What precedes the frames: the request for an upgrade.
  void raw(std::string_view bytes) { bytes_ += bytes; }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  std::string bytes_;
};

/// One frame of a server.
struct Frame {
  Opcode opcode;
  bool last;  // of its message
  std::string_view payload;
};

/// Takes a whole frame off the front of `bytes`; false when it is not there whole.
/// `needed` is then how many bytes it takes, or 0 if not even that can be said.
[[nodiscard]] bool take_frame(std::string_view& bytes, Frame& frame, std::uint64_t& needed);

}  // namespace righttask::loadgen
