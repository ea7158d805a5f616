#pragma once

#include <optional>
#include <string>

#include "auth/shared_credential.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace righttask::app {

/// Who may use the administration, and where, as the user gave it.
struct AdminOptions {
  std::string token_file;
  std::string listen;  // address and port of its own; empty: the server's

  std::string
      state_file;  // keeps restrictions and revocations; empty: see ServeOptions::rights_file

  /// Of the file, or else of RIGHTTASK_ADMIN_TOKEN: never a flag, which every user of the machine
  /// could read. Nothing: there is no administration. The error is a sentence for the user.
  [[nodiscard]] Result<std::optional<auth::SharedCredential>, std::string> credential() const;
};

/// Declares --admin-token-file, --admin-listen and --admin-state.
void declare_admin(CLI::App& verb, AdminOptions& options);

}  // namespace righttask::app
