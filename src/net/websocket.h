#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/utf8.h"

// frame := fin:1 rsv:3 opcode:4 mask:1 length:7 [length:16|64] [key:32] payload
// Big endian. Lengths 126 and 127 announce 16 and 64 bits, of which the least that holds the
// length must be used. Clients mask every frame, servers none.
// The first reserved bit of a message's first frame says that the message is compressed, where that
// was agreed on.
// Source: RFC 6455, section 5; RFC 7692, section 6. Ours: docs/spec/websocket.md.

namespace righttask::net {

enum class MessageKind : std::uint8_t { text = 1, binary = 2 };

enum class FrameKind : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Close codes of RFC 6455, section 7.4.1, and its registry.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t none = 1005;  // the peer's close frame carried no code
inline constexpr std::uint16_t lost = 1006;  // there was no close frame
inline constexpr std::uint16_t bad_data = 1007;
inline constexpr std::uint16_t policy = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t service_restart = 1012;
inline constexpr std::uint16_t try_again_later = 1013;
}  // namespace close_code

/// Whether an endpoint may put this code into a close frame.
[[nodiscard]] bool is_sendable_close_code(std::uint16_t code);

struct WebSocketLimits {
  std::size_t message_bytes_max = 16u << 20;  // all fragments together; above: 1009
  std::uint32_t fragments_max = 16'384;       // of one message; above: 1008
};

/// Whether permessage-deflate was agreed on.
enum class Compression : std::uint8_t { none, deflate };

namespace ws {  // what a peer sent; views hold until the next call of the decoder
struct Message {
  MessageKind kind;
  ByteView payload;
  bool compressed = false;  // then what is in it was not looked at, text neither
};
struct Ping {
  ByteView payload;
};
struct Pong {
  ByteView payload;
};
struct Close {
  std::uint16_t code;  // 1005 when the frame was empty
  std::string_view reason;
};
struct Failure {  // the peer broke the rules: close with this code
  std::uint16_t code;
};
}  // namespace ws
using WebSocketEvent = std::variant<ws::Message, ws::Ping, ws::Pong, ws::Close, ws::Failure>;

/// The server's reading half of RFC 6455, without I/O. Pull events until there is none:
///
///     while (auto event = decoder.next(input)) …
///
/// A frame that lies in `input` whole is unmasked there and handed out without a copy; only a
/// frame cut by the end of `input` and the fragments of a message are gathered. Memory is
/// allocated as bytes arrive, never because a length was claimed.
class WebSocketDecoder {
 public:
  explicit WebSocketDecoder(const WebSocketLimits& limits,
                            Compression compression = Compression::none)
      : limits_(limits), compression_(compression) {}

  /// Takes bytes off the front of `input`, which it writes to. Nothing: all was taken. After
  /// Close or Failure there is nothing more to read, and every call says nothing.
  [[nodiscard]] std::optional<WebSocketEvent> next(std::span<std::uint8_t>& input);

  /// Between messages with nothing gathered: the object may be dropped and a new one used later.
  [[nodiscard]] bool idle() const;

  /// Of the message under way: payload that has come, and memory that holds it.
  [[nodiscard]] std::size_t message_bytes() const { return message_.size(); }
  [[nodiscard]] std::size_t held_bytes() const { return message_.capacity(); }

 private:
  struct Header {
    std::uint8_t opcode = 0;
    bool fin = false;
    std::uint64_t length = 0;
    std::uint8_t key[4] = {};
  };

  /// Gathers the header; 0 when it is complete or more input is needed, else why it is refused.
  [[nodiscard]] std::uint16_t take_header(std::span<std::uint8_t>& input);
  [[nodiscard]] std::uint16_t check_start() const;
  [[nodiscard]] std::uint16_t begin_frame();
  [[nodiscard]] std::span<std::uint8_t> take_payload(std::span<std::uint8_t>& input);
  [[nodiscard]] std::optional<WebSocketEvent> take_data(std::span<std::uint8_t>& input);
  [[nodiscard]] std::optional<WebSocketEvent> take_control(std::span<std::uint8_t>& input);
  [[nodiscard]] WebSocketEvent control_event(ByteView payload);
  [[nodiscard]] WebSocketEvent fail_with(std::uint16_t code);
  void end_frame();

  WebSocketLimits limits_;
  Compression compression_;
  Header frame_;
  std::uint64_t frame_read_ = 0;     // payload bytes of the current frame taken so far
  std::uint32_t fragments_ = 0;      // of the message under way, this one included
  std::uint8_t message_opcode_ = 0;  // 0: no message under way
  std::uint8_t head_size_ = 0;
  bool in_frame_ = false;
  bool ended_ = false;
  bool release_message_ = false;  // handed out by the last call
  bool compressed_ = false;       // the message under way
  std::uint8_t head_[14] = {};
  std::uint8_t control_[125] = {};
  Utf8Checker utf8_;
  Bytes message_;
};

/// In the first byte of a frame.
inline constexpr std::uint8_t kCompressedBit = 0x40;

/// Whether a server's frame is a message: no control frame. Precondition: not empty.
[[nodiscard]] inline bool is_data_frame(const Bytes& frame) {
  return (frame[0] & 0x08) == 0;
}

/// One whole server frame in a buffer that any number of outboxes share.
[[nodiscard]] SharedBytes frame(FrameKind kind, ByteView payload);
[[nodiscard]] inline SharedBytes frame(MessageKind kind, ByteView payload) {
  return frame(static_cast<FrameKind>(kind), payload);
}
/// The reason is cut to 123 bytes, between characters.
[[nodiscard]] SharedBytes close_frame(std::uint16_t code, std::string_view reason);
/// Appends the header of an unmasked frame, for writers that put the payload behind it.
void append_frame_header(Bytes& out, FrameKind kind, std::uint64_t payload_size);

}  // namespace righttask::net
