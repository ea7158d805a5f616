#include "runtime/process.h"

#include <sys/resource.h>

#include <system_error>

namespace righttask::runtime {

std::uint64_t open_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::uint64_t raise_open_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // refused: the soft limit stays, and is what we return
  return open_file_limit();
}

std::string error_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace righttask::runtime
