#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/admin_options.h"
#include "app/bench_command.h"
#include "app/doc_command.h"
#include "app/token_options.h"
#include "base/result.h"
#include "model/limits.h"
#include "net/trusted_proxies.h"

namespace righttask::app {

struct Address {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;

  [[nodiscard]] std::string str() const;
  [[nodiscard]] bool is_loopback() const;
};

/// "127.0.0.1:4000", "[::1]:4000", "localhost:0". The error is a sentence for the user.
[[nodiscard]] Result<Address, std::string> parse_address(std::string_view text);

struct ServeOptions {
  Address listen{"127.0.0.1", 4000};
  std::filesystem::path web_dir;     // empty: none found, pages are not served
  std::vector<std::string> origins;  // empty: the server's own and Vite's
  std::string log_level = "info";
  bool insecure_open = false;
  std::filesystem::path data_dir = "data";
  bool memory = false;                    // nothing is kept
  std::optional<Address> metrics_listen;  // nothing: /metrics on `listen`, for this machine alone
  net::TrustedProxies trusted_proxies;
  bool force_https = false;
  std::uint32_t compress_above_bytes = 512;  // messages on sockets; 0: none is compressed
  std::uint16_t https_port = 443;            // where a proxy serves it by TLS
  JwtOptions jwt;
  AdminOptions admin;
  Limits limits;

  /// What keeps restrictions and revocations: the file that was named, or else one in the data
  /// directory. Empty: nothing does. In open mode there are none, and an old file is left alone.
  [[nodiscard]] std::filesystem::path rights_file() const;
};

/// Asked to end at once: with text on standard output (help, version) or standard error.
struct Exit {
  int code;
  std::string out;
  std::string err;
};

/// What to do. Flags, then environment (RIGHTTASK_*, PORT), then defaults. `web_dirs` are the
/// places where the built web app may be, first match wins.
[[nodiscard]] std::variant<ServeOptions, TokenCommand, DocCommand, BenchCommand, Exit>
parse_command_line(const std::vector<std::string>& arguments, std::string_view version,
                   const std::vector<std::filesystem::path>& web_dirs);

}  // namespace righttask::app
