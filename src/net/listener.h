#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "runtime/file_descriptor.h"

namespace righttask::net {

struct ListenOptions {
  std::string host = "127.0.0.1";  // a name, an IPv4 or IPv6 address, or "" for all of both
  std::uint16_t port = 4000;       // 0: the system chooses
  int backlog = 4096;              // the kernel caps it at net.core.somaxconn
  bool reuse_port = false;         // one listener for each of several shards
  /// Not empty: a socket of this name in the file system instead, for its owner alone (mode 0600).
  /// One that is there already is replaced: see to it that nobody listens there.
  std::string unix_path{};
};

/// A bound and listening socket. Accepted sockets inherit its options: TCP_NODELAY, and a bound
/// on what the kernel queues unsent, so that the backlog stays where the outbox limit sees it.
class Listener {
 public:
  /// The error is a sentence: "port 4000 on 127.0.0.1 is already in use".
  [[nodiscard]] static Result<Listener, std::string> open(const ListenOptions& options);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "127.0.0.1:4000".
  [[nodiscard]] const std::string& text() const { return text_; }
  void close() { fd_.reset(); }

 private:
  runtime::FileDescriptor fd_;
  std::uint16_t port_ = 0;
  std::string text_;
};

/// The kernel's cap on a listen backlog (net.core.somaxconn), or 0 when it cannot be read.
[[nodiscard]] int listen_backlog_cap();

}  // namespace righttask::net
