#include "app/bench_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <utility>

#include "app/options.h"
#include "loadgen/process_usage.h"
#include "loadgen/report.h"
#include "loadgen/runner.h"
#include "runtime/process.h"

namespace righttask::app {
namespace {

using loadgen::DialectName;

constexpr DialectName kDialects[] = {DialectName::phoenix, DialectName::phoenix_json,
                                     DialectName::y_websocket, DialectName::hocuspocus,
                                     DialectName::socket_io};

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (const DialectName name : kDialects) names.emplace_back(to_string(name));
  return names;
}

std::chrono::nanoseconds from_seconds(double time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(time));
}

struct Url {
  loadgen::Endpoint endpoint;
  std::string path;  // empty: none was given
  std::string query;
};

/// "ws://127.0.0.1:4000/path?query".
Result<Url, std::string> parse_url(std::string_view text) {
  if (text.starts_with("wss://") || text.starts_with("https://")) {
    return fail(
        std::string("TLS is not spoken here: load the server behind it, as in "
                    "ws://127.0.0.1:4000"));
  }
  const std::size_t scheme = text.find("://");
  if (scheme == text.npos || (text.substr(0, scheme) != "ws" && text.substr(0, scheme) != "http")) {
    return fail(std::string("say where the server listens, as in ws://127.0.0.1:4000"));
  }
  text.remove_prefix(scheme + 3);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string authority(text.substr(0, end));
  // Behind the brackets of an IPv6 address, if there are any.
  const std::size_t host_end = authority.rfind(']');
  if (authority.find(':', host_end == authority.npos ? 0 : host_end) == authority.npos) {
    authority += ":80";
  }
  const auto address = parse_address(authority);
  if (!address) return fail(address.error());
  if (address->port == 0) return fail(std::string("the port must not be 0"));
  Url url{.endpoint = {.host = address->host, .port = address->port}, .path = {}, .query = {}};
  const std::string_view rest = text.substr(end);
  const std::size_t query = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(0, query);
  if (query < rest.size()) url.query = rest.substr(query + 1);
  return url;
}

}  // namespace

BenchVerb::BenchVerb(CLI::App& program) {
  verb_ = program.add_subcommand(
      "bench", "Load a server with many clients, and measure what it delivers and what it costs");
  verb_
      ->add_option("url", url_, "Where it listens, as in ws://127.0.0.1:4000; wss:// is not spoken")
      ->required();
  verb_->add_option("--dialect", dialect_, "What the clients speak")
      ->check(CLI::IsMember(dialect_names()))
      ->capture_default_str();
  declare_crowd();
  declare_load();
  declare_output();
}

void BenchVerb::declare_crowd() {
  constexpr std::uint32_t kMost = 1'000'000;
  verb_->add_option("--connections", connections_, "Clients in all")
      ->check(CLI::Range(std::uint32_t{1}, kMost))
      ->capture_default_str();
  auto* rooms = verb_->add_option("--rooms", rooms_, "Rooms they are spread over; default: one")
                    ->check(CLI::Range(std::uint32_t{1}, kMost));
  verb_->add_option("--members-per-room", members_per_room_, "The same, said the other way")
      ->check(CLI::Range(std::uint32_t{1}, kMost))
      ->excludes(rooms);
  verb_
      ->add_option("--slow", slow_per_room_,
                   "Of the clients in each room, so many read nothing once they are in")
      ->capture_default_str();
  verb_->add_option("--room-prefix", room_prefix_, "Rooms are called this and a number from 0")
      ->capture_default_str();
  verb_->add_option("--token", token_, "Access token that every client shows");
  verb_
      ->add_option("--from", from_,
                   "Source addresses, in turns: each has some 28,000 ports. On loopback "
                   "127.0.0.2,127.0.0.3 and so on are there by themselves")
      ->delimiter(',');
  verb_->add_option("--ramp", ramp_, "Connections begun a second; 0: as fast as handshakes allow")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  verb_->add_option("--handshakes", handshakes_, "Handshakes and joins under way at once, at most")
      ->check(CLI::Range(std::uint32_t{1}, kMost))
      ->capture_default_str();
  verb_
      ->add_option("--memory-at", memory_at_,
                   "Read the server's memory when so many are in, idle; needs --pid")
      ->delimiter(',');
  verb_
      ->add_option("--storm", storm_,
                   "When all are in, drop so many connections at once, and measure until all are "
                   "back")
      ->capture_default_str();
}

