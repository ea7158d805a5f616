#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "net/handshake.h"
#include "net/server_impl.h"

namespace righttask::net {
namespace {

constexpr std::size_t kReadBytes = 256u << 10;
/// What one connection may have handled in a turn of the loop: more, and the others would wait for
/// it; less, and what its messages cause would leave in more system calls.
constexpr std::uint32_t kMessagesOfTurn = 16;
constexpr std::size_t kBytesOfTurn = 64u << 10;
/// Answers queued for a client that sends requests faster than it reads answers.
constexpr std::size_t kPipelineBytesMax = 256u << 10;
/// What a connection may always hold of something incomplete: ordinary messages are cut by the end
/// of a read, and those who send them are not to suffer for others.
constexpr std::size_t kIncompleteBytesFree = 64u << 10;

const SharedBytes& continue_answer() {
  static const SharedBytes bytes = [] {
    constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    return share(Bytes(text.begin(), text.end()));
  }();
  return bytes;
}

ConnectionInput& input_of(Connection& c) {
  if (!c.input) c.input = std::make_unique<ConnectionInput>();
  return *c.input;
}

WebSocketDecoder take_decoder(Connection& c, const WebSocketLimits& limits,
                              Compression compression) {
  if (!c.input || !c.input->websocket) return WebSocketDecoder(limits, compression);
  WebSocketDecoder decoder = std::move(*c.input->websocket);
  c.input->websocket.reset();
  return decoder;
}

}  // namespace

void Server::Impl::Sockets::on_ready(std::uint64_t tag, runtime::Readiness ready) {
  const auto slot = static_cast<std::uint32_t>(tag);
  Connection& c = impl.slab_.at(slot);
  if (c.phase == Phase::free || c.phase == Phase::doomed || impl.tag_of(slot) != tag) return;
  if (ready.writable || (ready.broken && c.blocked)) {
    c.blocked = false;
    impl.mark_dirty(slot);
  }
  if (ready.readable && c.watch_read) {
    impl.on_readable(slot);
  } else if (ready.broken && !c.yielding) {  // what it has sent before is handled first
    impl.doom(slot);
  }
}

void Server::Impl::on_readable(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.input && !c.input->unread.empty()) return;  // resumed this turn: those bytes come first
  if (!read_buffer_) read_buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(kReadBytes);
  const auto got = recv(c.fd, read_buffer_.get(), kReadBytes, MSG_DONTWAIT);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) doom(slot);
    return;
  }
  if (got == 0) return on_end_of_stream(slot);
  const auto size = static_cast<std::size_t>(got);
  probe_.bytes_received_total += size;
  const bool idle_request = c.phase == Phase::request && !c.input && !c.half_open;
  if (c.phase == Phase::websocket || idle_request) c.since = now_ms();
  charge(slot, 0, size);
  parse(slot, {read_buffer_.get(), size});
}

void Server::Impl::on_end_of_stream(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  // A client may shut its side once its request is sent, and still wait for the answer.
  if (c.phase == Phase::request && !c.outbox.empty()) return finish(slot, false);
  doom(slot);
}

bool Server::Impl::held_back(const Connection& c) const {
  switch (c.phase) {
    case Phase::answering:
      return true;
    case Phase::request:
      return c.paused || c.throttled || c.outbox.charged > kPipelineBytesMax;
    case Phase::websocket:
      return c.paused || c.throttled;
    default:
      return false;
  }
}

/// Parses until the bytes end, the connection is held back, or it has had its share of this turn.
/// What is left is kept: copied, or with `owner` where that is what holds the bytes.
void Server::Impl::parse(std::uint32_t slot, std::span<std::uint8_t> bytes, Bytes* owner) {
  Connection& c = slab_.at(slot);
  share_ = {.messages = kMessagesOfTurn, .bytes = kBytesOfTurn};
  while (!bytes.empty() && !held_back(c) && !share_.used_up()) {
    switch (c.phase) {
      case Phase::request:
        read_request(slot, bytes);
        break;
      case Phase::websocket:
        read_messages(slot, bytes);
        break;
      case Phase::closing:
        read_close(slot, bytes);
        break;
      default:  // nobody listens any more
        bytes = {};
        break;
    }
  }
  if (!bytes.empty()) {
    ConnectionInput& input = input_of(c);
    if (owner != nullptr) {
      input.unread_at = static_cast<std::size_t>(bytes.data() - owner->data());
      input.unread = std::move(*owner);
    } else {
      input.unread_at = 0;
      append(input.unread, bytes);
    }
    if (!held_back(c)) yield(slot);
  }
  update_interest(slot);
}

void Server::Impl::parse_unread(std::uint32_t slot) {
  ConnectionInput& input = *slab_.at(slot).input;
  Bytes unread = std::move(input.unread);
  const std::size_t at = std::exchange(input.unread_at, 0);
  input.unread.clear();
  parse(slot, std::span(unread).subspan(std::min(at, unread.size())), &unread);
}

