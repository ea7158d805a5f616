#include "ops/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>

#include <algorithm>
#include <array>

namespace righttask::ops {
namespace {

constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                     "warn",  "error", "off"};

}  // namespace

bool is_log_level(std::string_view level) {
  return std::ranges::find(kLevels, level) != kLevels.end();
}

Log open_log(std::string_view level) {
  if (!is_log_level(level)) return nullptr;
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  auto log = std::make_shared<spdlog::logger>("righttask", std::move(sink));
  log->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %v");
  log->set_level(spdlog::level::from_str(std::string(level)));
  log->flush_on(spdlog::level::info);
  return log;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  unsigned char before = 0;
  for (const char c : text.substr(0, bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool controls = byte < 0x20 || byte == 0x7f ||
                          (before == 0xc2 && byte < 0xa0);  // U+0080 to U+009F in UTF-8
    before = byte;
    if (!controls && c != '\\') {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  if (text.size() > bytes_max) out += "…";
  return out;
}

}  // namespace righttask::ops
