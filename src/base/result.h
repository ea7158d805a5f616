#pragma once

#include <expected>
#include <utility>

namespace righttask {

/// A value, or the reason why there is none. The only place that names std::expected.
template <typename T, typename E>
using Result = std::expected<T, E>;

/// What `return fail(Error::x);` builds; converts to any Result with that error type.
template <typename E>
[[nodiscard]] constexpr std::unexpected<E> fail(E error) {
  return std::unexpected<E>(std::move(error));
}

}  // namespace righttask
