#pragma once

#include <spdlog/spdlog.h>

#include <memory>
#include <string_view>

namespace righttask::ops {

/// The program's log: one line an event, to standard error. What a peer can provoke at will is
/// counted or logged at debug, never line by line at info. Any thread.
using Log = std::shared_ptr<spdlog::logger>;

/// `level`: trace, debug, info, warn, error or off; nothing for any other word.
[[nodiscard]] Log open_log(std::string_view level);

[[nodiscard]] bool is_log_level(std::string_view level);

/// Shortens and escapes what a peer chose (a room's name), so that it cannot forge lines.
[[nodiscard]] std::string printable(std::string_view text, std::size_t bytes_max = 80);

}  // namespace righttask::ops
