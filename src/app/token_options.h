#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/key_source.h"
#include "auth/grant.h"
#include "auth/token_verifier.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace righttask::app {

/// What decides whether a token counts, as the user gave it: keys, issuer, audience.
struct JwtOptions {
  std::string secret_file;
  std::string keys_file;
  std::string jwks_url;
  std::string jwks_ca_file;
  std::int64_t jwks_refresh_seconds = 300;
  std::string rsa_algorithm = "RS256";
  std::string issuer;    // empty: not looked at
  std::string audience;  // empty: not looked at

  /// Whether there is anything to verify tokens with; false: open mode.
  [[nodiscard]] bool configured() const;

  /// With the secret of RIGHTTASK_JWT_SECRET unless a secret file is given: never a flag, which
  /// every user of the machine could read. The error is a sentence for the user.
  [[nodiscard]] Result<KeyOrigins, std::string> origins() const;

  /// Issuer and audience, where given, are then required.
  [[nodiscard]] auth::VerifierOptions verifier_options() const;
};

/// Declares --jwt-secret-file and the others on a verb. `more_secret_names`: ",--other" for that
/// flag.
void declare_jwt(CLI::App& verb, JwtOptions& options, const std::string& more_secret_names = {});

struct MintCommand {
  JwtOptions jwt;  // its secret, issuer and audience
  std::string private_key_file;
  std::string key_id;
  std::string subject;
  std::string name;
  std::string token_id;  // empty: drawn
  std::vector<auth::RoomRule> rooms;
  std::chrono::seconds lifetime{3600};
};

struct InspectCommand {
  JwtOptions jwt;
  std::optional<std::string> token;  // nothing: on standard input
};

using TokenCommand = std::variant<MintCommand, InspectCommand>;

/// The verb `token`, as the user typed it. Lives as long as the program's options are parsed.
class TokenVerb {
 public:
  /// Declares it on the program.
  explicit TokenVerb(CLI::App& program);

  /// Nothing unless `token` was asked for. The error is a sentence for the user.
  [[nodiscard]] std::optional<Result<TokenCommand, std::string>> understand() const;

 private:
  void declare_mint(CLI::App& token);
  void declare_inspect(CLI::App& token);
  [[nodiscard]] Result<TokenCommand, std::string> understand_mint() const;

  CLI::App* mint_ = nullptr;
  CLI::App* inspect_ = nullptr;
  MintCommand minting_;
  InspectCommand inspecting_;
  std::vector<std::string> rooms_;
  std::vector<std::string> readonly_rooms_;
  std::string scope_ = "read-write";
  std::string expires_ = "1h";
  std::string token_;
};

/// "90s", "30m", "1h", "7d", at most ten years; nothing for anything else.
[[nodiscard]] std::optional<std::chrono::seconds> parse_lifetime(std::string_view text);

}  // namespace righttask::app
