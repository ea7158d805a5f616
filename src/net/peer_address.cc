#include "net/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace righttask::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kAddressTextMax = 64;  // longer than any address with its port

}  // namespace

PeerAddress PeerAddress::from(const sockaddr_storage& address) {
  PeerAddress peer;
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), peer.ip.begin());
    std::memcpy(peer.ip.data() + 12, &v4.sin_addr, 4);
    peer.port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(peer.ip.data(), &v6.sin6_addr, 16);
    peer.port = ntohs(v6.sin6_port);
  }
  return peer;
}

std::optional<PeerAddress> PeerAddress::parse(std::string_view text) {
  PeerAddress peer;
  std::string host(text.substr(0, kAddressTextMax));
  if (host.size() != text.size()) return std::nullopt;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return std::nullopt;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(text.find(':'));
  }
  if (!port.empty()) {
    const auto [end, error] =
        std::from_chars(port.data() + 1, port.data() + port.size(), peer.port);
    if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  }
  const bool bracketed = text.starts_with('[');
  if (!bracketed && inet_pton(AF_INET, host.c_str(), peer.ip.data() + 12) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), peer.ip.begin());
    return peer;
  }
  if (inet_pton(AF_INET6, host.c_str(), peer.ip.data()) == 1) return peer;
  return std::nullopt;
}

bool PeerAddress::is_ipv4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
}

bool PeerAddress::is_loopback() const {
  if (is_ipv4()) return ip[12] == 127;
  return std::all_of(ip.begin(), ip.end() - 1, [](auto byte) { return byte == 0; }) && ip[15] == 1;
}

std::string PeerAddress::ip_text() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_ipv4()) {
    inet_ntop(AF_INET, ip.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, ip.data(), text, sizeof text);
  }
  return text;
}

std::string PeerAddress::text() const {
  std::string out = ip_text();
  if (!is_ipv4()) out.insert(0, 1, '[').push_back(']');
  out += ':';
  out += std::to_string(port);
  return out;
}

}  // namespace righttask::net
