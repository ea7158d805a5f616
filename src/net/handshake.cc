#include "net/handshake.h"

#include "base/base64.h"
#include "net/sha1.h"

namespace righttask::net {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyCharacters = 24;  // 16 bytes in padded base64
constexpr std::size_t kKeyBytes = 16;

bool is_key(std::string_view key) {
  if (key.size() != kKeyCharacters) return false;
  const auto decoded = base64_decode(key);
  return decoded && decoded->size() == kKeyBytes;
}

}  // namespace

bool is_websocket_upgrade(const HttpRequest& request) {
  return request.headers.has_token("Upgrade", "websocket") &&
         request.headers.has_token("Connection", "upgrade");
}

std::string websocket_accept_key(std::string_view key) {
  std::string text(key);
  text += kGuid;
  const auto digest = sha1(byte_view(text));
  return base64_encode(digest);
}

Result<std::string, HttpResponse> accept_websocket(const HttpRequest& request) {
  if (request.method != "GET") return fail(text_response(400, "a WebSocket begins with GET\n"));
  if (!is_websocket_upgrade(request)) {
    return fail(text_response(400, "expected a WebSocket upgrade\n"));
  }
  const auto version = request.headers.find("Sec-WebSocket-Version");
  if (!version || *version != "13") {
    HttpResponse refusal = text_response(426, "expected Sec-WebSocket-Version: 13\n");
    refusal.headers.emplace_back("Sec-WebSocket-Version", "13");
    return fail(std::move(refusal));
  }
  const auto key = request.headers.find("Sec-WebSocket-Key");
  if (!key || !is_key(*key) || request.headers.count("Sec-WebSocket-Key") > 1) {
    return fail(text_response(400, "bad Sec-WebSocket-Key\n"));
  }
  if (!request.body.empty()) return fail(text_response(400, "an upgrade has no body\n"));
  return websocket_accept_key(*key);
}

std::vector<std::string_view> offered_subprotocols(const HttpRequest& request) {
  return request.headers.tokens("Sec-WebSocket-Protocol");
}

}  // namespace righttask::net