/// The rest of what it has sent waits until the others have had their turn. What is sent in a turn
/// leaves at its end, so that a share of one message would cost each of its receivers a system
/// call.
void Server::Impl::yield(std::uint32_t slot) {
  slab_.at(slot).yielding = true;
  yielding_.push_back(id_of(slot));
  if (yield_timer_) return;
  yield_timer_ = loop_.call_after(Duration::zero(), [this] {
    yield_timer_.reset();
    for (const ConnectionId id : std::exchange(yielding_, {})) {
      Connection* c = slab_.find(id);
      if (!c) continue;
      c->yielding = false;
      resume(slot_of(id));
    }
  });
}

/// One request, or what there is of it.
void Server::Impl::read_request(std::uint32_t slot, std::span<std::uint8_t>& bytes) {
  Connection& c = slab_.at(slot);
  HttpDecoder decoder =
      c.input && c.input->http ? std::move(*c.input->http) : HttpDecoder(options_.http);
  c.input.reset();
  ByteView rest = bytes;
  auto request = decoder.next(rest);
  bytes = bytes.last(rest.size());
  if (!request) {
    ++probe_.bad_requests_total;
    end_half_open(c);
    return answer(slot, error_response(request.error().status), false, false);
  }
  if (!*request) {
    if (decoder.take_expect_continue()) queue(slot, continue_answer());
    if (!decoder.in_request()) return;
    ConnectionInput& input = input_of(c);
    input.incomplete.count(decoder.body_bytes(), probe_.incomplete_bytes);
    input.http = std::move(decoder);
    if (!holds_too_much(c)) return;
    ++probe_.incomplete_overflows_total;
    end_half_open(c);
    return answer(slot, error_response(503), false, false);
  }
  ++probe_.requests_total;
  charge(slot, 1, 0);
  share_.use((*request)->body.size());
  end_half_open(c);
  HttpRequest& complete = **request;
  complete.peer = {c.ip, c.port};
  complete.listener = c.listener;
  const auto source = options_.proxies.source_of(complete);
  complete.client = source.client;
  complete.secure = source.secure;
  if (complete.client != complete.peer && is_websocket_upgrade(complete) &&
      !admits_address(complete.client)) {
    ++probe_.refused_address_total;
    return answer(slot, error_response(503), false, false);
  }
  auto reply_from_handler = handler_.on_request(id_of(slot), complete);
  if (c.phase == Phase::request) reply(slot, complete, std::move(reply_from_handler));
}

void Server::Impl::reply(std::uint32_t slot, const HttpRequest& request, HttpReply reply) {
  const bool head_request = request.method == "HEAD";
  if (auto* response = std::get_if<HttpResponse>(&reply)) {
    answer(slot, std::move(*response), head_request, request.keep_alive);
  } else if (auto* wanted = std::get_if<Upgrade>(&reply)) {
    upgrade(slot, request, std::move(*wanted));
  } else {
    Connection& c = slab_.at(slot);
    c.phase = Phase::answering;
    ConnectionInput& input = input_of(c);
    input.head_request = head_request;
    input.keep_alive = request.keep_alive;
  }
}

void Server::Impl::upgrade(std::uint32_t slot, const HttpRequest& request, Upgrade upgrade) {
  auto accepted = accept_websocket(request);
  if (!accepted) return answer(slot, std::move(accepted.error()), false, false);
  if (draining_) return answer(slot, error_response(503), false, false);
  HttpResponse response;
  response.status = 101;
  response.headers = {{"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Accept", std::move(*accepted)}};
  agree_on_compression(slab_.at(slot), request, response);
  for (auto& field : upgrade.headers) response.headers.push_back(std::move(field));
  if (!is_well_formed(response)) return answer(slot, error_response(500), false, false);
  queue(slot, share(serialize_head(response, true)));

  Connection& c = slab_.at(slot);
  if (request.client != request.peer) count_as_client(c, request.client);
  c.phase = Phase::websocket;
  c.announced = true;
  c.since = now_ms();
  ++probe_.upgrades_total;
  ++probe_.websockets;
  handler_.on_open(id_of(slot));
}

void Server::Impl::answer(std::uint32_t slot, HttpResponse response, bool head_request,
                          bool keep_alive) {
  if (!is_well_formed(response)) response = error_response(500);
  keep_alive = keep_alive && !response.close && !draining_;
  queue(slot, share(serialize_head(response, keep_alive)));
  const bool has_body = status_has_body(response.status) && !head_request;
  if (has_body && response.body && !response.body->empty()) queue(slot, std::move(response.body));

  Connection& c = slab_.at(slot);
  c.phase = Phase::request;
  c.since = now_ms();
  if (!keep_alive) finish(slot, true);
}

bool Server::Impl::respond(ConnectionId id, HttpResponse response) {
  Connection* c = slab_.find(id);
  if (!c || c->phase != Phase::answering) return false;
  const bool head_request = c->input->head_request;
  const bool keep_alive = c->input->keep_alive;
  if (c->input->unread.empty()) c->input.reset();
  answer(slot_of(id), std::move(response), head_request, keep_alive);
  resume(slot_of(id));
  return true;
}