void BenchVerb::declare_load() {
  verb_->add_option("--senders", senders_, "Clients in each room that send updates")
      ->capture_default_str();
  auto* rate = verb_->add_option("--rate", rate_, "Updates a second of each sender")
                   ->check(CLI::Range(1e-3, 1e6))
                   ->capture_default_str();
  verb_
      ->add_option("--in-flight", in_flight_,
                   "Instead of a rate: each sender always waits for the answers to so many updates")
      ->excludes(rate);
  verb_->add_option("--updates", updates_each_,
                    "The load ends after so many updates of each sender");
  verb_->add_option("--text-bytes", text_bytes_, "Characters that an update inserts")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{1u << 20}))
      ->capture_default_str();
  verb_->add_option("--duration", duration_, "Seconds of load that count")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  verb_->add_option("--warm-up", warm_up_, "Seconds of load before it that do not")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  verb_
      ->add_option(
          "--rest", rest_,
          "Microseconds between two looks at the sockets: at high rates the generator then "
          "needs less, and latencies are longer")
      ->check(CLI::Range(std::uint32_t{0}, std::uint32_t{100'000}))
      ->capture_default_str();
  verb_->add_option("--settle", settle_, "Seconds of silence after which joining is over")
      ->check(CLI::Range(0.0, 1e3))
      ->capture_default_str();
  verb_->add_option("--patience", patience_, "Seconds without progress after which a run ends")
      ->check(CLI::Range(0.1, 1e4))
      ->capture_default_str();
}

void BenchVerb::declare_output() {
  verb_->add_option("--pid", pid_, "Process id of the server, whose CPU and memory are then read");
  verb_->add_option("--json", json_, "Write the results to this file; - is standard output");
  verb_->add_flag("--quiet", quiet_, "No line a second on standard error");
}

std::optional<Result<BenchCommand, std::string>> BenchVerb::understand() const {
  if (!verb_->parsed()) return std::nullopt;
  return read();
}

Result<BenchCommand, std::string> BenchVerb::read() const {
  const auto url = parse_url(url_);
  if (!url) return fail(url_ + ": " + url.error());
  BenchCommand command;
  loadgen::Plan& plan = command.plan;
  plan.dialect = *std::ranges::find(kDialects, dialect_,
                                    [](DialectName name) { return std::string(to_string(name)); });
  plan.dialect_options = {
      .path = url->path, .query = url->query, .room_prefix = room_prefix_, .token = token_};
  plan.swarm = {.target = url->endpoint, .from = from_};

  const std::uint32_t per_room = members_per_room_ > 0 ? members_per_room_
                                 : rooms_ > 0          ? connections_ / rooms_
                                                       : connections_;
  if (per_room == 0 || connections_ % per_room != 0 || (rooms_ > 0 && connections_ % rooms_ != 0)) {
    return fail("--connections " + std::to_string(connections_) +
                ": rooms are filled evenly, so say a multiple of the " +
                (rooms_ > 0 ? "rooms" : "members of a room"));
  }
  if (senders_ + slow_per_room_ > per_room) {
    return fail("a room has " + std::to_string(per_room) +
                " clients, which is less than its senders and slow ones together");
  }
  plan.seating = {.members = connections_,
                  .members_per_room = per_room,
                  .senders_per_room = senders_,
                  .deaf_per_room = slow_per_room_};
  if (storm_ > connections_) return fail(std::string("--storm: so many connections there are not"));
  plan.storm = storm_;
  const bool answers =
      plan.dialect != DialectName::y_websocket && plan.dialect != DialectName::socket_io;
  if (in_flight_ > 0 && !answers) {
    return fail("--in-flight: servers of " + dialect_ + " do not answer updates");
  }
  if ((!memory_at_.empty()) && pid_ == 0) {
    return fail(std::string("--memory-at: say --pid, the server's process id"));
  }
  plan.memory_at = memory_at_;
  plan.ramp = ramp_;
  plan.handshakes_max = handshakes_;
  plan.rate = rate_;
  plan.in_flight = in_flight_;
  plan.updates_each = updates_each_;
  plan.text_bytes = text_bytes_;
  plan.duration = from_seconds(duration_);
  plan.warm_up = from_seconds(warm_up_);
  plan.settle = from_seconds(settle_);
  plan.patience = from_seconds(patience_);
  plan.rest = std::chrono::microseconds(rest_);
  plan.server = static_cast<pid_t>(pid_);
  command.json_file = json_;
  command.quiet = quiet_;
  return command;
}

Exit run_bench(BenchCommand command, std::uint32_t client_seed) {
  const auto unusable = [](const std::string& why) {
    return Exit{kBenchUnusable, "", "righttask bench: " + why + "\n"};
  };
  loadgen::Plan& plan = command.plan;
  const auto files = runtime::raise_open_file_limit();
  constexpr std::uint64_t kReserve = 16;
  if (plan.seating.members + kReserve > files) {
    return unusable("--connections: only " + std::to_string(files) +
                    " files may be open here (ulimit -n)");
  }
  // Yjs draws client ids of 32 bits; ours are the upper half of them, in blocks for each run.
  constexpr std::uint64_t kUpperHalf = 1u << 31;
  plan.first_client = kUpperHalf + (client_seed % 256) * (1u << 22);

  loadgen::Runner::Progress progress;
  if (!command.quiet) {
    progress = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  }
  loadgen::Runner runner(plan, progress);
  const auto report = runner.run();
  if (!report) return unusable(report.error());

  std::string out = to_table(plan, *report);
  if (command.json_file == "-") {
    out = to_json(plan, *report);
  } else if (!command.json_file.empty()) {
    std::ofstream file(command.json_file, std::ios::trunc);
    file << to_json(plan, *report);
    file.close();
    if (!file) return unusable(command.json_file.string() + ": cannot be written");
  }
  const int code = report->overloaded()       ? kBenchOverloaded
                   : report->faults().empty() ? kBenchSound
                                              : kBenchFaults;
  return {code, std::move(out), ""};
}

}  // namespace righttask::app
