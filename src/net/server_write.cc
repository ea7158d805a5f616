#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/check.h"
#include "net/server_impl.h"

namespace righttask::net {
namespace {

constexpr std::size_t kFramesPerWrite = 64;

}  // namespace

void Server::Impl::send(ConnectionId id, SharedBytes frame, Budget budget) {
  Connection* c = slab_.find(id);
  if (!c || c->phase != Phase::websocket) return;
  if (c->compresses) frame = compressor_.smaller(frame, loop_.now());
  const bool counted = budget == Budget::counted;
  if (counted && c->outbox.charged >= options_.outbox_bytes_max) {
    // A burst within one turn is not the peer's fault: the kernel has not been asked yet.
    if (!c->blocked) flush(slot_of(id));
    if (c->phase != Phase::websocket) return;
    if (c->outbox.charged >= options_.outbox_bytes_max) {
      ++probe_.outbox_overflows_total;
      return overflow(slot_of(id), "too slow");
    }
  }
  const auto too_much = [&] {
    return pool_.owed() > 0 && pool_.owed() + frame->size() > options_.owed_bytes_max;
  };
  if (!counted && too_much()) {
    flush_dirty();  // many may have come in this turn, and all of them read
    if (c->phase != Phase::websocket) return;
    if (too_much()) {
      ++probe_.owed_overflows_total;
      return overflow(slot_of(id), "too many newcomers");
    }
  }
  queue(slot_of(id), std::move(frame), counted);
}

std::size_t Server::Impl::outbox_bytes(ConnectionId id) {
  const Connection* c = slab_.find(id);
  return c ? c->outbox.charged : 0;
}

/// What the peer has missed it can only get by coming back.
void Server::Impl::overflow(std::uint32_t slot, std::string_view why) {
  pool_.drop_unsent(slab_.at(slot).outbox);
  start_close(slot, close_code::try_again_later, why, false);
}

void Server::Impl::queue(std::uint32_t slot, SharedBytes bytes, bool counted) {
  CHECK(bytes->size() < std::numeric_limits<std::uint32_t>::max() / 2);
  pool_.push(slab_.at(slot).outbox, std::move(bytes), counted);
  mark_dirty(slot);
}

void Server::Impl::mark_dirty(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.dirty || c.blocked) return;
  c.dirty = true;
  dirty_.push_back(slot);
  schedule_end_of_turn();
}

void Server::Impl::flush_dirty() {
  flushing_.clear();
  flushing_.swap(dirty_);
  for (const std::uint32_t slot : flushing_) {
    Connection& c = slab_.at(slot);
    c.dirty = false;
    if (c.phase != Phase::doomed) flush(slot);
  }
}

/// Hands the kernel what is queued, as much as it takes.
void Server::Impl::flush(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  while (!c.outbox.empty()) {
    std::size_t offered = 0;
    const std::ptrdiff_t sent = write_some(c, offered);
    ++probe_.sends_total;
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) {
      if (!c.yielding) return doom(slot);
      return pool_.clear(c.outbox);  // it hears nothing more, but what it has sent is handled
    }
    if (sent > 0) {
      take_off(c, static_cast<std::size_t>(sent));
      if (!mid_request(c)) c.since = now_ms();
    }
    if (sent < 0 || static_cast<std::size_t>(sent) < offered) {
      c.blocked = true;
      return update_interest(slot);
    }
  }
  on_flushed(slot);
}

/// One system call; `offered` is how many bytes it was given.
std::ptrdiff_t Server::Impl::write_some(const Connection& c, std::size_t& offered) {
  std::array<iovec, kFramesPerWrite> parts;
  std::size_t count = 0;
  std::size_t offset = c.outbox.offset;
  for (std::uint32_t node = c.outbox.head; node != Outbox::kNone && count < parts.size();
       node = pool_.next(node)) {
    const Bytes& bytes = pool_.frame(node);
    // The kernel does not write through an iovec it sends from.
    parts[count++] = {const_cast<std::uint8_t*>(bytes.data()) + offset, bytes.size() - offset};
    offered += bytes.size() - offset;
    offset = 0;
  }
  constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (count == 1) return ::send(c.fd, parts[0].iov_base, parts[0].iov_len, flags);
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return sendmsg(c.fd, &message, flags);
}

void Server::Impl::take_off(Connection& c, std::size_t sent) {
  probe_.bytes_sent_total += sent;
  while (!c.outbox.empty()) {
    const std::size_t left = pool_.frame(c.outbox.head).size() - c.outbox.offset;
    if (sent < left) {
      c.outbox.offset += static_cast<std::uint32_t>(sent);
      return;
    }
    sent -= left;
    ++probe_.frames_sent_total;
    pool_.pop(c.outbox);
  }
}

void Server::Impl::on_flushed(std::uint32_t slot) {
  Connection& c = slab_.at(slot);
  if (c.phase == Phase::finishing) {
    if (!c.linger) return doom(slot);
    shutdown(c.fd, SHUT_WR);
    c.phase = Phase::lingering;
    c.since = now_ms();
  }
  if (draining_ && c.phase == Phase::request && !c.input) return doom(slot);
  update_interest(slot);
  if (c.input && !c.input->unread.empty() && !held_back(c)) resume(slot);
}

}  // namespace righttask::net
