#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "protocol/session.h"

namespace righttask::server {

/// A dialect whose sessions nobody opens: hosts of rooms ask it for broadcasts alone.
class SilentDialect : public protocol::Dialect {
 public:
  std::string_view name() const override { return "silent"; }
  Result<std::unique_ptr<protocol::Session>, std::uint16_t> open(
      protocol::OpenRequest) const override {
    return fail(std::uint16_t{403});
  }
};

}  // namespace righttask::server