void Server::Impl::read_messages(std::uint32_t slot, std::span<std::uint8_t>& bytes) {
  Connection& c = slab_.at(slot);
  std::uint32_t message_since = c.input && c.input->websocket ? c.input->message_since : now_ms();
  WebSocketDecoder decoder = take_decoder(c, options_.websocket, compression_of(c));
  SharedBytes pong;
  while (c.phase == Phase::websocket && !held_back(c) && !share_.used_up()) {
    const std::size_t before = bytes.size();
    const auto event = decoder.next(bytes);
    if (!event) break;
    charge(slot, 1, 0);
    share_.use(before - bytes.size());
    if (decoder.idle()) message_since = now_ms();
    if (const auto* message = std::get_if<ws::Message>(&*event)) {
      const auto payload = message->compressed ? inflate(slot, *message) : message->payload;
      if (!payload) break;
      ++probe_.messages_received_total;
      handler_.on_message(id_of(slot), message->kind, *payload);
    } else if (const auto* ping = std::get_if<ws::Ping>(&*event)) {
      // Only the latest of a burst is answered (RFC 6455, 5.5.3), so a flood of pings costs its
      // sender more than us; and none to a peer that does not read.
      if (!c.blocked) pong = frame(FrameKind::pong, ping->payload);
    } else if (const auto* close = std::get_if<ws::Close>(&*event)) {
      take_peer_close(slot, *close);
    } else if (const auto* failure = std::get_if<ws::Failure>(&*event)) {
      take_failure(slot, failure->code);
    }
  }
  if (c.phase == Phase::websocket && pong) queue(slot, std::move(pong));
  keep(slot, std::move(decoder), message_since);
  if (c.phase != Phase::websocket || !holds_too_much(c)) return;
  ++probe_.incomplete_overflows_total;
  break_off(slot, close_code::try_again_later, "too much is incomplete");
}

/// Keeps a decoder that is in the middle of something, and frees what an idle connection does not
/// need.
void Server::Impl::keep(std::uint32_t slot, WebSocketDecoder decoder, std::uint32_t message_since) {
  Connection& c = slab_.at(slot);
  if (c.phase != Phase::websocket && c.phase != Phase::closing) return;
  if (decoder.idle() && (!c.input || c.input->unread.empty())) return c.input.reset();
  ConnectionInput& input = input_of(c);
  input.message_since = message_since;
  input.incomplete.count(decoder.idle() ? 0 : decoder.held_bytes(), probe_.incomplete_bytes);
  if (!decoder.idle()) input.websocket = std::move(decoder);
}

bool Server::Impl::holds_too_much(const Connection& c) const {
  return c.input && c.input->incomplete.bytes() > kIncompleteBytesFree &&
         probe_.incomplete_bytes > options_.incomplete_bytes_max;
}

/// Our close frame is out; of what still comes only the peer's matters.
void Server::Impl::read_close(std::uint32_t slot, std::span<std::uint8_t>& bytes) {
  Connection& c = slab_.at(slot);
  WebSocketDecoder decoder = take_decoder(c, options_.websocket, compression_of(c));
  while (c.phase == Phase::closing) {
    const auto event = decoder.next(bytes);
    if (!event) break;
    if (std::holds_alternative<ws::Close>(*event)) finish(slot, false);
    if (std::holds_alternative<ws::Failure>(*event)) finish(slot, true);
  }
  keep(slot, std::move(decoder), now_ms());
}

void Server::Impl::take_peer_close(std::uint32_t slot, const ws::Close& close) {
  report_gone(slot, close.code, true);
  queue(slot, close_frame(close.code, {}));
  finish(slot, false);
}

void Server::Impl::take_failure(std::uint32_t slot, std::uint16_t code) {
  ++probe_.protocol_errors_total;
  break_off(slot, code, {});
}

void Server::Impl::pause_reading(ConnectionId id) {
  Connection* c = slab_.find(id);
  if (!c) return;
  c->paused = true;
  update_interest(slot_of(id));
}

void Server::Impl::resume_reading(ConnectionId id) {
  Connection* c = slab_.find(id);
  if (!c || !c->paused) return;
  c->paused = false;
  c->since = now_ms();
  if (c->input) c->input->message_since = now_ms();
  resume(slot_of(id));
}

/// Parses what was received before reading stopped, at the end of this turn, and reads again. Who
/// has had its share of this turn waits for the next.
void Server::Impl::resume(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  update_interest(slot);
  if (!c.input || c.input->unread.empty() || c.resuming || c.yielding) return;
  c.resuming = true;
  resuming_.push_back(slot);
  schedule_end_of_turn();
}

void Server::Impl::update_interest(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.phase == Phase::free || c.phase == Phase::doomed) return;
  const bool unread = c.input && !c.input->unread.empty();
  const bool read = !held_back(c) && !unread && c.phase != Phase::finishing;
  if (read == c.watch_read && c.blocked == c.watch_write) return;
  c.watch_read = read;
  c.watch_write = c.blocked;
  loop_.modify(c.fd, sockets_source_, tag_of(slot), {.readable = read, .writable = c.blocked});
}

}  // namespace righttask::net
