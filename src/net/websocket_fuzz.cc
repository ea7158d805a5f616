#include <string>
#include <variant>
#include <vector>

#include "base/check.h"
#include "net/websocket.h"

// However the input is cut, the decoder says the same; text is well-formed and nothing is larger
// than the limits allow. Compressed messages are said to be compressed where that was agreed on,
// and never come where it was not.

namespace {

using namespace righttask;
using namespace righttask::net;

constexpr WebSocketLimits kLimits{.message_bytes_max = 300, .fragments_max = 8};

struct Said {
  std::size_t kind;
  std::uint16_t code = 0;
  std::string payload;
  bool compressed = false;
  bool operator==(const Said&) const = default;
};

Said own(const WebSocketEvent& event) {
  Said said{event.index(), 0, {}, false};
  if (const auto* message = std::get_if<ws::Message>(&event)) {
    CHECK(message->payload.size() <= kLimits.message_bytes_max);
    CHECK(message->kind == MessageKind::binary || message->compressed || is_utf8(message->payload));
    said.compressed = message->compressed;
    said.code = static_cast<std::uint16_t>(message->kind);
    said.payload = as_text(message->payload);
  } else if (const auto* ping = std::get_if<ws::Ping>(&event)) {
    said.payload = as_text(ping->payload);
  } else if (const auto* pong = std::get_if<ws::Pong>(&event)) {
    said.payload = as_text(pong->payload);
  } else if (const auto* close = std::get_if<ws::Close>(&event)) {
    CHECK(close->code == close_code::none || is_sendable_close_code(close->code));
    CHECK(is_utf8(byte_view(close->reason)));
    said.code = close->code;
    said.payload = close->reason;
  } else {
    said.code = std::get<ws::Failure>(event).code;
  }
  return said;
}

/// Pieces as long as the bits of `cuts` say, over and over; 0: one piece.
std::vector<Said> decode(Bytes input, std::uint32_t cuts, Compression compression) {
  WebSocketDecoder decoder(kLimits, compression);
  std::vector<Said> all;
  std::span<std::uint8_t> rest = input;
  for (std::uint32_t turn = 0; !rest.empty(); ++turn) {
    const std::size_t wanted = cuts == 0 ? rest.size() : 1 + ((cuts >> (turn * 4 % 32)) & 15);
    auto piece = rest.first(std::min(wanted, rest.size()));
    rest = rest.subspan(piece.size());
    while (const auto event = decoder.next(piece)) all.push_back(own(*event));
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::uint32_t cuts =
      std::uint32_t{data[0]} | std::uint32_t{data[1]} << 8 | std::uint32_t{data[2]} << 16;
  const Bytes input(data + 3, data + size);
  const auto compression = (data[2] & 0x80) != 0 ? Compression::deflate : Compression::none;
  const auto whole = decode(input, 0, compression);
  CHECK(whole == decode(input, cuts | 1, compression));
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    CHECK(whole[i].kind < 3);  // Close and Failure are the last word
  }
  for (const Said& said : whole) CHECK(!said.compressed || compression == Compression::deflate);
  return 0;
}
