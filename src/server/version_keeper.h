#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/limits.h"
#include "store/document_store.h"

namespace righttask::server {

/// When one room's automatic versions are taken: some time after the first change that the newest
/// version does not hold, sooner after many, and by the host when the room closes. So every version
/// holds what was there before a pause. Pure. (Spec: VER-1)
class VersionKeeper {
 public:
  /// Between two versions that are taken because of the amount of change.
  static constexpr std::chrono::seconds kPauseMin{60};

  /// The room has changed. The server's own clean-up has no author and names none.
  void on_change(const std::string& author, UnixSeconds now);
  /// A version of the room as it is has been taken.
  void on_version(UnixSeconds now);

  [[nodiscard]] bool has_change() const { return first_change_.has_value(); }
  /// The time has come.
  [[nodiscard]] bool is_due(UnixSeconds now, const Limits& limits) const;
  /// It has come early, for the amount of change.
  [[nodiscard]] bool has_enough(UnixSeconds now, const Limits& limits) const;
  /// Who made the last change; empty: unknown.
  [[nodiscard]] const std::string& author() const { return author_; }

 private:
  std::optional<UnixSeconds> first_change_;  // since the newest version
  std::optional<UnixSeconds> last_version_;  // in this life of the room
  std::uint32_t changes_ = 0;
  std::string author_;
};

/// Which of a room's automatic versions are not worth keeping: of the last day all are, of the week
/// before that one for each hour, and one for each day before, the last of each. Beyond
/// `count_max` those go that lie closest together, never the newest. Named ones stay and do not
/// count. `versions`: newest first. Pure; O(n log n + n * superfluous). (Spec: VER-2)
[[nodiscard]] std::vector<store::VersionId> superfluous_versions(
    const std::vector<store::VersionInfo>& versions, store::WallTime now, std::size_t count_max);

}  // namespace righttask::server
