#include "app/token_command.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <istream>
#include <iterator>
#include <utility>

#include "auth/mint.h"
#include "auth/token_verifier.h"
#include "auth/unverified.h"

namespace righttask::app {
namespace {

Exit unusable(const std::string& what) {
  return {kTokenUnusable, "", "righttask token: " + what + "\n"};
}

/// "2027-01-15 08:00:00 UTC".
std::string utc(UnixSeconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d UTC",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

Result<auth::SigningKey, std::string> signing_key(const MintCommand& command) {
  if (!command.private_key_file.empty()) {
    if (!command.jwt.secret_file.empty()) {
      return fail(std::string("give --private-key or --secret-file, not both"));
    }
    const auto text = read_key_file(command.private_key_file);
    if (!text) return fail(text.error());
    auto key = auth::SigningKey::from_pem(
        *text, auth::parse_algorithm(command.jwt.rsa_algorithm).value(), command.key_id);
    if (!key) return fail(command.private_key_file + ": " + key.error());
    return key;
  }
  const auto origins = command.jwt.origins();
  if (!origins) return fail(origins.error());
  std::string secret = origins->secret;
  if (!origins->secret_file.empty()) {
    auto read = read_secret_file(origins->secret_file);
    if (!read) return fail(read.error());
    secret = *std::move(read);
  } else if (secret.empty()) {
    return fail(
        std::string("there is no key to sign with: give --secret-file or --private-key, or set "
                    "RIGHTTASK_JWT_SECRET"));
  }
  return auth::SigningKey::from_secret(secret, command.key_id);
}

Exit mint(const MintCommand& command, UnixSeconds now, const std::string& fresh_id) {
  const auto key = signing_key(command);
  if (!key) return unusable(key.error());
  auth::TokenRequest request;
  request.subject = command.subject;
  request.name = command.name;
  request.token_id = command.token_id.empty() ? fresh_id : command.token_id;
  request.issuer = command.jwt.issuer;
  request.audience = command.jwt.audience;
  request.issued = now;
  request.expires = now + command.lifetime;
  request.rooms = command.rooms;
  const auto token = auth::mint(*key, request);
  if (!token) return unusable(token.error());
  const std::string hint =
      command.rooms.empty() ? "righttask token: it opens no room; say --room NAME or --room '*'\n"
                            : "";
  return {kTokenGood, *token + "\n", hint};
}

std::string rooms_text(const auth::Grant& grant) {
  if (grant.rooms.empty()) return "Opens no room\n";
  std::string out;
  for (const auth::RoomRule& rule : grant.rooms) {
    out += (rule.access == Access::read ? "  readonly    " : "  read-write  ") + rule.pattern();
    out += "\n";
  }
  return "Opens\n" + out;
}

std::string without_space(std::string text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t end = text.find_last_not_of(kSpace);
  if (end == std::string::npos) return {};
  text.resize(end + 1);
  return text.substr(text.find_first_not_of(kSpace));
}

/// At most one byte more than any token has.
std::string read_token(std::istream& in) {
  std::string text(auth::kTokenBytesMax + 64, '\0');  // and white space around it
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return without_space(std::move(text));
}

Exit inspect(const InspectCommand& command, UnixSeconds now, std::istream& in) {
  const std::string token = command.token ? *command.token : read_token(in);
  auto origins = command.jwt.origins();
  if (!origins) return unusable(origins.error());
  const bool verifying = !origins->empty();
  const auto source = KeySource::open(*std::move(origins));
  if (!source) return unusable(source.error());

  const auto shown = auth::read_unverified(token);
  std::string out;
  if (shown) out = "Header\n" + shown->header + "\nClaims\n" + shown->claims + "\n";
  if (!shown && !verifying) {
    return {kTokenRefused, "Not valid: " + std::string(to_string(shown.error())) + "\n", ""};
  }
  if (!verifying) {
    out += "Not verified: give --jwt-secret-file or --jwt-keys, or set RIGHTTASK_JWT_SECRET\n";
    return {kTokenUnverified, std::move(out), ""};
  }
  std::string notes;
  for (const std::string& skipped : source->keys().skipped()) {
    notes += "righttask token: passed over " + skipped + "\n";
  }
  const auth::TokenVerifier verifier(source->keys(), command.jwt.verifier_options());
  const auto grant = verifier.verify(token, now);
  if (!grant) {
    out += "Not valid: " + std::string(to_string(grant.error())) + "; the client is told '" +
           std::string(to_string(refusal(grant.error()))) + "'\n";
    return {kTokenRefused, std::move(out), std::move(notes)};
  }
  out += "Valid until " + utc(grant->ends) + "\n" + rooms_text(*grant);
  return {kTokenGood, std::move(out), std::move(notes)};
}

}  // namespace

Exit run_token(const TokenCommand& command, UnixSeconds now, std::istream& in,
               const std::string& fresh_id) {
  if (const auto* asked = std::get_if<MintCommand>(&command)) return mint(*asked, now, fresh_id);
  return inspect(std::get<InspectCommand>(command), now, in);
}

}  // namespace righttask::app
