#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace righttask::auth::testing {

/// A file of tests/fixtures/tokens.
inline std::string fixture(const std::string& name) {
  std::ifstream in(std::string(RIGHTTASK_FIXTURES "/tokens/") + name, std::ios::binary);
  if (!in) throw std::runtime_error("no fixture " + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace righttask::auth::testing
