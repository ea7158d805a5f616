#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/jwks_fetch.h"
#include "auth/key_set.h"
#include "base/result.h"

namespace righttask::app {

using FetchJwks = std::function<Result<std::string, std::string>(const JwksAddress&)>;

/// A JWKS on the network, and how often to look whether it has changed.
struct JwksOrigin {
  JwksAddress address;
  std::chrono::seconds refresh{300};
};

/// Where the keys that tokens are verified with come from. All that is given counts together.
struct KeyOrigins {
  std::string secret = {};                 // HS256; empty: none
  std::filesystem::path secret_file = {};  // the same, less one newline at its end
  std::filesystem::path keys_file = {};    // PEM public keys or a JWKS
  std::optional<JwksOrigin> jwks = std::nullopt;
  auth::Algorithm rsa = auth::Algorithm::rs256;

  [[nodiscard]] bool empty() const {
    return secret.empty() && secret_file.empty() && keys_file.empty() && !jwks;
  }
};

/// A secret as a file has it: one newline at its end belongs to the file.
[[nodiscard]] Result<std::string, std::string> read_secret_file(const std::filesystem::path& path);

/// All of a key file, at most auth::kKeyTextBytesMax.
[[nodiscard]] Result<std::string, std::string> read_key_file(const std::filesystem::path& path);

/// The keys of files, read again when these change, and of an address. Not pure: it reads the disk
/// when it is asked to. (Spec: TOK-31, TOK-39)
class KeySource {
 public:
  /// Fetches from the address, if there is one, which blocks. The error is a sentence that names
  /// the file or the address.
  [[nodiscard]] static Result<KeySource, std::string> open(KeyOrigins origins,
                                                           const FetchJwks& fetch = fetch_jwks);

  /// Looks whether a file is another than when it was last read, and if so reads all again. True:
  /// keys() has changed. An error: a file is bad, keys() stays as it was, and this is not said
  /// again before the file changes. Costs a stat for each file when nothing has changed.
  [[nodiscard]] Result<bool, std::string> refresh();

  /// What has been fetched from the address since. True: keys() has changed. An error: it is no set
  /// to verify by, and keys() stays as it was.
  [[nodiscard]] Result<bool, std::string> use_fetched(const std::string& text);

  [[nodiscard]] const std::optional<JwksOrigin>& jwks() const { return origins_.jwks; }
  [[nodiscard]] const auth::KeySet& keys() const { return keys_; }

 private:
  /// What tells one content of a file from another; nothing while there is no file.
  struct Stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    std::int64_t changed_ns;  // content or name; a file put in place of another may be older

    bool operator==(const Stamp&) const = default;
  };

  explicit KeySource(KeyOrigins origins) : origins_(std::move(origins)) {}

  [[nodiscard]] std::vector<std::optional<Stamp>> stamps() const;
  [[nodiscard]] Result<auth::KeySet, std::string> read(const std::string& fetched) const;
  [[nodiscard]] static std::optional<Stamp> stamp_of(const std::filesystem::path& path);

  KeyOrigins origins_;
  std::string fetched_;  // the JWKS at the address
  auth::KeySet keys_;
  std::vector<std::optional<Stamp>> seen_;
};

}  // namespace righttask::app
