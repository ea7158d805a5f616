#include "loadgen/dialect.h"

#include <utility>

#include "loadgen/hocuspocus_dialect.h"
#include "loadgen/phoenix_dialect.h"
#include "loadgen/socket_io_dialect.h"
#include "loadgen/y_websocket_dialect.h"

namespace righttask::loadgen {

std::string Dialect::target(std::string_view path, std::string_view more) const {
  std::string out(path);
  char separator = '?';
  for (const std::string_view part : {std::string_view(options_.query), more}) {
    if (part.empty()) continue;
    out += std::exchange(separator, '&');
    out += part;
  }
  return out;
}

std::string encode_component(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kMarks = "-._~";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kMarks.contains(c);
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string user_state(const Peer& peer) {
  return R"({"user":{"name":"User )" + std::to_string(peer.member) + R"(","color":"#336699"}})";
}

std::string_view to_string(DialectName name) {
  switch (name) {
    case DialectName::phoenix:
      return "phoenix";
    case DialectName::phoenix_json:
      return "phoenix-json";
    case DialectName::y_websocket:
      return "y-websocket";
    case DialectName::hocuspocus:
      return "hocuspocus";
    case DialectName::socket_io:
      return "socket.io";
  }
  return "";
}

std::unique_ptr<Dialect> make_dialect(DialectName name, DialectOptions options) {
  switch (name) {
    case DialectName::phoenix:
      return std::make_unique<PhoenixDialect>(std::move(options), PhoenixDialect::Payload::binary);
    case DialectName::phoenix_json:
      return std::make_unique<PhoenixDialect>(std::move(options), PhoenixDialect::Payload::json);
    case DialectName::y_websocket:
      return std::make_unique<YWebsocketDialect>(std::move(options));
    case DialectName::hocuspocus:
      return std::make_unique<HocuspocusDialect>(std::move(options));
    case DialectName::socket_io:
      return std::make_unique<SocketIoDialect>(std::move(options));
  }
  return nullptr;
}

}  // namespace righttask::loadgen
