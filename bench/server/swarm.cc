#include "swarm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace righttask::bench {
namespace {

constexpr std::size_t kReadBytes = 256u << 10;
constexpr std::uint32_t kConnectingMax = 200;  // at once
constexpr std::uint32_t kAddresses = 4;        // 127.0.0.2 to 127.0.0.5
constexpr std::chrono::seconds kPatience{60};

constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kBinary = 2;
constexpr std::uint8_t kClose = 8;
constexpr char kBroadcast = 2;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "loadgen: %s\n", what.c_str());
  std::exit(2);
}

[[noreturn]] void give_up_errno(const std::string& what) {
  give_up(what + ": " + std::strerror(errno));
}

sockaddr_in loopback(std::uint32_t last, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(0x7f000000u + last);
  return address;
}

/// The payload of a broadcast of event "update", or nothing.
/// broadcast := 2 size(topic) size(event) topic event data
std::string_view update_of(std::string_view frame) {
  if (frame.size() < 3 || frame[0] != kBroadcast) return {};
  const std::size_t topic = static_cast<std::uint8_t>(frame[1]);
  const std::size_t event = static_cast<std::uint8_t>(frame[2]);
  if (frame.size() < 3 + topic + event) return {};
  if (frame.substr(3 + topic, event) != "update") return {};
  return frame.substr(3 + topic + event);
}

}  // namespace

struct Swarm::Client {
  enum class State : std::uint8_t { connecting, upgrading, joining, joined };
  std::uint32_t member = 0;
  int fd = -1;
  State state = State::connecting;
  std::string topic;
  std::string rest;  // an incomplete frame
};

Swarm::Swarm(std::uint16_t port)
    : port_(port), epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(kReadBytes, '\0') {
  if (epoll_ < 0) give_up_errno("epoll_create1");
}

Swarm::~Swarm() {
  for (const Client& client : clients_) {
    if (client.fd >= 0) close(client.fd);
  }
  close(epoll_);
}

void Swarm::grow(std::uint32_t count, std::uint32_t per_room) {
  per_room_ = per_room;
  clients_.reserve(count);
  const auto end = Clock::now() + kPatience;
  while (joined_ < count) {
    while (clients_.size() < count && clients_.size() - joined_ < kConnectingMax) {
      connect(static_cast<std::uint32_t>(clients_.size()));
    }
    if (!poll(end)) give_up("members did not get in: " + std::to_string(joined_));
  }
}

void Swarm::connect(std::uint32_t member) {
  Client& client = clients_.emplace_back();
  client.member = member;
  client.topic = "room:bench-" + std::to_string(member / per_room_);
  client.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client.fd < 0) give_up_errno("socket");
  const int on = 1;
  setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The port is chosen at connect, so that the four addresses have all of them each.
  setsockopt(client.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in from = loopback(2 + member % kAddresses, 0);
  if (bind(client.fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) < 0) {
    give_up_errno("bind");
  }
  const sockaddr_in to = loopback(1, port_);
  if (::connect(client.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0 &&
      errno != EINPROGRESS) {
    give_up_errno("connect");
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u32 = member;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event) < 0) give_up_errno("epoll_ctl");
}

/// One turn of the loop; false once `end` has come.
bool Swarm::poll(Clock::time_point end) {
  const auto left = end - Clock::now();
  if (left <= Clock::duration::zero()) return false;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(),
                         .tv_nsec = std::chrono::nanoseconds(left - seconds).count()};
  std::array<epoll_event, 512> events;
  const int ready =
      epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  if (ready < 0 && errno != EINTR) give_up_errno("epoll_pwait2");
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    on_ready(event.data.u32, event.events);
  }
  return true;
}

void Swarm::run_until(Clock::time_point end) {
  while (poll(end)) {
  }
}

void Swarm::on_ready(std::uint32_t member, std::uint32_t events) {
  Client& client = clients_[member];
  if (client.state == Client::State::connecting && (events & EPOLLOUT) != 0) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = member;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd, &event);
    client.state = Client::State::upgrading;
    send_all(client,
             "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\n"
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) on_bytes(client);
}

