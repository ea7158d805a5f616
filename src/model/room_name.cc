#include "model/room_name.h"

#include <algorithm>

#include "base/keyed_hash.h"
#include "base/utf8.h"

namespace righttask {
namespace {

bool is_c0_or_delete(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// U+0080 to U+009F, in UTF-8 c2 80 to c2 9f.
bool has_c1(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto next = static_cast<unsigned char>(text[i + 1]);
    if (text[i] == '\xc2' && next >= 0x80 && next <= 0x9f) return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(RoomNameError error) noexcept {
  switch (error) {
    case RoomNameError::empty:
      return "room name is empty";
    case RoomNameError::too_long:
      return "room name is longer than 255 bytes";
    case RoomNameError::not_utf8:
      return "room name is not UTF-8";
    case RoomNameError::control_character:
      return "room name holds a control character";
  }
  return "room name is invalid";
}

RoomName::RoomName(std::string_view text)
    : text_(std::make_shared<const Text>(Text{std::string(text), keyed_hash(text)})) {}

Result<RoomName, RoomNameError> RoomName::parse(std::string_view text) {
  if (text.empty()) return fail(RoomNameError::empty);
  if (text.size() > kRoomNameBytesMax) return fail(RoomNameError::too_long);
  if (!is_utf8(byte_view(text))) return fail(RoomNameError::not_utf8);
  if (std::ranges::any_of(text, is_c0_or_delete) || has_c1(text)) {
    return fail(RoomNameError::control_character);
  }
  return RoomName(text);
}

}  // namespace righttask
