#include "app/key_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace righttask::app {
namespace {

std::unexpected<std::string> about(const std::filesystem::path& path, std::string_view what) {
  return fail(path.string() + ": " + std::string(what));
}

}  // namespace

Result<std::string, std::string> read_key_file(const std::filesystem::path& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) return about(path, "is a folder");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return about(path, errno != 0 ? std::strerror(errno) : "cannot be read");
  std::string text(auth::kKeyTextBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return about(path, "cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > auth::kKeyTextBytesMax) return about(path, "longer than 256 KiB");
  return text;
}

Result<std::string, std::string> read_secret_file(const std::filesystem::path& path) {
  auto secret = read_key_file(path);
  if (!secret) return secret;
  if (secret->ends_with('\n')) secret->pop_back();
  if (secret->ends_with('\r')) secret->pop_back();
  return secret;
}

std::optional<KeySource::Stamp> KeySource::stamp_of(const std::filesystem::path& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const auto& changed = status.st_ctim;
  return Stamp{status.st_dev, status.st_ino, status.st_size,
               std::int64_t{changed.tv_sec} * 1'000'000'000 + changed.tv_nsec};
}

std::vector<std::optional<KeySource::Stamp>> KeySource::stamps() const {
  std::vector<std::optional<Stamp>> out;
  for (const auto* path : {&origins_.secret_file, &origins_.keys_file}) {
    if (!path->empty()) out.push_back(stamp_of(*path));
  }
  return out;
}

Result<auth::KeySet, std::string> KeySource::read(const std::string& fetched) const {
  auth::KeySet keys;
  if (!origins_.secret.empty()) {
    auto set = auth::KeySet::from_secret(origins_.secret);
    if (!set) return fail(std::move(set.error()));
    if (!keys.add(*set)) return fail(std::string("more than 16 keys"));
  }
  if (!origins_.secret_file.empty()) {
    const auto secret = read_secret_file(origins_.secret_file);
    if (!secret) return fail(secret.error());
    const auto set = auth::KeySet::from_secret(*secret);
    if (!set) return about(origins_.secret_file, set.error());
    if (!keys.add(*set)) return fail(std::string("more than 16 keys"));
  }
  if (!origins_.keys_file.empty()) {
    const auto text = read_key_file(origins_.keys_file);
    if (!text) return fail(text.error());
    const auto set = auth::KeySet::from_text(*text, origins_.rsa);
    if (!set) return about(origins_.keys_file, set.error());
    if (!keys.add(*set)) return about(origins_.keys_file, "more than 16 keys with the secret");
  }
  if (origins_.jwks) {
    const std::string& url = origins_.jwks->address.url;
    const auto set = auth::KeySet::from_jwks(fetched, origins_.rsa);
    if (!set) return about(url, set.error());
    // With it whoever can read the address could sign.
    const auto is_secret = [](const auth::Key& key) {
      return key.algorithm() == auth::Algorithm::hs256;
    };
    if (std::ranges::any_of(set->keys(), is_secret)) {
      return about(url, "holds a shared secret, which is none at an address");
    }
    if (!keys.add(*set)) return about(url, "more than 16 keys with the others");
  }
  return keys;
}

Result<KeySource, std::string> KeySource::open(KeyOrigins origins, const FetchJwks& fetch) {
  KeySource source(std::move(origins));
  source.seen_ = source.stamps();
  if (source.origins_.jwks) {
    auto fetched = fetch(source.origins_.jwks->address);
    if (!fetched) return fail(std::move(fetched.error()));
    source.fetched_ = *std::move(fetched);
  }
  auto keys = source.read(source.fetched_);
  if (!keys) return fail(std::move(keys.error()));
  source.keys_ = *std::move(keys);
  return source;
}

Result<bool, std::string> KeySource::refresh() {
  // Before reading: what is written meanwhile is then another stamp the next time.
  auto now = stamps();
  if (now == seen_) return false;
  seen_ = std::move(now);
  auto keys = read(fetched_);
  if (!keys) return fail(std::move(keys.error()));
  keys_ = *std::move(keys);
  return true;
}

Result<bool, std::string> KeySource::use_fetched(const std::string& text) {
  if (text == fetched_) return false;
  auto keys = read(text);
  if (!keys) return fail(std::move(keys.error()));
  fetched_ = text;
  keys_ = *std::move(keys);
  return true;
}

}  // namespace righttask::app
