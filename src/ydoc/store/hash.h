#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace ydoc {

/// Mixes so that every bit of the input reaches the low bits of the result.
[[nodiscard]] inline std::uint64_t mix_hash(std::uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93;
  value ^= value >> 32;
  return value;
}

/// A number a peer cannot know, so that it cannot choose names or client ids that collide: where
/// the operating system happened to put this object. What a document answers never depends on it.
[[nodiscard]] inline std::uint64_t hash_seed(const void* object) {
  return mix_hash(reinterpret_cast<std::uintptr_t>(object) ^
                  (reinterpret_cast<std::uintptr_t>(&hash_seed) << 17));
}

[[nodiscard]] inline std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t hash = seed ^ (bytes.size() * 0x9e3779b97f4a7c15);
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = mix_hash(hash ^ word) + 0x9e3779b97f4a7c15;
    bytes.remove_prefix(8);
  }
  std::uint64_t word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  return mix_hash(hash ^ word);
}

}  // namespace ydoc
