#include "app/token_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>

namespace righttask::app {
namespace {

constexpr const char* kSecretVariable = "RIGHTTASK_JWT_SECRET";
constexpr std::chrono::seconds kLifetimeMax = std::chrono::days(3653);

void declare_issuer(CLI::App& verb, JwtOptions& options, const std::string& more_names,
                    const std::string& about) {
  verb.add_option("--jwt-issuer" + more_names, options.issuer, "The issuer (iss) " + about)
      ->envname("RIGHTTASK_JWT_ISSUER");
}

void declare_audience(CLI::App& verb, JwtOptions& options, const std::string& more_names,
                      const std::string& about) {
  verb.add_option("--jwt-audience" + more_names, options.audience, "The audience (aud) " + about)
      ->envname("RIGHTTASK_JWT_AUDIENCE");
}

void declare_secret(CLI::App& verb, JwtOptions& options, const std::string& more_names) {
  verb.add_option("--jwt-secret-file" + more_names, options.secret_file,
                  "File of the shared secret of tokens (HS256), 32 bytes or more; "
                  "or set RIGHTTASK_JWT_SECRET")
      ->envname("RIGHTTASK_JWT_SECRET_FILE");
}

void declare_jwks(CLI::App& verb, JwtOptions& options) {
  verb.add_option("--jwt-jwks-url", options.jwks_url,
                  "Address at which the issuer of tokens publishes its public keys (JWKS)")
      ->envname("RIGHTTASK_JWT_JWKS_URL");
  verb.add_option("--jwt-jwks-ca", options.jwks_ca_file,
                  "PEM file of the authorities to trust there; default: the system's")
      ->envname("RIGHTTASK_JWT_JWKS_CA");
  verb.add_option("--jwt-jwks-refresh", options.jwks_refresh_seconds,
                  "Seconds after which these keys are fetched again")
      ->envname("RIGHTTASK_JWT_JWKS_REFRESH")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400}))
      ->capture_default_str();
}

void declare_rsa(CLI::App& verb, JwtOptions& options) {
  verb.add_option("--jwt-rsa-algorithm", options.rsa_algorithm,
                  "What RSA keys are used with that do not say so themselves: RS256 or PS256")
      ->envname("RIGHTTASK_JWT_RSA_ALGORITHM")
      ->check(CLI::IsMember({"RS256", "PS256"}))
      ->capture_default_str();
}

}  // namespace

bool JwtOptions::configured() const {
  return !secret_file.empty() || !keys_file.empty() || !jwks_url.empty() ||
         std::getenv(kSecretVariable) != nullptr;
}

Result<KeyOrigins, std::string> JwtOptions::origins() const {
  KeyOrigins origins;
  origins.secret_file = secret_file;
  origins.keys_file = keys_file;
  if (!jwks_url.empty()) {
    const auto sound = check_jwks_url(jwks_url);
    if (!sound) return fail("--jwt-jwks-url: " + jwks_url + ": " + sound.error());
    origins.jwks = JwksOrigin{.address = {.url = jwks_url, .ca_file = jwks_ca_file},
                              .refresh = std::chrono::seconds(jwks_refresh_seconds)};
  }
  origins.rsa = auth::parse_algorithm(rsa_algorithm).value();
  if (const char* secret = std::getenv(kSecretVariable); secret_file.empty() && secret != nullptr) {
    if (*secret == '\0') {
      return fail(std::string(kSecretVariable) +
                  " is set but empty; give a secret of 32 bytes or more, or unset it");
    }
    origins.secret = secret;
  }
  return origins;
}

auth::VerifierOptions JwtOptions::verifier_options() const {
  auth::VerifierOptions options;
  if (!issuer.empty()) options.issuer = issuer;
  if (!audience.empty()) options.audience = audience;
  return options;
}

