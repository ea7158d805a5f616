#include "net/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <memory>

#include "net/peer_address.h"
#include "runtime/process.h"

namespace righttask::net {
namespace {

/// Bytes the kernel may hold unsent for one connection before it reports it as blocked.
constexpr int kUnsentBytesMax = 256 << 10;

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

std::string place(const ListenOptions& options) {
  const std::string port = "port " + std::to_string(options.port);
  return options.host.empty() ? port : port + " on " + options.host;
}

std::string explain(const ListenOptions& options, int error) {
  switch (error) {
    case EADDRINUSE:
      return place(options) + " is already in use";
    case EACCES:
      return place(options) + " needs more rights than this process has";
    case EADDRNOTAVAIL:
      return "this machine has no address " + options.host;
    default:
      return "cannot listen on " + place(options) + ": " + runtime::error_text(error);
  }
}

Result<Addresses, std::string> resolve(const ListenOptions& options) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  // Without a host: IPv6, which takes IPv4 along.
  hints.ai_family = options.host.empty() ? AF_INET6 : AF_UNSPEC;
  std::string host = options.host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port = std::to_string(options.port);
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) {
    return fail("cannot find the address " + options.host + ": " + gai_strerror(error));
  }
  return Addresses(list);
}

bool set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/// A listening descriptor, or an invalid one with errno set.
runtime::FileDescriptor try_listen(int family, const sockaddr* address, socklen_t size,
                                   const ListenOptions& options) {
  runtime::FileDescriptor fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fd;
  set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (options.reuse_port) set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (family == AF_INET6) set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, options.host.empty() ? 0 : 1);
  set(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytesMax);
  if (bind(fd.get(), address, size) != 0 || listen(fd.get(), options.backlog) != 0) {
    const int error = errno;
    fd.reset();
    errno = error;
  }
  return fd;
}

runtime::FileDescriptor listen_any_ipv4(const ListenOptions& options) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(options.port);
  return try_listen(AF_INET, reinterpret_cast<const sockaddr*>(&any), sizeof any, options);
}

Result<runtime::FileDescriptor, std::string> listen_unix(const std::string& path, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(path + ": longer than a socket's name may be (" +
                std::to_string(sizeof address.sun_path - 1) + " bytes)");
  }
  path.copy(address.sun_path, path.size());
  runtime::FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // The mode of the descriptor becomes that of the file, so nobody else gets in between.
  const bool ready =
      fd.valid() && fchmod(fd.get(), S_IRUSR | S_IWUSR) == 0 &&
      (unlink(path.c_str()) == 0 || errno == ENOENT) &&
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      listen(fd.get(), backlog) == 0;
  if (!ready) return fail(path + ": " + runtime::error_text(errno));
  return fd;
}

}  // namespace

Result<Listener, std::string> Listener::open(const ListenOptions& options) {
  if (!options.unix_path.empty()) {
    auto fd = listen_unix(options.unix_path, options.backlog);
    if (!fd) return fail(fd.error());
    Listener listener;
    listener.fd_ = *std::move(fd);
    listener.text_ = options.unix_path;
    return listener;
  }
  auto addresses = resolve(options);
  if (!addresses) return fail(addresses.error());
  Listener listener;
  int error = EADDRNOTAVAIL;
  for (const addrinfo* at = addresses->get(); at && !listener.fd_.valid(); at = at->ai_next) {
    listener.fd_ = try_listen(at->ai_family, at->ai_addr, at->ai_addrlen, options);
    if (!listener.fd_.valid()) error = errno;
  }
  const bool no_ipv6 = error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
  if (!listener.fd_.valid() && options.host.empty() && no_ipv6) {
    listener.fd_ = listen_any_ipv4(options);
    if (!listener.fd_.valid()) error = errno;
  }
  if (!listener.fd_.valid()) return fail(explain(options, error));

  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(listener.fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const PeerAddress address = PeerAddress::from(bound);
  listener.port_ = address.port;
  listener.text_ = address.text();
  return listener;
}

int listen_backlog_cap() {
  int cap = 0;
  std::ifstream("/proc/sys/net/core/somaxconn") >> cap;
  return cap;
}

}  // namespace righttask::net
