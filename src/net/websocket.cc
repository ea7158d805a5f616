#include "net/websocket.h"

#include <algorithm>
#include <cstring>

namespace righttask::net {
namespace {

constexpr std::uint8_t kFin = 0x80, kReserved = 0x70, kOpcode = 0x0f, kMasked = 0x80;
constexpr std::uint8_t kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;
constexpr std::size_t kControlBytesMax = 125;
constexpr std::size_t kReasonBytesMax = kControlBytesMax - 2;

bool is_control(std::uint8_t opcode) {
  return (opcode & 8) != 0;
}

std::size_t header_size(std::uint8_t second_byte) {
  const std::uint8_t length = second_byte & 0x7f;
  return 2U + (length == 126 ? 2U : length == 127 ? 8U : 0U) + 4U;
}

/// `offset`: how many bytes of the frame's payload lie before `data`.
void unmask(std::span<std::uint8_t> data, const std::uint8_t* key, std::uint64_t offset) {
  std::uint8_t pattern[8];
  for (std::size_t i = 0; i < 8; ++i) pattern[i] = key[(offset + i) & 3];
  std::uint64_t pattern_word;
  std::memcpy(&pattern_word, pattern, 8);
  std::size_t i = 0;
  for (; i + 8 <= data.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, data.data() + i, 8);
    word ^= pattern_word;
    std::memcpy(data.data() + i, &word, 8);
  }
  for (; i < data.size(); ++i) data[i] ^= pattern[i & 7];
}

}  // namespace

bool is_sendable_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

std::optional<WebSocketEvent> WebSocketDecoder::next(std::span<std::uint8_t>& input) {
  if (release_message_) {
    Bytes().swap(message_);
    release_message_ = false;
  }
  while (!ended_) {
    if (!in_frame_) {
      if (const auto code = take_header(input)) return fail_with(code);
      if (!in_frame_) return std::nullopt;
    }
    auto event = is_control(frame_.opcode) ? take_control(input) : take_data(input);
    if (event) return event;
    if (in_frame_) return std::nullopt;
  }
  return std::nullopt;
}

bool WebSocketDecoder::idle() const {
  return !in_frame_ && head_size_ == 0 && message_opcode_ == 0 && !ended_;
}

std::uint16_t WebSocketDecoder::take_header(std::span<std::uint8_t>& input) {
  std::size_t wanted = head_size_ < 2 ? 2 : header_size(head_[1]);
  while (head_size_ < wanted) {
    const std::size_t taken = std::min(wanted - head_size_, input.size());
    if (taken == 0) return 0;
    std::memcpy(head_ + head_size_, input.data(), taken);
    head_size_ = static_cast<std::uint8_t>(head_size_ + taken);
    input = input.subspan(taken);
    if (head_size_ == 2) {
      if (const auto code = check_start()) return code;
      wanted = header_size(head_[1]);
    }
  }
  return begin_frame();
}

/// What the first two bytes alone give away.
std::uint16_t WebSocketDecoder::check_start() const {
  const std::uint8_t opcode = head_[0] & kOpcode;
  const bool may_compress =
      compression_ == Compression::deflate && (opcode == kText || opcode == kBinary);
  const std::uint8_t reserved = may_compress ? kReserved & ~kCompressedBit : kReserved;
  if ((head_[0] & reserved) != 0) return close_code::protocol_error;
  if ((head_[1] & kMasked) == 0) return close_code::protocol_error;
  if (is_control(opcode)) {
    const bool known = opcode == kClose || opcode == kPing || opcode == kPong;
    const bool whole = (head_[0] & kFin) != 0 && (head_[1] & 0x7f) <= kControlBytesMax;
    return known && whole ? std::uint16_t{0} : close_code::protocol_error;
  }
  if (opcode > kBinary) return close_code::protocol_error;
  const bool continues = opcode == kContinuation;
  const bool under_way = message_opcode_ != 0;
  return continues == under_way ? std::uint16_t{0} : close_code::protocol_error;
}

