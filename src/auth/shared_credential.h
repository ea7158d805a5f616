#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace righttask::auth {

/// A secret that a caller shows as it is, such as the administrator's. Only its hash is kept.
/// Immutable; any thread. (Spec: ADM-2)
class SharedCredential {
 public:
  static constexpr std::size_t kBytesMin = 32;
  static constexpr std::size_t kBytesMax = 1024;

  /// Of 32 to 1,024 visible ASCII characters, as a header can carry them. The error is a sentence
  /// without any of the secret.
  [[nodiscard]] static Result<SharedCredential, std::string> from(std::string_view secret);

  /// Takes as long whatever the text has in common with the secret.
  [[nodiscard]] bool matches(std::string_view shown) const;

 private:
  using Digest = std::array<std::uint8_t, 32>;

  explicit SharedCredential(const Digest& digest) : digest_(digest) {}
  [[nodiscard]] static Digest digest_of(std::string_view text);

  Digest digest_;
};

}  // namespace righttask::auth
