// What delivery and idle connections cost in the transport alone: a server that echoes each
// message to all its connections, over loopback, with a client process on the other core.
//
//   net_fanout [connections] [deliveries] [frames in flight] [idle connections]
//
// Prints user and system CPU of the server process for each delivery, and the growth of its private
// memory for each idle connection. Loopback runs the receiver's TCP input within the server's
// send, so the figures compare designs, not machines with a network between them.

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "net/server.h"
#include "net/testing/loopback.h"
#include "runtime/process.h"

namespace {

using namespace righttask;
using namespace righttask::net;
using std::chrono::milliseconds;

struct Broadcaster final : Handler {
  HttpReply on_request(ConnectionId, const HttpRequest&) override { return Upgrade{}; }
  void on_open(ConnectionId id) override { all.push_back(id); }
  void on_message(ConnectionId, MessageKind kind, ByteView payload) override {
    server->send_many(all, frame(kind, payload));
  }
  void on_close(ConnectionId, std::uint16_t, bool) override { ++closed; }
  Server* server = nullptr;
  std::vector<ConnectionId> all;
  std::size_t closed = 0;
};

std::size_t private_bytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  std::string line;
  std::size_t kilobytes = 0;
  while (std::getline(file, line)) {
    if (line.starts_with("Private_")) kilobytes += std::stoul(line.substr(line.find(':') + 1));
  }
  return kilobytes * 1024;
}

struct CpuSeconds {
  double user, system;
};

CpuSeconds cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

void pin_to(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

int connect_socket(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0) return -1;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
  const std::string request = net::testing::upgrade_request();
  char answer[512];
  if (write(fd, request.data(), request.size()) < 0 || read(fd, answer, sizeof answer) < 12) {
    return -1;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

/// Keeps `in_flight` messages of 64 bytes on their way until all deliveries have arrived; then
/// opens the idle ones and waits for the server to hang up.
int run_client(std::uint16_t port, std::size_t connections, std::size_t deliveries,
               std::size_t in_flight, std::size_t idle, int ready) {
  pin_to(1);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> fds;
  const auto open_one = [&] {
    const int fd = connect_socket(port);
    if (fd < 0) std::_Exit(3);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    fds.push_back(fd);
  };
  while (fds.size() < connections) open_one();
  if (write(ready, "c", 1) != 1) return 1;

  const Bytes payload(64, 'p');
  const Bytes message = net::testing::client_frame(2, payload);
  const std::size_t frame_bytes = payload.size() + 2;
  const std::size_t total = deliveries / connections * connections * frame_bytes;
  std::size_t sent = 0, received = 0;
  std::vector<char> buffer(1 << 20);
  std::vector<epoll_event> events(1024);
  while (received < total) {
    const std::size_t done = received / (connections * frame_bytes);
    while (sent < done + in_flight && sent < deliveries / connections) {
      if (write(fds[sent % fds.size()], message.data(), message.size()) < 0) return 1;
      ++sent;
    }
    const int count = epoll_wait(epoll, events.data(), 1024, 1000);
    for (int i = 0; i < count; ++i) {
      const auto got =
          read(events[static_cast<std::size_t>(i)].data.fd, buffer.data(), buffer.size());
      if (got > 0) received += static_cast<std::size_t>(got);
    }
  }
  if (write(ready, "d", 1) != 1) return 1;
  while (fds.size() < connections + idle) open_one();
  if (write(ready, "i", 1) != 1) return 1;
  char wait;
  return read(fds[0], &wait, 1) < 0 && epoll_wait(epoll, events.data(), 1, -1) < 0;
}

/// Turns the loop until the client has written `mark`.
void run_until(runtime::Loop& loop, int ready, char mark) {
  char got = 0;
  while (got != mark) {
    loop.turn(milliseconds{10});
    if (read(ready, &got, 1) == 0) {
      std::fprintf(stderr, "the client has failed\n");
      std::exit(1);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, std::size_t other) {
    return argc > i ? static_cast<std::size_t>(std::atoll(argv[i])) : other;
  };
  const std::size_t connections = argument(1, 1000), deliveries = argument(2, 2'000'000),
                    in_flight = argument(3, 1), idle = argument(4, 9000);
  runtime::raise_open_file_limit();
  pin_to(0);
  runtime::Loop loop;
  Broadcaster handler;
  Server server(loop, handler, {});
  handler.server = &server;
  const auto port = server.listen({.port = 0});
  if (!port) {
    std::fprintf(stderr, "%s\n", port.error().c_str());
    return 1;
  }
  int ready[2];
  if (pipe2(ready, O_NONBLOCK | O_CLOEXEC) != 0) return 1;
  const pid_t client = fork();
  if (client == 0) {
    std::_Exit(run_client(*port, connections, deliveries, in_flight, idle, ready[1]));
  }
  close(ready[1]);

  run_until(loop, ready[0], 'c');
  const CpuSeconds cpu_before = cpu_seconds();
  const auto before = std::chrono::steady_clock::now();
  const std::uint64_t frames_before = server.probe().frames_sent_total;
  const std::uint64_t sends_before = server.probe().sends_total;
  run_until(loop, ready[0], 'd');
  const CpuSeconds cpu_after = cpu_seconds();
  const double user = cpu_after.user - cpu_before.user;
  const double cpu = user + cpu_after.system - cpu_before.system;
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  const auto frames = static_cast<double>(server.probe().frames_sent_total - frames_before);
  const auto sends = static_cast<double>(server.probe().sends_total - sends_before);
  std::printf(
      "%zu connections, %zu in flight: %.0f deliveries, %.3f us CPU each (%.3f in user space), "
      "%.0f/s, %.2f frames a send\n",
      connections, in_flight, frames, cpu / frames * 1e6, user / frames * 1e6, frames / wall,
      frames / sends);

  const std::size_t memory_before = private_bytes();
  run_until(loop, ready[0], 'i');
  for (int i = 0; i < 10; ++i) loop.turn(milliseconds{10});
  const double growth = static_cast<double>(private_bytes()) - static_cast<double>(memory_before);
  std::printf("%zu to %u idle connections: %.0f private bytes each, %zu kB in all\n", connections,
              server.probe().websockets, idle == 0 ? 0 : growth / static_cast<double>(idle),
              private_bytes() / 1024);
  kill(client, SIGTERM);
  waitpid(client, nullptr, 0);
  return 0;
}
