#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "model/limits.h"
#include "model/messages.h"

namespace righttask::server {

/// Updates of a room of many that have not gone to its members yet, and how long they may wait for
/// one another.
///
/// What a delivery costs is the system call that sends it. One for several updates costs the same,
/// so a room where members x updates is high holds them for a moment; any other sends what a turn
/// has brought at its end. Pure. (Spec: ROOM-29, ROOM-30)
class FanOut {
 public:
  struct Held {
    SharedBytes update;
    std::optional<MemberId> sender;
  };

  /// Beyond so many bytes nothing waits any longer.
  static constexpr std::size_t kHeldBytesMax = 256u << 10;
  /// Deliveries a second of one room from which it is worth waiting, and for each further so many a
  /// millisecond more.
  static constexpr double kHotDeliveries = 20'000;
  static constexpr double kDeliveriesPerMillisecond = 4'000;
  static constexpr std::chrono::milliseconds kHoldMin{5};

  /// What the turn that has brought `held` is to do.
  enum class Turn : std::uint8_t {
    more,      // nothing: it is being waited already
    end,       // release at the end of this turn
    hold,      // release after hold()
    overflow,  // release now
  };
  [[nodiscard]] Turn add(Held held, std::size_t members, const Limits& limits, Instant now);
  [[nodiscard]] Duration hold() const { return hold_; }

  [[nodiscard]] bool empty() const { return held_.empty(); }
  /// All that was held, in order. The releases that were asked for and are still to come find
  /// nothing, or what has come since, early.
  [[nodiscard]] std::vector<Held> take();

 private:
  [[nodiscard]] Duration hold_for(std::size_t members, const Limits& limits) const;
  void measure(Instant now);

  std::vector<Held> held_;
  std::size_t bytes_ = 0;
  Duration hold_{};
  // Updates a second, over a tenth of a second or more.
  Instant since_{};
  std::uint32_t count_ = 0;
  double rate_ = 0;
};

/// One update with the effect of all, or nothing if they cannot be merged.
[[nodiscard]] std::optional<SharedBytes> merged(const std::vector<FanOut::Held>& held);

}  // namespace righttask::server
