#include "app/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "app/limit_options.h"
#include "ops/log.h"

namespace righttask::app {
namespace {

constexpr std::string_view kAbout =
    "A real-time collaboration server for Yjs documents, with a task manager on top.";

std::string find_web_dir(const std::vector<std::filesystem::path>& candidates) {
  for (const auto& path : candidates) {
    std::error_code ignored;
    if (std::filesystem::exists(path / "index.html", ignored)) return path.string();
  }
  return {};
}

/// What the user typed, before it is understood.
struct Raw {
  std::string listen;
  std::string web_dir;
  std::vector<std::string> trusted_proxies;
  std::string metrics_listen;
  std::int64_t room_idle_ms;
  std::int64_t presence_grace_ms;
};

void declare_serve(CLI::App& serve, ServeOptions& options, Raw& raw) {
  serve.add_option("--listen", raw.listen, "Address and port to serve on; port 0 picks a free one")
      ->envname("RIGHTTASK_LISTEN")
      ->capture_default_str();
  serve
      .add_option("--web-dir", raw.web_dir,
                  "Folder of the built web app (default: beside the program)")
      ->envname("RIGHTTASK_WEB_DIR");
  serve
      .add_option("--origins", options.origins,
                  "Pages that may connect, e.g. https://app.example.com or //*.example.com; "
                  "default: the server's own and http://localhost:5173")
      ->delimiter(',')
      ->envname("RIGHTTASK_ORIGINS");
  serve
      .add_option("--data", options.data_dir,
                  "Folder that keeps the documents; made if need be, used by one server at a time")
      ->envname("RIGHTTASK_DATA")
      ->check([](const std::string& path) { return path.empty() ? "name a folder" : ""; })
      ->capture_default_str();
  serve
      .add_flag("--memory", options.memory,
                "Keep nothing on disk: a room ends when it closes, and all end with the server")
      ->envname("RIGHTTASK_MEMORY");
  serve
      .add_option("--room-idle", raw.room_idle_ms,
                  "Milliseconds after the last leave before a room is closed")
      ->envname("RIGHTTASK_ROOM_IDLE")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400'000}))
      ->capture_default_str();
  serve
      .add_option("--presence-grace", raw.presence_grace_ms,
                  "Milliseconds that a user whose connection broke still counts as present")
      ->envname("RIGHTTASK_PRESENCE_GRACE")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{600'000}))
      ->capture_default_str();
  serve.add_option("--log-level", options.log_level, "trace, debug, info, warn, error or off")
      ->envname("RIGHTTASK_LOG_LEVEL")
      ->check([](const std::string& level) {
        return ops::is_log_level(level) ? "" : "'" + level + "' is no log level";
      })
      ->capture_default_str();
  serve
      .add_flag("--insecure-open", options.insecure_open,
                "Let anybody who reaches a public address read and write every room")
      ->envname("RIGHTTASK_INSECURE_OPEN");
  serve
      .add_option("--trusted-proxies", raw.trusted_proxies,
                  "Addresses of proxies, or ranges as in 10.0.0.0/8, whose X-Forwarded-For and "
                  "X-Forwarded-Proto count")
      ->delimiter(',')
      ->envname("RIGHTTASK_TRUSTED_PROXIES");
  serve
      .add_flag("--force-https", options.force_https,
                "Serve only what came by TLS, as a trusted proxy says; send the rest to https")
      ->envname("RIGHTTASK_FORCE_HTTPS");
  serve
      .add_option("--https-port", options.https_port,
                  "Port where the proxy speaks TLS, to which --force-https sends")
      ->envname("RIGHTTASK_HTTPS_PORT")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  serve
      .add_option("--compress-above", options.compress_above_bytes,
                  "Messages of more bytes than this are sent compressed to clients that can read "
                  "that; 0 or off: nobody is offered it")
      ->envname("RIGHTTASK_COMPRESS_ABOVE")
      // The last is asked first.
      ->transform(CLI::AsSizeValue(false))
      ->transform(CLI::Validator(
          [](std::string& given) {
            if (given == "off") given = "0";
            return std::string();
          },
          ""))
      ->capture_default_str();
  serve
      .add_option("--metrics-listen", raw.metrics_listen,
                  "Address and port of its own for /metrics, open to whoever reaches it; default: "
                  "the main one, for requests of this machine alone")
      ->envname("RIGHTTASK_METRICS_LISTEN");
  declare_jwt(serve, options.jwt);
  declare_admin(serve, options.admin);
  declare_limits(serve, options.limits);
}

Exit refuse(std::string message) {
  return {1, "", "righttask: " + std::move(message) + "\n"};
}

std::variant<ServeOptions, TokenCommand, DocCommand, BenchCommand, Exit> understand(
    ServeOptions options, const Raw& raw) {
  auto listen = parse_address(raw.listen);
  if (!listen) return refuse("--listen " + raw.listen + ": " + listen.error());
  options.listen = *std::move(listen);
  if (!options.listen.is_loopback() && !options.jwt.configured() && !options.insecure_open) {
    return refuse("refusing to listen on " + options.listen.str() +
                  ": that address is not loopback and there is no authentication, so anybody who "
                  "reaches it could read and write every room. Say by which key clients' tokens "
                  "are signed (--jwt-secret-file, RIGHTTASK_JWT_SECRET or --jwt-keys), listen on "
                  "127.0.0.1, or say --insecure-open if this is what you want.");
  }
  if (!raw.metrics_listen.empty()) {
    auto metrics = parse_address(raw.metrics_listen);
    if (!metrics) {
      return refuse("--metrics-listen " + raw.metrics_listen + ": " + metrics.error());
    }
    options.metrics_listen = *std::move(metrics);
  }
  if (!options.admin.listen.empty()) {
    const auto admin = parse_address(options.admin.listen);
    if (!admin) return refuse("--admin-listen " + options.admin.listen + ": " + admin.error());
  }
  auto proxies = net::TrustedProxies::parse(raw.trusted_proxies);
  if (!proxies) return refuse("--trusted-proxies: " + proxies.error());
  options.trusted_proxies = *std::move(proxies);
  if (options.force_https && raw.trusted_proxies.empty()) {
    return refuse(
        "--force-https: this server speaks no TLS itself, so a proxy has to say what came by it; "
        "name that proxy with --trusted-proxies.");
  }
  if (!raw.web_dir.empty()) {
    options.web_dir = raw.web_dir;
    std::error_code ignored;
    if (!std::filesystem::exists(options.web_dir / "index.html", ignored)) {
      return refuse("--web-dir " + raw.web_dir + ": there is no index.html in that folder");
    }
  }
  options.limits.room_idle = std::chrono::milliseconds(raw.room_idle_ms);
  options.limits.presence_grace = std::chrono::milliseconds(raw.presence_grace_ms);
  return options;
}

}  // namespace

std::string Address::str() const {
  const std::string shown = host.contains(':') ? "[" + host + "]" : host;
  return shown + ":" + std::to_string(port);
}

std::filesystem::path ServeOptions::rights_file() const {
  if (!admin.state_file.empty()) return admin.state_file;
  if (memory || !jwt.configured()) return {};
  return data_dir / "rights.json";
}

bool Address::is_loopback() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<Address, std::string> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(std::string("give an address and a port, as in 127.0.0.1:4000"));
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return fail(std::string("write an IPv6 address in brackets, as in [::1]:4000"));
  }
  if (host.empty()) return fail(std::string("the address before the colon is missing"));
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc() || end != port_text.data() + port_text.size()) {
    return fail(std::string("the port must be a number from 0 to 65535"));
  }
  return Address{std::string(host), port};
}

