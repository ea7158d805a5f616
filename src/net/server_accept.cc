#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/check.h"
#include "net/server_impl.h"
#include "runtime/process.h"

namespace righttask::net {
namespace {

constexpr int kAcceptBatch = 256;  // a turn and listener; the rest waits in the backlog
constexpr std::size_t kListenersMax = 64;
constexpr std::uint32_t kDescriptorReserve = 64;  // for files, databases, the listeners themselves
constexpr std::chrono::milliseconds kNoDescriptorsPause{100};
constexpr std::string_view kRefusal =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 24\r\n"
    "Retry-After: 5\r\nConnection: close\r\n\r\n503 Service Unavailable\n";

runtime::FileDescriptor open_reserve() {
  return runtime::FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

std::uint32_t default_connections_max() {
  const std::uint64_t files = std::min<std::uint64_t>(runtime::open_file_limit(), 1u << 30);
  return files > 2 * kDescriptorReserve ? static_cast<std::uint32_t>(files) - kDescriptorReserve
                                        : static_cast<std::uint32_t>(files) / 2;
}

}  // namespace

Server::Impl::Impl(runtime::Loop& loop, Handler& handler, const ServerOptions& options)
    : loop_(loop),
      handler_(handler),
      options_(options),
      started_(loop.now()),
      acceptor_source_(loop.add_source(acceptor_)),
      sockets_source_(loop.add_source(sockets_)),
      reserve_(open_reserve()),
      addresses_(options.connections_per_address_max),
      compressor_(options.compress_above_bytes),
      rng_(options.seed) {
  if (options_.connections_max == 0) options_.connections_max = default_connections_max();
  // The slab is swept in four steps; a whole pass takes an eighth of the shortest limit.
  auto shortest = options_.request_time_max;
  for (const auto limit :
       {options_.close_time_max, options_.idle_time_max, options_.ping_after,
        options_.keep_alive_time_max, options_.body_time_max, options_.message_time_max}) {
    if (limit.count() > 0) shortest = std::min(shortest, limit);
  }
  const Duration pass = std::clamp<Duration>(shortest / 8, std::chrono::milliseconds{20},
                                             std::chrono::milliseconds{1000});
  sweep_step_ = pass / 4;
}

Result<std::uint16_t, std::string> Server::Impl::listen(const ListenOptions& options) {
  CHECK(listeners_.size() < kListenersMax);
  auto listener = Listener::open(options);
  if (!listener) return fail(listener.error());
  if (!loop_.watch(listener->fd(), acceptor_source_, listeners_.size(), {.readable = true})) {
    return fail("cannot watch a listener: " + runtime::error_text(errno));
  }
  listeners_.push_back(std::move(*listener));
  return listeners_.back().port();
}

std::uint16_t Server::Impl::port() const {
  return listeners_.empty() ? std::uint16_t{0} : listeners_.front().port();
}

void Server::Impl::Acceptor::on_ready(std::uint64_t tag, runtime::Readiness) {
  impl.accept_some(static_cast<std::uint8_t>(tag));
}

void Server::Impl::accept_some(std::uint8_t listener) {
  for (int i = 0; i < kAcceptBatch && accept_paused_ == 0; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    runtime::FileDescriptor fd(accept4(listeners_[listener].fd(),
                                       reinterpret_cast<sockaddr*>(&address), &size,
                                       SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) {
      if (errno == EAGAIN) return;
      ++probe_.accept_errors_total;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        return shed_without_descriptors(listeners_[listener].fd());
      }
      continue;  // that connection has already failed; the next may not have
    }
    ++probe_.accepted_total;
    if (!admit(std::move(fd), PeerAddress::from(address), listener)) return;
    if (probe_.half_open >= options_.half_open_max) pause_accepting(kHalfOpen);
  }
}

/// False when the kernel is out of memory, and accepting more is no use.
bool Server::Impl::admit(runtime::FileDescriptor fd, const PeerAddress& peer,
                         std::uint8_t listener) {
  if (probe_.connections >= options_.connections_max) {
    ++probe_.refused_full_total;
    refuse(fd);
    return true;
  }
  if (!admits_address(peer)) {
    ++probe_.refused_address_total;
    refuse(fd);
    return true;
  }
  const std::uint32_t slot = slab_.take();
  Connection& c = slab_.at(slot);
  if (!loop_.watch(fd.get(), sockets_source_, tag_of(slot), {.readable = true})) {
    ++probe_.accept_errors_total;
    slab_.give_back(slot);
    return false;
  }
  count_address(peer);
  c.fd = fd.release();
  c.phase = Phase::request;
  c.since = now_ms();
  c.listener = listener;
  c.ip = peer.ip;
  c.port = peer.port;
  c.half_open = true;
  ++probe_.connections;
  ++probe_.half_open;
  schedule_sweep();
  return true;
}

/// Best effort: what the client has sent by now is read, or closing would send it a reset.
void Server::Impl::refuse(const runtime::FileDescriptor& fd) {
  while (recv(fd.get(), read_buffer_.get(), 4096, MSG_DONTWAIT) == 4096) {
  }
  [[maybe_unused]] const auto sent =
      ::send(fd.get(), kRefusal.data(), kRefusal.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  shutdown(fd.get(), SHUT_WR);
}

/// Out of descriptors, the backlog would keep the loop spinning. The reserved one is lent out to
/// accept and drop a few, so that clients hear at once, and then accepting rests a while.
void Server::Impl::shed_without_descriptors(int listener_fd) {
  reserve_.reset();
  for (int i = 0; i < kAcceptBatch; ++i) {
    const runtime::FileDescriptor fd(
        accept4(listener_fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) break;
    ++probe_.refused_full_total;
    refuse(fd);
  }
  reserve_ = open_reserve();
  pause_accepting(kNoDescriptors);
  if (accept_timer_) return;
  accept_timer_ = loop_.call_after(kNoDescriptorsPause, [this] {
    accept_timer_.reset();
    continue_accepting(kNoDescriptors);
  });
}

void Server::Impl::pause_accepting(unsigned reasons) {
  accept_paused_ |= reasons;
  watch_listeners();
}

void Server::Impl::continue_accepting(unsigned reasons) {
  if ((accept_paused_ & reasons) == 0) return;
  accept_paused_ &= ~reasons;
  watch_listeners();
}

void Server::Impl::watch_listeners() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i].fd() < 0) continue;
    loop_.modify(listeners_[i].fd(), acceptor_source_, i, {.readable = accept_paused_ == 0});
  }
}

void Server::Impl::stop_accepting() {
  pause_accepting(kStopped);
  for (Listener& listener : listeners_) listener.close();  // the port is free for a successor
}

bool Server::Impl::is_exempt(const PeerAddress& address) const {
  return address.is_loopback() || options_.proxies.contains(address);
}

bool Server::Impl::admits_address(const PeerAddress& address) const {
  return is_exempt(address) || addresses_.has_room(address);
}

void Server::Impl::count_address(const PeerAddress& address) {
  if (!is_exempt(address)) addresses_.add(address);
}

void Server::Impl::uncount_address(const PeerAddress& address) {
  if (!is_exempt(address)) addresses_.remove(address);
}

/// A socket belongs to the client that a trusted proxy has named, for as long as it lasts.
void Server::Impl::count_as_client(Connection& c, const PeerAddress& client) {
  count_address(client);
  uncount_address({c.ip, c.port});
  c.ip = client.ip;
  c.port = client.port;
}

void Server::Impl::end_half_open(Connection& c) {
  if (!c.half_open) return;
  c.half_open = false;
  --probe_.half_open;
  if (probe_.half_open < options_.half_open_max) continue_accepting(kHalfOpen);
}

}  // namespace righttask::net
