#include "server/version_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace righttask::server {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr UnixSeconds kStart{std::chrono::seconds(1'800'000'000)};

TEST(VersionKeeper, AsksForAVersionSomeTimeAfterTheFirstChange) {  // VER-1
  const Limits limits;
  VersionKeeper keeper;
  EXPECT_FALSE(keeper.is_due(kStart + 24h, limits)) << "nothing has changed";
  keeper.on_change("ann", kStart);
  EXPECT_FALSE(keeper.is_due(kStart + 599s, limits));
  keeper.on_change("bob", kStart + 599s);
  EXPECT_TRUE(keeper.is_due(kStart + 600s, limits)) << "later changes do not put it off";
  EXPECT_EQ(keeper.author(), "bob");
  keeper.on_version(kStart + 600s);
  EXPECT_FALSE(keeper.has_change());
  EXPECT_FALSE(keeper.is_due(kStart + 24h, limits));
  keeper.on_change("", kStart + 700s);
  EXPECT_EQ(keeper.author(), "bob") << "the server's clean-up names nobody";
  EXPECT_FALSE(keeper.is_due(kStart + 1299s, limits));
  EXPECT_TRUE(keeper.is_due(kStart + 1300s, limits));
}

TEST(VersionKeeper, AsksSoonerAfterManyChangesButNotAllTheTime) {  // VER-1
  Limits limits;
  limits.version_updates = 3;
  VersionKeeper keeper;
  const auto change = [&](int times, UnixSeconds now) {
    for (int i = 0; i < times; ++i) keeper.on_change("ann", now);
  };
  change(2, kStart);
  EXPECT_FALSE(keeper.has_enough(kStart, limits));
  change(1, kStart);
  EXPECT_TRUE(keeper.has_enough(kStart, limits));
  keeper.on_version(kStart);
  change(3, kStart + 59s);
  EXPECT_FALSE(keeper.has_enough(kStart + 59s, limits));
  EXPECT_TRUE(keeper.has_enough(kStart + 60s, limits));
}

TEST(VersionKeeper, AClockThatIsSetBackPutsNothingOff) {
  Limits limits;
  limits.version_updates = 1;
  VersionKeeper keeper;
  keeper.on_version(kStart);
  keeper.on_change("ann", kStart);
  EXPECT_TRUE(keeper.is_due(kStart - 24h, limits));
  EXPECT_TRUE(keeper.has_enough(kStart - 24h, limits));
}

TEST(VersionKeeper, AsksForNoneWhereNoneAreWanted) {  // VER-1
  Limits limits;
  limits.version_interval = 0s;
  limits.version_updates = 1;
  VersionKeeper keeper;
  keeper.on_change("ann", kStart);
  EXPECT_FALSE(keeper.is_due(kStart + 24h, limits));
  EXPECT_FALSE(keeper.has_enough(kStart + 24h, limits));
}

// ---- thinning ----------------------------------------------------------------------------------

store::VersionInfo version(std::uint64_t id, store::WallTime at,
                           store::VersionKind kind = store::VersionKind::automatic) {
  return {.id = store::VersionId{id}, .kind = kind, .at = at};
}

std::vector<std::uint64_t> superfluous(const std::vector<store::VersionInfo>& versions,
                                       store::WallTime now, std::size_t count_max = 1000) {
  std::vector<std::uint64_t> out;
  for (const store::VersionId id : superfluous_versions(versions, now, count_max)) {
    out.push_back(id.value());
  }
  std::ranges::sort(out);
  return out;
}

TEST(Thinning, KeepsAllOfADayOneAnHourOfAWeekAndOneADay) {  // VER-2
  const store::WallTime noon = std::chrono::floor<days>(store::WallTime(kStart)) + 12h;
  const std::vector<store::VersionInfo> versions = {
      version(20, noon - 1min),
      version(19, noon - 2min),
      version(18, noon - 23h),
      version(17, noon - days(2) - 5min),
      version(16, noon - days(2) - 10min),  // the same hour
      version(15, noon - days(2) - 65min),
      version(14, noon - days(10)),
      version(13, noon - days(10) - 3h),  // the same day
      version(12, noon - days(10) - 4h, store::VersionKind::named),
      version(11, noon - days(11)),
  };
  EXPECT_THAT(superfluous(versions, noon), ElementsAre(13, 16));
  EXPECT_THAT(superfluous({}, noon), IsEmpty());
}

TEST(Thinning, BeyondTheBoundThoseGoThatLieClosestTogether) {  // VER-2
  const store::WallTime now{kStart};
  const std::vector<store::VersionInfo> versions = {
      version(7, now),         version(6, now - 10min),
      version(5, now - 11min), version(4, now - 12min),
      version(3, now - 60min), version(2, now - 2h, store::VersionKind::named),
      version(1, now - 3h),
  };
  EXPECT_THAT(superfluous(versions, now, 5), ElementsAre(5));
  EXPECT_THAT(superfluous(versions, now, 4), ElementsAre(5, 6));
  EXPECT_THAT(superfluous(versions, now, 0), ElementsAre(3, 4, 5, 6))
      << "the newest and the oldest stay";
}

TEST(Thinning, ThinningAgainFindsNothing) {  // VER-2
  const store::WallTime now{kStart};
  std::vector<store::VersionInfo> versions;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    versions.push_back(version(3000 - i, now - i * 10min));
  }
  const auto first = superfluous_versions(versions, now, 300);
  std::erase_if(versions, [&](const auto& v) { return std::ranges::count(first, v.id) > 0; });
  EXPECT_GT(versions.size(), 250U);
  EXPECT_LE(versions.size(), 300U);
  EXPECT_THAT(superfluous(versions, now, 300), IsEmpty());
}

}  // namespace
}  // namespace righttask::server
