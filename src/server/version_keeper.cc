#include "server/version_keeper.h"

#include <algorithm>
#include <iterator>

namespace righttask::server {
namespace {

using std::chrono::days;
using std::chrono::hours;

/// The stretch of time of which one version is kept; none: all are.
std::optional<store::WallTime> stretch_of(store::WallTime at, store::WallTime now) {
  if (at > now - days(1)) return std::nullopt;
  if (at > now - days(8)) return std::chrono::floor<hours>(at);
  // A week's hours and the days before never share a stretch: one is told from the other by this.
  return std::chrono::floor<days>(at) + std::chrono::milliseconds(1);
}

}  // namespace

void VersionKeeper::on_change(const std::string& author, UnixSeconds now) {
  if (!first_change_) first_change_ = now;
  ++changes_;
  if (!author.empty()) author_ = author;
}

void VersionKeeper::on_version(UnixSeconds now) {
  first_change_.reset();
  last_version_ = now;
  changes_ = 0;
}

bool VersionKeeper::is_due(UnixSeconds now, const Limits& limits) const {
  if (!first_change_ || limits.version_interval.count() == 0) return false;
  // A clock that was set back would put it off for long.
  return now < *first_change_ || now - *first_change_ >= limits.version_interval;
}

bool VersionKeeper::has_enough(UnixSeconds now, const Limits& limits) const {
  if (!first_change_ || limits.version_interval.count() == 0) return false;
  if (changes_ < limits.version_updates) return false;
  const auto pause = std::min(kPauseMin, limits.version_interval);
  return !last_version_ || now < *last_version_ || now - *last_version_ >= pause;
}

std::vector<store::VersionId> superfluous_versions(const std::vector<store::VersionInfo>& versions,
                                                   store::WallTime now, std::size_t count_max) {
  std::vector<store::VersionId> out;
  std::vector<const store::VersionInfo*> kept;
  std::optional<store::WallTime> stretch;
  for (const store::VersionInfo& version : versions) {
    if (version.kind != store::VersionKind::automatic) continue;
    const auto own = stretch_of(version.at, now);
    if (own && own == stretch) {
      out.push_back(version.id);
      continue;
    }
    stretch = own;
    kept.push_back(&version);
  }
  while (kept.size() > std::max<std::size_t>(count_max, 2)) {
    auto least = kept.begin() + 1;
    for (auto at = least; std::next(at) != kept.end(); ++at) {
      const auto gap = [](auto one) { return (*std::prev(one))->at - (*std::next(one))->at; };
      if (gap(at) < gap(least)) least = at;
    }
    out.push_back((*least)->id);
    kept.erase(least);
  }
  return out;
}

}  // namespace righttask::server
