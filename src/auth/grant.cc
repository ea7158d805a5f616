#include "auth/grant.h"

#include <utility>

namespace righttask::auth {

std::optional<RoomRule> RoomRule::parse(std::string_view pattern, Access access) {
  const bool prefix = pattern.ends_with('*');
  if (prefix) pattern.remove_suffix(1);
  const bool all = prefix && pattern.empty();
  if (!all && !RoomName::parse(pattern)) return std::nullopt;
  return RoomRule{std::string(pattern), prefix, access};
}

std::optional<Access> Grant::access_to(const RoomName& room) const {
  // How closely a rule names the room; an exact name beats every prefix, itself as one included.
  const auto closeness = [](const RoomRule& rule) {
    return std::pair(!rule.prefix, rule.name.size());
  };
  const RoomRule* best = nullptr;
  for (const RoomRule& rule : rooms) {
    const bool fits = rule.prefix ? room.str().starts_with(rule.name) : room.str() == rule.name;
    if (!fits) continue;
    const bool closer = best == nullptr || closeness(rule) > closeness(*best) ||
                        (closeness(rule) == closeness(*best) && rule.access == Access::read);
    if (closer) best = &rule;
  }
  return best == nullptr ? std::nullopt : std::optional(best->access);
}

}  // namespace righttask::auth
