#include "net/chunked_body.h"

#include <algorithm>

namespace righttask::net {
namespace {

constexpr std::uint8_t kDigitsMax = 15;  // no size that could overflow

int hex_digit(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkedBody::Status ChunkedBody::feed(ByteView& input, Bytes& body) {
  while (!input.empty()) {
    if (part_ == Part::data) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size_, input.size()));
      append(body, input.first(taken));
      input = input.subspan(taken);
      size_ -= taken;
      if (size_ == 0) part_ = Part::data_end;
      continue;
    }
    const std::uint8_t byte = input[0];
    input = input.subspan(1);
    if (const Status status = take_byte(byte); status != Status::more) return status;
  }
  return Status::more;
}

/// A byte of any line: a size, its extension, the end of data, or a trailer.
ChunkedBody::Status ChunkedBody::take_byte(std::uint8_t byte) {
  if (line_room_ == 0) return Status::malformed;
  --line_room_;
  if (carriage_return_) {
    carriage_return_ = false;
    return byte == '\n' ? end_line() : Status::malformed;
  }
  if (byte == '\r') {
    carriage_return_ = true;
    return Status::more;
  }
  if (byte == '\n' || part_ == Part::data_end) return Status::malformed;
  ++line_length_;
  return part_ == Part::size ? take_size_digit(byte) : Status::more;
}

ChunkedBody::Status ChunkedBody::take_size_digit(std::uint8_t byte) {
  const int digit = hex_digit(byte);
  if (digit < 0) {
    const bool may_follow = byte == ';' || byte == ' ' || byte == '\t';
    if (!may_follow || digits_ == 0) return Status::malformed;
    part_ = Part::extension;
    return Status::more;
  }
  if (++digits_ > kDigitsMax) return Status::malformed;
  size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
  return Status::more;
}

ChunkedBody::Status ChunkedBody::end_line() {
  const bool empty = line_length_ == 0;
  line_length_ = 0;
  switch (part_) {
    case Part::size:
    case Part::extension:
      if (digits_ == 0) return Status::malformed;
      digits_ = 0;
      line_room_ = line_bytes_max_;
      if (size_ > room_) return Status::too_large;
      room_ -= static_cast<std::size_t>(size_);
      part_ = size_ == 0 ? Part::trailer : Part::data;
      return Status::more;
    case Part::data_end:
      part_ = Part::size;
      return Status::more;
    case Part::trailer:
      return empty ? Status::complete : Status::more;
    case Part::data:
      break;
  }
  return Status::malformed;
}

}  // namespace righttask::net
