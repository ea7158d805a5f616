#include "auth/jws.h"

#include <cstdarg>
#include <memory>

#include "auth/json.h"
#include "auth/libjose.h"
#include "auth/openssl.h"
#include "base/base64.h"
#include "base/check.h"

namespace righttask::auth {
namespace {

struct CfgRelease {
  void operator()(jose_cfg_t* cfg) const { jose_cfg_decref(cfg); }
};
using Cfg = std::unique_ptr<jose_cfg_t, CfgRelease>;

/// libjose's own handler writes to standard error, which whoever sends tokens could fill.
void say_nothing(void*, const char*, int, std::uint64_t, const char*, va_list) {}

/// One for each call: its reference count is not atomic.
Cfg silent_cfg() {
  Cfg cfg(jose_cfg());
  CHECK(cfg);
  jose_cfg_set_err_func(cfg.get(), say_nothing, nullptr);
  return cfg;
}

}  // namespace

std::optional<CompactJws> split_compact(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  if (token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return CompactJws{token.substr(0, first), token.substr(first + 1, second - first - 1),
                    token.substr(second + 1)};
}

bool is_signed_by(const Key& key, const CompactJws& jws) {
  const OpensslErrorsCleared cleared;
  const Cfg cfg = silent_cfg();
  Json object(json_object());
  set(object.get(), "protected", json_text(jws.header));
  set(object.get(), "payload", json_text(jws.payload));
  set(object.get(), "signature", json_text(jws.signature));
  return jose_jws_ver(cfg.get(), object.get(), nullptr, key.jwk(), false);
}

std::optional<std::string> sign(const Key& key, std::string_view payload) {
  const OpensslErrorsCleared cleared;
  const Cfg cfg = silent_cfg();
  Json header(json_object());
  set(header.get(), "alg", json_text(to_string(key.algorithm())));
  set(header.get(), "typ", json_text("JWT"));
  if (!key.id().empty()) set(header.get(), "kid", json_text(key.id()));
  Json signature(json_object());
  set(signature.get(), "protected", std::move(header));
  Json object(json_object());
  set(object.get(), "payload", json_text(base64url_encode(byte_view(payload))));
  if (!jose_jws_sig(cfg.get(), object.get(), signature.get(), key.jwk())) return std::nullopt;

  const auto protect = string_member(object.get(), "protected");
  const auto body = string_member(object.get(), "payload");
  const auto mac = string_member(object.get(), "signature");
  if (!protect || !body || !mac) return std::nullopt;
  return std::string(*protect) + "." + std::string(*body) + "." + std::string(*mac);
}

}  // namespace righttask::auth
