#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace righttask {

using Bytes = std::vector<std::uint8_t>;

/// Borrowed bytes; the owner outlives the view.
using ByteView = std::span<const std::uint8_t>;

/// Immutable bytes with many owners: one encoded frame in many outboxes. Any thread.
using SharedBytes = std::shared_ptr<const Bytes>;

[[nodiscard]] inline SharedBytes share(Bytes bytes) {
  return std::make_shared<const Bytes>(std::move(bytes));
}

[[nodiscard]] inline ByteView byte_view(const void* data, std::size_t size) {
  return {static_cast<const std::uint8_t*>(data), size};
}

[[nodiscard]] inline ByteView byte_view(std::string_view text) {
  return byte_view(text.data(), text.size());
}

/// The bytes seen as characters; valid UTF-8 only where the caller has checked.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(Bytes& to, ByteView more) {
  to.insert(to.end(), more.begin(), more.end());
}

inline void append(Bytes& to, std::string_view more) {
  append(to, byte_view(more));
}

/// Literal bytes for tests: bytes(0x01, 0x80).
template <typename... Values>
[[nodiscard]] Bytes bytes(Values... values) {
  return Bytes{static_cast<std::uint8_t>(values)...};
}

}  // namespace righttask
