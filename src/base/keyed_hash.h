#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace righttask {

/// A hash under which peers cannot choose names that collide, as they can under std::hash, which
/// is the same in every process: the key is where the operating system has put the program. What
/// is kept by it must not show in what order it lies.
[[nodiscard]] inline std::uint64_t keyed_hash(std::string_view text) {
  const auto mix = [](std::uint64_t value) {
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93;
    value = (value ^ value >> 32) * 0xd6e8feb86659fd93;
    return value ^ value >> 32;
  };
  static const std::uint64_t key = [&mix] {
    static const char anchor = 0;
    const int on_the_stack = 0;
    return mix(mix(reinterpret_cast<std::uintptr_t>(&anchor)) ^
               reinterpret_cast<std::uintptr_t>(&on_the_stack));
  }();
  std::uint64_t hash = key ^ (text.size() * 0x9e3779b97f4a7c15);
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    hash = mix(hash ^ word) + 0x9e3779b97f4a7c15;
  }
  std::uint64_t word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  return mix(hash ^ word);
}

}  // namespace righttask