void Swarm::on_bytes(Client& client) {
  const ssize_t got = recv(client.fd, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) give_up("the server closed member " + std::to_string(client.member));
  std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
  std::string whole;
  if (!client.rest.empty()) {
    whole = std::move(client.rest);
    whole += bytes;
    bytes = whole;
    client.rest = {};
  }
  if (client.state == Client::State::upgrading) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == bytes.npos) {
      client.rest = bytes;
      return;
    }
    if (!bytes.starts_with("HTTP/1.1 101 ")) {
      give_up("upgrade refused: " + std::string(bytes.substr(0, bytes.find('\r'))));
    }
    bytes.remove_prefix(end + 4);
    on_upgraded(client);
  }
  // frame := FIN|opcode size [size16 | size64] payload, never masked by a server
  while (bytes.size() >= 2) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    std::size_t size = byte(1) & 0x7f;
    const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (bytes.size() < 2 + extra) break;
    if (extra > 0) size = 0;
    for (std::size_t i = 0; i < extra; ++i) size = size << 8 | byte(2 + i);
    if (bytes.size() - 2 - extra < size) break;
    const std::uint8_t opcode = byte(0) & 0x0f;
    on_frame(client, opcode, bytes.substr(2 + extra, size));
    bytes.remove_prefix(2 + extra + size);
  }
  if (!bytes.empty()) client.rest = bytes;
}

void Swarm::on_upgraded(Client& client) {
  client.state = Client::State::joining;
  const std::string member = std::to_string(client.member);
  send_frame(client, kText,
             "[\"1\",\"1\",\"" + client.topic +
                 "\",\"phx_join\",{\"state_vector\":\"AA==\",\"user_id\":\"user-" + member +
                 "\",\"name\":\"User " + member + "\",\"color\":\"#336699\"}]");
}

void Swarm::on_frame(Client& client, std::uint8_t opcode, std::string_view payload) {
  if (opcode == kText) {
    on_text(client, payload);
  } else if (opcode == kBinary) {
    const std::string_view update = update_of(payload);
    if (update.empty()) give_up("a binary frame that is no update");
    ++updates_;
    if (on_update_) on_update_(client.member, update);
  } else if (opcode == kClose) {
    give_up("the server says goodbye to member " + std::to_string(client.member));
  }
}

/// Replies are told apart by their ref: join "1", heartbeat "h", push "u".
void Swarm::on_text(Client& client, std::string_view text) {
  if (text.find("\"phx_reply\"") == text.npos) return;  // presence
  if (text.find("\"status\":\"ok\"") == text.npos) {
    give_up("refused: " + std::string(text.substr(0, 200)));
  }
  if (text.starts_with("[null,\"h\"")) {
    ++heartbeats_;
  } else if (text.starts_with("[\"1\",\"u\"")) {
    ++answered_;
    if (on_answer_) on_answer_(client.member);
  } else if (client.state == Client::State::joining && text.starts_with("[\"1\",\"1\"")) {
    client.state = Client::State::joined;
    ++joined_;
  } else {
    give_up("an unexpected reply: " + std::string(text.substr(0, 200)));
  }
}

void Swarm::settle() {
  heartbeats_ = 0;
  for (Client& client : clients_) {
    send_frame(client, kText, R"([null,"h","phoenix","heartbeat",{}])");
  }
  const auto end = Clock::now() + kPatience;
  while (heartbeats_ < clients_.size()) {
    if (!poll(end)) give_up("heartbeats were not answered");
  }
}

void Swarm::await_answers(std::uint64_t pushes) {
  const auto end = Clock::now() + kPatience;
  while (answered_ < pushes) {
    if (!poll(end)) give_up("pushes were not answered");
  }
}

/// push := 0 size(join_ref) size(ref) size(topic) size(event) join_ref ref topic event data
void Swarm::push_update(std::uint32_t member, std::string_view update) {
  Client& client = clients_[member];
  std::string push{'\0', '\1', '\1', static_cast<char>(client.topic.size()), '\6'};
  push += "1u";
  push += client.topic;
  push += "update";
  push += update;
  send_frame(client, kBinary, push);
}

/// A client's frame is masked; a mask of zeros leaves the payload as it is.
void Swarm::send_frame(Client& client, std::uint8_t opcode, std::string_view payload) {
  constexpr std::size_t kSmall = 126;
  if (payload.size() >= 1u << 16) give_up("a frame of 64 KiB or more");
  std::string frame{static_cast<char>(0x80 | opcode)};
  if (payload.size() < kSmall) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | kSmall);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  }
  frame.append(4, '\0');
  frame += payload;
  send_all(client, frame);
}

void Swarm::send_all(Client& client, std::string_view bytes) {
  const ssize_t sent = send(client.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())) give_up_errno("a frame was not taken whole");
}

}  // namespace righttask::bench
