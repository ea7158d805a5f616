#include "app/admin_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "app/key_source.h"

namespace righttask::app {
namespace {

constexpr const char* kTokenVariable = "RIGHTTASK_ADMIN_TOKEN";

Result<std::optional<auth::SharedCredential>, std::string> credential_of(
    std::string_view secret, const std::string& origin) {
  auto credential = auth::SharedCredential::from(secret);
  if (!credential) return fail(origin + ": " + credential.error());
  return *std::move(credential);
}

}  // namespace

Result<std::optional<auth::SharedCredential>, std::string> AdminOptions::credential() const {
  if (!token_file.empty()) {
    const auto secret = read_secret_file(token_file);
    if (!secret) return fail("--admin-token-file: " + secret.error());
    return credential_of(*secret, "--admin-token-file: " + token_file);
  }
  if (const char* secret = std::getenv(kTokenVariable))
    return credential_of(secret, kTokenVariable);
  if (!listen.empty()) {
    return fail(
        std::string("--admin-listen: say by what credential the administration is used "
                    "(--admin-token-file or RIGHTTASK_ADMIN_TOKEN)"));
  }
  return std::optional<auth::SharedCredential>();
}

void declare_admin(CLI::App& verb, AdminOptions& options) {
  verb.add_option("--admin-token-file", options.token_file,
                  "File of the secret that administrators show (32 bytes or more); without it, or "
                  "RIGHTTASK_ADMIN_TOKEN, there is no administration")
      ->envname("RIGHTTASK_ADMIN_TOKEN_FILE");
  verb.add_option("--admin-listen", options.listen,
                  "Address and port for the administration alone; default: the server's own")
      ->envname("RIGHTTASK_ADMIN_LISTEN");
  verb.add_option(
          "--admin-state", options.state_file,
          "File that keeps restrictions and revocations; default: rights.json in --data, and with "
          "--memory none, so that a restart forgets them")
      ->envname("RIGHTTASK_ADMIN_STATE");
}

}  // namespace righttask::app
