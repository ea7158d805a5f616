#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "net/peer_address.h"

namespace righttask::net {

/// How many connections each address has. An IPv6 host has a whole /64 to choose from, which
/// therefore counts as one.
class AddressTable {
 public:
  explicit AddressTable(std::uint32_t each_max) : each_max_(each_max) {}

  [[nodiscard]] bool has_room(const PeerAddress& peer) const {
    const auto found = counts_.find(key_of(peer));
    return (found == counts_.end() ? 0 : found->second) < each_max_;
  }
  void add(const PeerAddress& peer) { ++counts_[key_of(peer)]; }
  void remove(const PeerAddress& peer) {
    const auto found = counts_.find(key_of(peer));
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }
  [[nodiscard]] std::size_t size() const { return counts_.size(); }

 private:
  using Key = std::array<std::uint8_t, 16>;
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>{}({reinterpret_cast<const char*>(key.data()), key.size()});
    }
  };

  [[nodiscard]] static Key key_of(const PeerAddress& peer) {
    Key key = peer.ip;
    if (!peer.is_ipv4()) std::fill(key.begin() + 8, key.end(), std::uint8_t{0});
    return key;
  }

  std::uint32_t each_max_;
  std::unordered_map<Key, std::uint32_t, Hash> counts_;
};

}  // namespace righttask::net
