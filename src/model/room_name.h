#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace righttask {

inline constexpr std::size_t kRoomNameBytesMax = 255;

enum class RoomNameError : std::uint8_t { empty, too_long, not_utf8, control_character };

[[nodiscard]] std::string_view to_string(RoomNameError error) noexcept;

/// The name of a room: 1 to 255 bytes of UTF-8 without control characters, compared byte for
/// byte (no normalisation). The same string serves for permission, storage, bus and log; it is
/// never a file path. A value, whose copies share their text. One that was moved from may only be
/// assigned to and destroyed. (Spec: ROOM-1)
class RoomName {
 public:
  [[nodiscard]] static Result<RoomName, RoomNameError> parse(std::string_view text);

  [[nodiscard]] const std::string& str() const noexcept { return text_->utf8; }
  [[nodiscard]] std::size_t hash() const noexcept { return text_->hash; }

  bool operator==(const RoomName& other) const noexcept {
    return text_ == other.text_ || (hash() == other.hash() && str() == other.str());
  }
  std::strong_ordering operator<=>(const RoomName& other) const noexcept {
    return str() <=> other.str();
  }

 private:
  struct Text {
    std::string utf8;
    std::size_t hash;  // keyed_hash
  };
  explicit RoomName(std::string_view text);

  std::shared_ptr<const Text> text_;
};

}  // namespace righttask

template <>
struct std::hash<righttask::RoomName> {
  std::size_t operator()(const righttask::RoomName& name) const noexcept { return name.hash(); }
};
