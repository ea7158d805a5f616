#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace righttask {

/// A text of any length in 16 bytes, up to 15 of them without an allocation. Never changes.
class ShortText {
 public:
  ShortText() = default;
  explicit ShortText(std::string_view text) {
    if (text.size() <= kInPlaceMax) {
      std::ranges::copy(text, bytes_.begin());
      bytes_.back() = static_cast<char>(text.size());
    } else {
      const Far far{new char[text.size()], static_cast<std::uint32_t>(text.size())};
      std::ranges::copy(text, far.text);
      std::memcpy(bytes_.data(), &far, kFarBytes);
      bytes_.back() = kIsFar;
    }
  }
  ShortText(ShortText&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  ShortText& operator=(ShortText&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ShortText(const ShortText&) = delete;
  ShortText& operator=(const ShortText&) = delete;
  ~ShortText() {
    if (bytes_.back() == kIsFar) delete[] far().text;
  }

  [[nodiscard]] std::string_view view() const {
    if (bytes_.back() == kIsFar) return {far().text, far().size};
    return {bytes_.data(), static_cast<std::size_t>(bytes_.back())};
  }

 private:
  struct Far {
    char* text;
    std::uint32_t size;
  };
  static constexpr std::size_t kInPlaceMax = 15;
  static constexpr std::size_t kFarBytes = sizeof(char*) + sizeof(std::uint32_t);
  static constexpr char kIsFar = 16;

  [[nodiscard]] Far far() const {
    Far far{};
    std::memcpy(&far, bytes_.data(), kFarBytes);
    return far;
  }

  alignas(char*) std::array<char, 16> bytes_{};  // the last one: the size, or kIsFar
};

}  // namespace righttask
