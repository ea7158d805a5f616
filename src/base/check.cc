#include "base/check.h"

namespace righttask {

void raise_bug(const char* condition, const char* file, int line) {
  std::string where = file;
  if (const auto src = where.rfind("/src/"); src != std::string::npos) where.erase(0, src + 5);
  throw BugError("check failed: " + std::string(condition) + " at " + where + ":" +
                 std::to_string(line));
}

}  // namespace righttask
