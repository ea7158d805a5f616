#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "model/limits.h"
#include "protocol/phoenix/session_common.h"
#include "protocol/session.h"

namespace righttask::protocol::phoenix {

/// Phoenix Channels, V1 and V2, with topics `room:<id>` and `y_doc_room:<id>`. What Phoenix 1.8
/// does, seen from its clients: docs/spec/phoenix.md, docs/spec/yjs.md. Immutable; any thread.
class Dialect final : public protocol::Dialect {
 public:
  /// `seed` makes the presence keys of users without a name of their own; draw it at random. The
  /// dialect outlives its sessions.
  Dialect(const Limits& limits, std::uint64_t seed)
      : limits_(limits),
        v1_{.limits = limits_, .seed = seed, .version = Version::v1},
        v2_{.limits = limits_, .seed = seed, .version = Version::v2} {}
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;

  [[nodiscard]] std::string_view name() const override { return "phoenix"; }

  /// What phoenix.js offers beside the one that carries its token. (PHX-1)
  [[nodiscard]] std::string_view subprotocol() const override { return "phoenix"; }

  /// 403 for a `vsn` that is neither 1.0.x nor 2.0.x; without one it is 1.0.0. (PHX-1)
  [[nodiscard]] Result<std::unique_ptr<Session>, std::uint16_t> open(
      OpenRequest request) const override;

  /// Updates, awareness, presence diffs and relayed events; the rest is for one member alone.
  /// O(bytes).
  [[nodiscard]] std::optional<Frame> encode_broadcast(const Audience& audience,
                                                      const ServerMessage& message) const override;

 private:
  const Limits limits_;
  const SessionCommon v1_;
  const SessionCommon v2_;
};

}  // namespace righttask::protocol::phoenix
