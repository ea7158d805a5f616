#include "net/server.h"

#include <utility>

#include "net/server_impl.h"

namespace righttask::net {

Server::Server(runtime::Loop& loop, Handler& handler, const ServerOptions& options)
    : impl_(std::make_unique<Impl>(loop, handler, options)) {}

Server::~Server() = default;

Result<std::uint16_t, std::string> Server::listen(const ListenOptions& options) {
  return impl_->listen(options);
}

std::uint16_t Server::port() const {
  return impl_->port();
}

bool Server::respond(ConnectionId id, HttpResponse response) {
  return impl_->respond(id, std::move(response));
}

void Server::send(ConnectionId id, SharedBytes frame, Budget budget) {
  impl_->send(id, std::move(frame), budget);
}

void Server::send_many(std::span<const ConnectionId> ids, const SharedBytes& frame) {
  for (const ConnectionId id : ids) impl_->send(id, frame, Budget::counted);
}

std::size_t Server::outbox_bytes(ConnectionId id) const {
  return impl_->outbox_bytes(id);
}

void Server::close(ConnectionId id, std::uint16_t code, std::string_view reason) {
  impl_->close(id, code, reason);
}

void Server::close_now(ConnectionId id) {
  impl_->close_now(id);
}

void Server::pause_reading(ConnectionId id) {
  impl_->pause_reading(id);
}

void Server::resume_reading(ConnectionId id) {
  impl_->resume_reading(id);
}

bool Server::is_open(ConnectionId id) const {
  return impl_->is_open(id);
}

const ServerProbe& Server::probe() const {
  return impl_->probe();
}

void Server::stop_accepting() {
  impl_->stop_accepting();
}

void Server::drain(std::uint16_t code, std::chrono::milliseconds within, runtime::Task done) {
  impl_->drain(code, within, std::move(done));
}

}  // namespace righttask::net
