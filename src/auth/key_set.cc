#include "auth/key_set.h"

#include <utility>

#include "auth/jwk.h"

namespace righttask::auth {
namespace {

constexpr std::pair<Algorithm, std::string_view> kNames[] = {{Algorithm::hs256, "HS256"},
                                                             {Algorithm::rs256, "RS256"},
                                                             {Algorithm::ps256, "PS256"},
                                                             {Algorithm::es256, "ES256"}};

Result<Key, std::string> secret_key(std::string_view secret, std::string id) {
  if (secret.size() < kSecretBytesMin) {
    return fail("the shared secret has " + std::to_string(secret.size()) +
                " bytes; it needs at least 32 (make one with: openssl rand -base64 48)");
  }
  if (secret.size() > kSecretBytesMax) {
    return fail(std::string("the shared secret is longer than 1024 bytes"));
  }
  if (secret.find("-----BEGIN ") != std::string_view::npos) {
    return fail(std::string("the shared secret holds a PEM key, which is no secret"));
  }
  return Key(std::move(id), Algorithm::hs256, secret_jwk(secret));
}

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
  for (const auto& [known, name] : kNames) {
    if (known == algorithm) return name;
  }
  return "?";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept {
  for (const auto& [algorithm, known] : kNames) {
    if (known == name) return algorithm;
  }
  return std::nullopt;
}

Result<KeySet, std::string> KeySet::from_secret(std::string_view secret) {
  auto key = secret_key(secret, {});
  if (!key) return fail(std::move(key.error()));
  KeySet set;
  set.keys_.push_back(*std::move(key));
  return set;
}

Result<KeySet, std::string> KeySet::from_jwks(std::string_view text, Algorithm rsa) {
  if (text.size() > kKeyTextBytesMax) return fail(std::string("longer than 256 KiB"));
  const auto json = parse_object(text);
  if (!json) return fail("not JSON: " + json.error());
  const json_t* list = json_object_get(json->get(), "keys");
  if (list != nullptr && !json_is_array(list)) return fail(std::string("'keys' is not a list"));
  const bool single = list == nullptr;
  if (single && json_object_get(json->get(), "kty") == nullptr) {
    return fail(std::string("neither a JWK Set, with 'keys', nor a JWK, with 'kty'"));
  }

  KeySet set;
  const std::size_t count = single ? 1 : json_array_size(list);
  for (std::size_t i = 0; i < count; ++i) {
    const json_t* jwk = single ? json->get() : json_array_get(list, i);
    if (!json_is_object(jwk)) return fail(std::string("'keys' holds something else than keys"));
    auto parsed = parse_jwk(jwk, rsa, KeyHalf::verifies);
    if (!parsed) return fail(std::move(parsed.error()));
    if (auto* unusable = std::get_if<Unusable>(&*parsed)) {
      const auto id = string_member(jwk, "kid").value_or("");
      set.skipped_.push_back("key '" + std::string(id) + "': " + std::move(unusable->why));
      continue;
    }
    if (set.keys_.size() == kKeysMax) return fail(std::string("more than 16 keys"));
    set.keys_.push_back(std::get<Key>(*std::move(parsed)));
  }
  if (set.keys_.empty()) {
    std::string why = "no key in it can verify tokens";
    for (const std::string& skipped : set.skipped_) why += "; " + skipped;
    return fail(std::move(why));
  }
  return set;
}

Result<KeySet, std::string> KeySet::from_text(std::string_view text, Algorithm rsa) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return fail(std::string("empty"));
  return text[begin] == '{' ? from_jwks(text, rsa) : from_pem(text, rsa);
}

bool KeySet::add(const KeySet& other) {
  if (keys_.size() + other.keys_.size() > kKeysMax) return false;
  keys_.insert(keys_.end(), other.keys_.begin(), other.keys_.end());
  skipped_.insert(skipped_.end(), other.skipped_.begin(), other.skipped_.end());
  return true;
}

std::vector<const Key*> KeySet::candidates(std::string_view kid, Algorithm algorithm) const {
  bool named = false;
  for (const Key& key : keys_) named = named || (!kid.empty() && key.id() == kid);
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    const bool eligible = kid.empty() || (named ? key.id() == kid : key.id().empty());
    if (eligible && key.algorithm() == algorithm) found.push_back(&key);
  }
  return found;
}

Result<SigningKey, std::string> SigningKey::from_secret(std::string_view secret, std::string id) {
  auto key = secret_key(secret, std::move(id));
  if (!key) return fail(std::move(key.error()));
  return SigningKey(*std::move(key));
}

}  // namespace righttask::auth
