#include "server/shard_probe.h"

#include <algorithm>

#include "base/check.h"
#include "model/messages.h"

namespace righttask::server {

// The enum has no list of its own: its names are those before the first that means none.
RefusalCounts::RefusalCounts() {
  constexpr auto kNone = static_cast<Refusal>(255);
  for (std::uint8_t i = 0; to_string(static_cast<Refusal>(i)) != to_string(kNone); ++i) {
    CHECK(i < 255);
    entries_.push_back({to_string(static_cast<Refusal>(i))});
  }
  entries_.push_back({"other"});
}

void RefusalCounts::count(std::string_view reason) {
  const auto found = std::ranges::find(entries_, reason, &Entry::reason);
  ++(found == entries_.end() ? entries_.back() : *found).total;
}

}  // namespace righttask::server
