#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "net/http.h"

namespace righttask::net {

struct HttpLimits {
  std::size_t head_bytes_max = 16u << 10;  // request line and fields; above: 431
  std::size_t line_bytes_max = 8u << 10;   // method and target; above: 414
  std::size_t fields_max = 100;            // above: 431
  std::size_t body_bytes_max = 1u << 20;   // above: 413
};

/// Why a request was refused: the status to answer with before closing.
struct HttpFault {
  int status = 400;
  bool operator==(const HttpFault&) const = default;
};

/// Reads HTTP/1.1 requests from bytes, in pieces of any size, without I/O. After a fault the
/// stream cannot be trusted any more. Memory: nothing is kept between requests but the object
/// itself; within one, at most the limits above.
class HttpDecoder {
 public:
  explicit HttpDecoder(const HttpLimits& limits);
  ~HttpDecoder();
  HttpDecoder(HttpDecoder&&) noexcept;
  HttpDecoder& operator=(HttpDecoder&&) noexcept;

  /// Takes bytes off the front of `input`: a request once it is complete, and what follows it
  /// stays in `input`; nothing when all was taken and more is needed.
  [[nodiscard]] Result<std::optional<HttpRequest>, HttpFault> next(ByteView& input);

  /// Whether a request has begun that is not complete.
  [[nodiscard]] bool in_request() const;
  /// Whether its head is complete and its body is not.
  [[nodiscard]] bool in_body() const;
  /// How much of its body has come.
  [[nodiscard]] std::size_t body_bytes() const;
  /// True once for a request whose sender waits for "100 Continue" before its body.
  [[nodiscard]] bool take_expect_continue();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace righttask::net