std::uint16_t WebSocketDecoder::begin_frame() {
  frame_.fin = (head_[0] & kFin) != 0;
  frame_.opcode = head_[0] & kOpcode;
  const std::uint8_t short_length = head_[1] & 0x7f;
  const std::size_t extended = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;
  frame_.length = extended == 0 ? short_length : 0;
  for (std::size_t i = 0; i < extended; ++i) frame_.length = frame_.length << 8 | head_[2 + i];
  std::memcpy(frame_.key, head_ + 2 + extended, 4);

  if (extended == 2 && frame_.length < 126) return close_code::protocol_error;
  if (extended == 8 && (frame_.length < 0x1'0000 || frame_.length >> 63 != 0)) {
    return close_code::protocol_error;
  }
  in_frame_ = true;
  frame_read_ = 0;
  if (is_control(frame_.opcode)) return 0;

  if (frame_.opcode != kContinuation) {
    message_opcode_ = frame_.opcode;
    compressed_ = (head_[0] & kCompressedBit) != 0;
    fragments_ = 0;
    utf8_ = {};
  }
  if (++fragments_ > limits_.fragments_max) return close_code::policy;
  const std::size_t room = limits_.message_bytes_max - message_.size();
  return frame_.length > room ? close_code::too_big : std::uint16_t{0};
}

void WebSocketDecoder::end_frame() {
  in_frame_ = false;
  head_size_ = 0;
}

/// Takes and unmasks what there is of the current frame's payload.
std::span<std::uint8_t> WebSocketDecoder::take_payload(std::span<std::uint8_t>& input) {
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(frame_.length - frame_read_, input.size()));
  const auto part = input.first(size);
  input = input.subspan(size);
  unmask(part, frame_.key, frame_read_);
  frame_read_ += size;
  return part;
}

std::optional<WebSocketEvent> WebSocketDecoder::take_data(std::span<std::uint8_t>& input) {
  const bool untouched = frame_read_ == 0;
  const auto part = take_payload(input);
  const bool complete = frame_read_ == frame_.length;
  const bool text = message_opcode_ == kText && !compressed_;
  const auto kind = static_cast<MessageKind>(message_opcode_);

  if (untouched && complete && frame_.fin && frame_.opcode != kContinuation) {
    if (text && !is_utf8(part)) return fail_with(close_code::bad_data);
    end_frame();
    message_opcode_ = 0;
    return ws::Message{kind, part, compressed_};
  }

  if (text && !utf8_.feed(part)) return fail_with(close_code::bad_data);
  append(message_, part);
  if (!complete) return std::nullopt;
  end_frame();
  if (!frame_.fin) return std::nullopt;
  if (text && !utf8_.complete()) return fail_with(close_code::bad_data);
  message_opcode_ = 0;
  release_message_ = true;
  return ws::Message{kind, message_, compressed_};
}

std::optional<WebSocketEvent> WebSocketDecoder::take_control(std::span<std::uint8_t>& input) {
  const auto before = static_cast<std::size_t>(frame_read_);
  const auto part = take_payload(input);
  if (before == 0 && frame_read_ == frame_.length) return control_event(part);
  std::copy(part.begin(), part.end(), control_ + before);
  if (frame_read_ < frame_.length) return std::nullopt;
  return control_event({control_, static_cast<std::size_t>(frame_.length)});
}

WebSocketEvent WebSocketDecoder::control_event(ByteView payload) {
  end_frame();
  if (frame_.opcode == kPing) return ws::Ping{payload};
  if (frame_.opcode == kPong) return ws::Pong{payload};
  if (payload.empty()) {
    ended_ = true;
    return ws::Close{close_code::none, {}};
  }
  if (payload.size() == 1) return fail_with(close_code::protocol_error);
  const auto code = static_cast<std::uint16_t>(payload[0] << 8 | payload[1]);
  if (!is_sendable_close_code(code)) return fail_with(close_code::protocol_error);
  if (!is_utf8(payload.subspan(2))) return fail_with(close_code::bad_data);
  ended_ = true;
  return ws::Close{code, as_text(payload.subspan(2))};
}

WebSocketEvent WebSocketDecoder::fail_with(std::uint16_t code) {
  ended_ = true;
  return ws::Failure{code};
}

void append_frame_header(Bytes& out, FrameKind kind, std::uint64_t payload_size) {
  out.push_back(static_cast<std::uint8_t>(kFin | static_cast<std::uint8_t>(kind)));
  const int extended = payload_size < 126 ? 0 : payload_size < 0x1'0000 ? 2 : 8;
  out.push_back(extended == 0   ? static_cast<std::uint8_t>(payload_size)
                : extended == 2 ? std::uint8_t{126}
                                : std::uint8_t{127});
  for (int i = extended - 1; i >= 0; --i) {
    out.push_back(static_cast<std::uint8_t>(payload_size >> (8 * i)));
  }
}

SharedBytes frame(FrameKind kind, ByteView payload) {
  Bytes out;
  out.reserve(payload.size() + 10);
  append_frame_header(out, kind, payload.size());
  append(out, payload);
  return share(std::move(out));
}

SharedBytes close_frame(std::uint16_t code, std::string_view reason) {
  if (!is_sendable_close_code(code)) return frame(FrameKind::close, {});
  if (reason.size() > kReasonBytesMax) {
    std::size_t end = kReasonBytesMax;
    while (end > 0 && (static_cast<std::uint8_t>(reason[end]) & 0xc0) == 0x80) --end;
    reason = reason.substr(0, end);
  }
  Bytes payload = bytes(code >> 8, code & 0xff);
  append(payload, reason);
  return frame(FrameKind::close, payload);
}

}  // namespace righttask::net
