#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace righttask::sim {

/// A bug put into the simulated server on purpose: a simulation that does not find it would not
/// find one of our own either.
enum class Plant : std::uint8_t {
  none,
  acknowledge_before_commit,  // an append is answered when it comes, not when it is durable
  drop_on_full_outbox,        // a frame that does not fit is left out, and the connection goes on
  answer_before_load,         // a room is taken for empty until it has been loaded
};

/// A promise that was broken.
class Violation : public std::runtime_error {
 public:
  explicit Violation(const std::string& what) : std::runtime_error(what) {}
};

}  // namespace righttask::sim
