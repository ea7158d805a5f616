#pragma once

#include <stdexcept>
#include <string>

namespace righttask {

/// Our own bug, found by CHECK. Caught in one place, server/supervisor; elsewhere it ends
/// the process.
class BugError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void raise_bug(const char* condition, const char* file, int line);

}  // namespace righttask

/// Throws BugError unless the condition holds; on in every build.
#define CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : ::righttask::raise_bug(#condition, __FILE__, __LINE__))
