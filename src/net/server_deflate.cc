#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "net/deflate_offer.h"
#include "net/server_impl.h"

// permessage-deflate on the server's connections: what is agreed on, what came compressed, what is
// sent so. No connection has a context of its own.

namespace righttask::net {
namespace {

/// What any message may become. People's edits do not shrink as much, but for pasted blanks.
constexpr std::size_t kAmplification = 64;
constexpr std::size_t kAmplifiedFree = 64u << 10;
/// What messages may become beyond that, of all connections together. A stranger who opens a socket
/// for each can so make the server inflate for a tenth of a processor's time, and no more.
constexpr Rate kAmplifiedRate{.per_second = 64u << 20, .burst = std::chrono::seconds{4}};

}  // namespace

Compression Server::Impl::compression_of(const Connection& c) {
  return c.inflates ? Compression::deflate : Compression::none;
}

void Server::Impl::agree_on_compression(Connection& c, const HttpRequest& request,
                                        HttpResponse& response) {
  if (options_.compress_above_bytes == 0) return;
  auto agreed = agree_on_deflate(request.headers);
  if (!agreed) return;
  response.headers.emplace_back("Sec-WebSocket-Extensions", std::move(agreed->answer));
  c.inflates = true;
  c.compresses = agreed->sends;
  ++probe_.deflate_upgrades_total;
}

/// The view holds until the next call. Nothing: the connection is being closed. What the work took
/// is its sender's: it counts as if so many bytes had come.
std::optional<ByteView> Server::Impl::inflate(std::uint32_t slot, const ws::Message& message) {
  const std::size_t most = options_.websocket.message_bytes_max;
  const std::size_t modest =
      std::min(most, kAmplifiedFree + kAmplification * message.payload.size());
  const bool spent = amplified_.overdrawn(kAmplifiedRate, loop_.now());
  const auto inflated = inflater_.inflate(message.payload, spent ? modest : most);
  const std::uint64_t work = inflater_.work();
  charge(slot, 0, work);
  share_.use_bytes(work);
  if (work > modest) amplified_.take(kAmplifiedRate, work - modest, loop_.now());
  if (inflated && (message.kind == MessageKind::binary || is_utf8(*inflated))) {
    ++probe_.inflated_total;
    probe_.inflated_bytes_total += inflated->size();
    return *inflated;
  }
  ++probe_.inflate_refusals_total;
  if (inflated || inflated.error() == InflateError::corrupt) {
    take_failure(slot, close_code::bad_data);
  } else if (inflated.error() == InflateError::too_many_blocks) {
    take_failure(slot, close_code::policy);
  } else if (spent) {
    break_off(slot, close_code::try_again_later, "too much to inflate");
  } else {
    take_failure(slot, close_code::too_big);
  }
  return std::nullopt;
}

}  // namespace righttask::net
