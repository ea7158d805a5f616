#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/keyed_hash.h"
#include "base/result.h"

namespace righttask {

inline constexpr std::size_t kRoomNameBytesMax = 255;

enum class RoomNameError : std::uint8_t { empty, too_long, not_utf8, control_character };

[[nodiscard]] std::string_view to_string(RoomNameError error) noexcept;

/// The name of a room: 1 to 255 bytes of UTF-8 without control characters, compared byte for
/// byte (no normalisation). The same string serves for permission, storage, bus and log; it is
/// never a file path. A value. (Spec: ROOM-1)
class RoomName {
 public:
  [[nodiscard]] static Result<RoomName, RoomNameError> parse(std::string_view text);

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  auto operator<=>(const RoomName&) const = default;

 private:
  explicit RoomName(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

}  // namespace righttask

template <>
struct std::hash<righttask::RoomName> {
  std::size_t operator()(const righttask::RoomName& name) const noexcept {
    return righttask::keyed_hash(name.str());
  }
};