std::variant<ServeOptions, TokenCommand, DocCommand, BenchCommand, Exit> parse_command_line(
    const std::vector<std::string>& arguments, std::string_view version,
    const std::vector<std::filesystem::path>& web_dirs) {
  ServeOptions options;
  Raw raw{.listen = options.listen.str(),
          .web_dir = "",
          .trusted_proxies = {},
          .metrics_listen = "",
          .room_idle_ms = options.limits.room_idle.count(),
          .presence_grace_ms = options.limits.presence_grace.count()};
  // Deployments of the old server set PORT alone; --listen and RIGHTTASK_LISTEN win over it.
  if (const char* port = std::getenv("PORT"); port != nullptr && *port != '\0') {
    raw.listen = options.listen.host + ":" + port;
  }

  CLI::App program{std::string(kAbout), "righttask"};
  program.set_version_flag("--version", "righttask " + std::string(version));
  program.require_subcommand(1);
  CLI::App* serve = program.add_subcommand("serve", "Serve rooms and the web app");
  declare_serve(*serve, options, raw);
  const TokenVerb token(program);
  const DocVerb doc(program);
  const BenchVerb bench(program);

  // CLI11 would only say that a subcommand is required.
  if (!arguments.empty() && !arguments[0].starts_with('-') &&
      program.get_subcommands([&](CLI::App* verb) { return verb->get_name() == arguments[0]; })
          .empty()) {
    return Exit{
        2, "",
        "righttask: there is no command '" + arguments[0] + "'; righttask --help lists them\n"};
  }
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    program.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (arguments.empty()) return Exit{2, "", program.help()};
    std::ostringstream out, err;
    const int code = program.exit(error, out, err);
    return Exit{code == 0 ? 0 : 2, out.str(), err.str()};
  }
  if (auto asked = token.understand()) {
    if (!*asked) return Exit{2, "", "righttask token: " + asked->error() + "\n"};
    return **std::move(asked);
  }
  if (auto asked = doc.understand()) return *std::move(asked);
  if (auto asked = bench.understand()) {
    if (!*asked) return Exit{kBenchUnusable, "", "righttask bench: " + asked->error() + "\n"};
    return **std::move(asked);
  }
  auto understood = understand(std::move(options), raw);
  if (auto* serve_options = std::get_if<ServeOptions>(&understood);
      serve_options != nullptr && serve_options->web_dir.empty()) {
    serve_options->web_dir = find_web_dir(web_dirs);
  }
  return understood;
}

}  // namespace righttask::app
