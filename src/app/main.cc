// Builds the parts and hands each what it needs: reading `serve` shows the program.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <csignal>

#include "api/admin_service.h"
#include "api/control_socket.h"
#include "api/rights_json.h"
#include "api/versions_service.h"
#include "app/bench_command.h"
#include "app/doc_command.h"
#include "app/key_source.h"
#include "app/key_watch.h"
#include "app/options.h"
#include "app/rights_file.h"
#include "app/token_command.h"
#include "auth/token_verifier.h"
#include "base/base64.h"
#include "net/origin.h"
#include "net/static_files.h"
#include "ops/log.h"
#include "protocol/phoenix/dialect.h"
#include "runtime/loop.h"
#include "runtime/process.h"
#include "runtime/signals.h"
#include "server/metrics_listener.h"
#include "server/shard.h"
#include "store/sqlite/sqlite_store.h"

namespace righttask::app {
namespace {

// SIGTERM: sockets are closed in batches within this time.
constexpr std::chrono::milliseconds kDrainTime{3'000};

// HttpRequest::listener of --admin-listen: the second to be opened.
constexpr std::uint8_t kAdminListener = 1;

UnixSeconds wall_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

/// 128 bits that nobody can guess.
std::string random_id() {
  std::random_device device;
  Bytes bytes;
  for (int i = 0; i < 16; ++i) bytes.push_back(static_cast<std::uint8_t>(device()));
  return base64url_encode(bytes);
}

/// Says what there is to say and yields the program's exit code.
int leave(const Exit& exit) {
  const bool written =  // it may be an exported document
      std::fwrite(exit.out.data(), 1, exit.out.size(), stdout) == exit.out.size() &&
      std::fflush(stdout) == 0;
  std::fputs(exit.err.c_str(), stderr);
  if (!written) {
    std::fputs("righttask: standard output does not take it\n", stderr);
    return exit.code == 0 ? 1 : exit.code;
  }
  return exit.code;
}

/// The build tree's web app, or an installed one.
std::vector<std::filesystem::path> web_dirs() {
  std::error_code unreadable;
  const auto bin = std::filesystem::read_symlink("/proc/self/exe", unreadable).parent_path();
  if (unreadable) return {};
  return {bin / "../share/righttask/web", bin / "../../../web/dist"};
}

int complain(const ops::Log& log, const std::string& what) {
  log->error("{}", what);
  return 1;
}

/// Ends the loop gracefully on the first SIGTERM or SIGINT, at once on the second.
class Shutdown {
 public:
  Shutdown(runtime::Loop& loop, server::Shard& shard, ops::Log log)
      : loop_(loop), shard_(shard), log_(std::move(log)) {}

  void on_signal() {
    if (std::exchange(draining_, true)) {
      log_->warn("second signal: leaving at once");
      loop_.stop();
      return;
    }
    log_->info("shutting down: {} open sockets are told to come back (1012)",
               shard_.server().probe().websockets);
    shard_.server().drain(1012, kDrainTime, [this] { loop_.stop(); });
  }

 private:
  runtime::Loop& loop_;
  server::Shard& shard_;
  ops::Log log_;
  bool draining_ = false;
};

int serve(const ServeOptions& options) {
  const ops::Log log = ops::open_log(options.log_level);
  runtime::ignore_sigpipe();
  const auto files = runtime::raise_open_file_limit();

  server::ShardOptions shard_options;
  shard_options.limits = options.limits;
  shard_options.seed = random_seed();
  shard_options.proxies = options.trusted_proxies;
  shard_options.compress_above_bytes = options.compress_above_bytes;
  shard_options.transport = {
      .refuse_forwarded = !options.jwt.configured() && !options.insecure_open,
      .force_https = options.force_https,
      .https_port = options.https_port};
  shard_options.version = RIGHTTASK_VERSION;
  shard_options.local_metrics = !options.metrics_listen.has_value();

  const auto origins =
      options.origins.empty() ? std::vector<std::string>{"http://localhost:5173"} : options.origins;
  auto rule = net::OriginRule::list(origins);
  if (!rule) return complain(log, "--origins: " + rule.error());
  shard_options.origins = *std::move(rule);

  if (options.web_dir.empty()) {
    log->warn("no web app found: pages are not served (build it, or say --web-dir)");
  } else {
    auto pages = net::StaticFiles::load(options.web_dir);
    if (!pages) return complain(log, "--web-dir: " + pages.error());
    shard_options.pages = *std::move(pages);
  }

  std::optional<KeySource> keys;
  if (options.jwt.configured()) {
    auto key_origins = options.jwt.origins();
    if (!key_origins) return complain(log, key_origins.error());
    auto source = KeySource::open(*std::move(key_origins));
    if (!source) return complain(log, "keys of tokens: " + source.error());
    note_keys(source->keys(), log);
    shard_options.tokens.emplace(source->keys(), options.jwt.verifier_options());
    keys = *std::move(source);
  }

  const auto admin_credential = options.admin.credential();
  if (!admin_credential) return complain(log, admin_credential.error());

  const protocol::phoenix::Dialect phoenix(options.limits, random_seed());
  shard_options.routes = {{"/socket/websocket", &phoenix}};

  runtime::Loop loop;  // outlives the store, whose answers it takes
  // Before any thread is started: threads that did not block a signal would be ended by it.
  std::optional<Shutdown> shutdown;
  const runtime::Signals signals(loop, {SIGTERM, SIGINT},
                                 [&shutdown](int) { shutdown->on_signal(); });
  std::unique_ptr<store::DocumentStore> store;
  if (options.memory) {
    log->warn("nothing is kept on disk (--memory)");
  } else {
    auto opened =
        store::sqlite::SqliteStore::open({.directory = options.data_dir.string(), .log = log});
    if (!opened) return complain(log, "--data: " + opened.error().message);
    store = *std::move(opened);
    log->info("documents are kept in {}", std::filesystem::absolute(options.data_dir).string());
  }
  shard_options.store = store.get();
  server::Shard shard(loop, std::move(shard_options), log);
  std::optional<KeyWatch> watch;
  if (keys) {
    watch.emplace(loop, *std::move(keys),
                  KeyWatch::Hooks{[&shard](const auth::KeySet& set) { shard.use_keys(set); },
                                  [&shard] { return shard.take_unknown_key(); }},
                  log);
  }
  api::AdminAccess admin_access{.credential = *admin_credential, .listener = {}};
  if (!options.admin.listen.empty()) admin_access.listener = kAdminListener;
  api::Keeping keeping;
  std::optional<RightsFile> rights_file;
  if (const auto path = options.rights_file(); !path.empty()) {
    const auto lists = RightsFile::load(path);
    if (!lists) return complain(log, "--admin-state: " + lists.error());
    // Better now than at the first act.
    const auto written = replace_file(path, api::encode_lists(*lists));
    if (!written) return complain(log, "--admin-state: " + written.error());
    if (!shard.administration().restore(*lists)) {
      return complain(log, "--admin-state: " + path.string() + ": holds too much");
    }
    rights_file.emplace(loop, path, log);
    // In open mode there is nothing to keep, and what another start left there stays.
    if (options.jwt.configured()) keeping.ledger = &*rights_file;
    keeping.respond = [&shard](net::ConnectionId id, net::HttpResponse response) {
      return shard.server().respond(id, std::move(response));
    };
  }
  const auto respond = [&shard](net::ConnectionId id, net::HttpResponse response) {
    return shard.server().respond(id, std::move(response));
  };
  api::StoredDocuments stored;
  if (store) stored = {&shard.documents(), respond};
  api::AdminService admin(shard.administration(), admin_access, wall_now, log, std::move(keeping),
                          std::move(stored));
  shard.add_service(admin);
  api::VersionsService versions(shard.documents(), shard.entrance(), shard.version_requests(),
                                respond, log);
  shard.add_service(versions);
  api::ControlSocket control(loop, shard.documents(), log);
  if (store) {
    // A server that cannot be asked still serves.
    const auto listens = control.listen(options.data_dir.string());
    if (!listens) log->warn("righttask doc will not reach this server: {}", listens.error());
  }
  shutdown.emplace(loop, shard, log);

  server::MetricsListener metrics(loop, [&shard] { return shard.metrics(); });
  if (const auto& own = options.metrics_listen) {
    const auto listens = metrics.listen({.host = own->host, .port = own->port});
    if (!listens) return complain(log, "--metrics-listen: " + listens.error());
    log->info("metrics on http://{}/metrics", Address{own->host, *listens}.str());
  }

  const auto port =
      shard.server().listen({.host = options.listen.host, .port = options.listen.port});
  if (!port) return complain(log, port.error());
  if (!options.admin.listen.empty()) {
    Address address = *parse_address(options.admin.listen);
    const auto admin_port = shard.server().listen({.host = address.host, .port = address.port});
    if (!admin_port) return complain(log, admin_port.error());
    address.port = *admin_port;
    log->info("administration on http://{}", address.str());
  }
  if (!options.listen.is_loopback() && !options.jwt.configured()) {
    log->warn("anybody who reaches {} may read and write every room (--insecure-open)",
              options.listen.str());
  }
  log->info("listening on http://{} ({} open files allowed)",
            Address{options.listen.host, *port}.str(), files);
  loop.run();
  log->info("stopped");
  return 0;
}

}  // namespace
}  // namespace righttask::app

int main(int argc, char** argv) {
  using namespace righttask::app;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto parsed = parse_command_line(arguments, RIGHTTASK_VERSION, web_dirs());
  if (const auto* exit = std::get_if<Exit>(&parsed)) return leave(*exit);
  if (const auto* command = std::get_if<TokenCommand>(&parsed)) {
    return leave(run_token(*command, wall_now(), std::cin, random_id()));
  }
  if (const auto* command = std::get_if<DocCommand>(&parsed)) return leave(run_doc(*command));
  if (const auto* command = std::get_if<BenchCommand>(&parsed)) {
    return leave(run_bench(*command, static_cast<std::uint32_t>(random_seed())));
  }
  return serve(std::get<ServeOptions>(parsed));
}
