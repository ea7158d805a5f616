#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

// chunked := chunk* last_chunk trailer* CRLF
// chunk := size:hex+ extension? CRLF data:byte[size] CRLF
// last_chunk := '0'+ extension? CRLF
// trailer := line CRLF
// Source: RFC 9112, section 7.1. A line ends with CRLF and nothing less: readers that disagree
// about where a line ends disagree about where the next request begins.

namespace righttask::net {

/// Takes a chunked body apart, in pieces of any size. Extensions and trailers are read over.
class ChunkedBody {
 public:
  /// Bounds, in bytes: all data together, each line before a chunk, all trailers together.
  ChunkedBody(std::size_t body_bytes_max, std::size_t line_bytes_max)
      : line_bytes_max_(line_bytes_max), room_(body_bytes_max), line_room_(line_bytes_max) {}

  enum class Status : std::uint8_t { more, complete, malformed, too_large };

  /// Takes bytes off the front of `input`, up to the end of the body, and appends data to `body`.
  [[nodiscard]] Status feed(ByteView& input, Bytes& body);

 private:
  enum class Part : std::uint8_t { size, extension, data, data_end, trailer };

  [[nodiscard]] Status take_byte(std::uint8_t byte);
  [[nodiscard]] Status end_line();
  [[nodiscard]] Status take_size_digit(std::uint8_t byte);

  Part part_ = Part::size;
  bool carriage_return_ = false;  // the next byte must be a line feed
  std::uint8_t digits_ = 0;
  std::uint64_t size_ = 0;  // of this chunk, and then what is left of it
  std::size_t line_length_ = 0;
  std::size_t line_bytes_max_;
  std::size_t room_;
  std::size_t line_room_;
};

}  // namespace righttask::net
