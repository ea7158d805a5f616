#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace righttask::net {

/// Where a connection comes from. IPv4 is kept as IPv4-mapped IPv6, so both compare alike.
struct PeerAddress {
  std::array<std::uint8_t, 16> ip{};  // network byte order
  std::uint16_t port = 0;

  [[nodiscard]] static PeerAddress from(const sockaddr_storage& address);
  /// "192.0.2.7", "192.0.2.7:4711", "2001:db8::1", "[2001:db8::1]:4711"; nothing for anything else.
  [[nodiscard]] static std::optional<PeerAddress> parse(std::string_view text);
  [[nodiscard]] bool is_ipv4() const;
  [[nodiscard]] bool is_loopback() const;
  /// "192.0.2.7", "2001:db8::1".
  [[nodiscard]] std::string ip_text() const;
  /// "192.0.2.7:4711", "[2001:db8::1]:4711".
  [[nodiscard]] std::string text() const;

  bool operator==(const PeerAddress&) const = default;
};

}  // namespace righttask::net
