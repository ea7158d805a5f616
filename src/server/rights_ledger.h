#pragma once

#include <functional>
#include <vector>

#include "auth/restriction.h"
#include "auth/revocation.h"

namespace righttask::server {

/// What operators have taken from whom: what has to outlive the process.
struct RightsLists {
  std::vector<auth::Restriction> restrictions;
  std::vector<auth::RevocationList::Entry> revocations;

  bool operator==(const RightsLists&) const = default;
};

/// Where these lists are kept. Shard-local.
class RightsLedger {
 public:
  using Done = std::move_only_function<void(bool kept)>;

  virtual ~RightsLedger() = default;

  /// Keeps these in place of what it has. `done` comes later, on the loop's thread, in the order
  /// of the calls: true once they would be there after a crash.
  virtual void keep(RightsLists lists, Done done) = 0;
};

}  // namespace righttask::server
