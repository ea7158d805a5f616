#include "loadgen/frames.h"

namespace righttask::loadgen {

void Outgoing::frame(Opcode opcode, ByteView payload) {
  constexpr std::uint8_t kFinal = 0x80;
  constexpr std::uint8_t kMasked = 0x80;
  const std::uint64_t size = payload.size();
  bytes_ += static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  const auto big_endian = [&](unsigned count) {
    for (unsigned i = count; i-- > 0;) bytes_ += static_cast<char>(size >> (8 * i));
  };
  if (size < 126) {
    bytes_ += static_cast<char>(kMasked | size);
  } else if (size < 1u << 16) {
    bytes_ += static_cast<char>(kMasked | 126);
    big_endian(2);
  } else {
    bytes_ += static_cast<char>(kMasked | 127);
    big_endian(8);
  }
  bytes_.append(4, '\0');
  bytes_ += as_text(payload);
}

bool take_frame(std::string_view& bytes, Frame& frame, std::uint64_t& needed) {
  needed = 0;
  if (bytes.size() < 2) return false;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  std::uint64_t size = byte(1) & 0x7f;
  const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (bytes.size() < 2 + extra) return false;
  if (extra > 0) size = 0;
  for (std::size_t i = 0; i < extra; ++i) size = size << 8 | byte(2 + i);
  if (bytes.size() - 2 - extra < size) {
    needed = size + 2 + extra;
    return false;
  }
  frame.opcode = static_cast<Opcode>(byte(0) & 0x0f);
  frame.last = (byte(0) & 0x80) != 0;
  frame.payload = bytes.substr(2 + extra, static_cast<std::size_t>(size));
  bytes.remove_prefix(2 + extra + static_cast<std::size_t>(size));
  return true;
}

}  // namespace righttask::loadgen
