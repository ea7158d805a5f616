#pragma once

#include <string_view>

#include "base/bytes.h"

namespace righttask::protocol::phoenix {

/// Appends a JSON string, quotes included, that stands for this UTF-8 text. Escapes what JSON
/// demands (quote, backslash, control characters) and nothing else.
void append_json_string(Bytes& out, std::string_view utf8);

/// Appends `[1,2,255]`. One write of four bytes for each byte.
void append_byte_list(Bytes& out, ByteView bytes);

}  // namespace righttask::protocol::phoenix