void declare_jwt(CLI::App& verb, JwtOptions& options, const std::string& more_secret_names) {
  declare_secret(verb, options, more_secret_names);
  verb.add_option("--jwt-keys", options.keys_file,
                  "File of the public keys of tokens: PEM (RS256, PS256, ES256) or a JWKS")
      ->envname("RIGHTTASK_JWT_KEYS");
  declare_jwks(verb, options);
  declare_rsa(verb, options);
  declare_issuer(verb, options, "", "that every token must name");
  declare_audience(verb, options, "", "that every token must name");
}

std::optional<std::chrono::seconds> parse_lifetime(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3'600;
      break;
    case 'd':
      unit = 86'400;
      break;
    default:
      return std::nullopt;
  }
  text.remove_suffix(1);
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count == 0) return std::nullopt;
  const std::chrono::seconds lifetime(count * unit);
  return lifetime <= kLifetimeMax ? std::optional(lifetime) : std::nullopt;
}

TokenVerb::TokenVerb(CLI::App& program) {
  CLI::App* token = program.add_subcommand("token", "Make and examine access tokens (JWT)");
  token->require_subcommand(1);
  declare_mint(*token);
  declare_inspect(*token);
}

void TokenVerb::declare_mint(CLI::App& token) {
  mint_ = token.add_subcommand("mint", "Make a token and print it");
  declare_secret(*mint_, minting_.jwt, ",--secret-file");
  mint_->add_option("--private-key", minting_.private_key_file,
                    "PEM file of a private key to sign with instead (RS256, PS256, ES256)");
  declare_rsa(*mint_, minting_.jwt);
  mint_->add_option("--kid", minting_.key_id, "Id of the key, for the header");
  mint_->add_option("--sub", minting_.subject, "Who it is for: id of the user");
  mint_->add_option("--name", minting_.name, "Name that others see");
  mint_->add_option("--room", rooms_, "A room it opens, or a prefix ending in *; repeatable")
      ->allow_extra_args(false);
  mint_->add_option("--readonly-room", readonly_rooms_, "The same, for reading only; repeatable")
      ->allow_extra_args(false);
  mint_->add_option("--scope", scope_, "For all of --room: read-write or readonly")
      ->check(CLI::IsMember({"read-write", "readonly"}))
      ->capture_default_str();
  mint_->add_option("--expires", expires_, "How long it is good for: 90s, 30m, 1h, 7d")
      ->capture_default_str();
  declare_issuer(*mint_, minting_.jwt, ",--iss", "it names");
  declare_audience(*mint_, minting_.jwt, ",--aud", "it names");
  mint_->add_option("--jti", minting_.token_id, "Id of the token, for revocation; default: drawn");
}

void TokenVerb::declare_inspect(CLI::App& token) {
  inspect_ = token.add_subcommand(
      "inspect", "Show what a token says, and whether the server would take it and why not");
  inspect_->add_option("token", token_, "The token; without it, or with -, on standard input");
  declare_jwt(*inspect_, inspecting_.jwt, ",--secret-file");
}

Result<TokenCommand, std::string> TokenVerb::understand_mint() const {
  MintCommand command = minting_;
  const auto lifetime = parse_lifetime(expires_);
  if (!lifetime) {
    return fail("--expires " + expires_ + ": say a number and s, m, h or d, as in 1h");
  }
  command.lifetime = *lifetime;
  const Access scope = scope_ == "readonly" ? Access::read : Access::read_write;
  for (const auto& [patterns, access] :
       {std::pair{&rooms_, scope}, {&readonly_rooms_, Access::read}}) {
    for (const std::string& pattern : *patterns) {
      auto rule = auth::RoomRule::parse(pattern, access);
      if (!rule) return fail("--room '" + pattern + "': no room can have that name");
      command.rooms.push_back(*std::move(rule));
    }
  }
  return command;
}

std::optional<Result<TokenCommand, std::string>> TokenVerb::understand() const {
  if (mint_->parsed()) return understand_mint();
  if (!inspect_->parsed()) return std::nullopt;
  InspectCommand command = inspecting_;
  if (!token_.empty() && token_ != "-") command.token = token_;
  return command;
}

}  // namespace righttask::app
