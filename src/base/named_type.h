#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace righttask {

/// A number that cannot be mistaken for another kind of number.
/// `using RoomId = NamedType<std::uint32_t, struct RoomIdTag>;`
template <typename T, typename Tag>
class NamedType {
 public:
  constexpr NamedType() = default;
  constexpr explicit NamedType(T value) : value_(value) {}

  [[nodiscard]] constexpr T value() const { return value_; }
  constexpr auto operator<=>(const NamedType&) const = default;

 private:
  T value_{};
};

}  // namespace righttask

template <typename T, typename Tag>
struct std::hash<righttask::NamedType<T, Tag>> {
  std::size_t operator()(const righttask::NamedType<T, Tag>& named) const noexcept {
    return std::hash<T>{}(named.value());
  }
};
