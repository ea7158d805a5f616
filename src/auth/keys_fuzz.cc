// Any text is refused, or is a set of keys each of which is sound, bound to an algorithm, and read
// again as the same from what was kept of it.

#include <cstddef>
#include <cstdint>
#include <string>

#include "auth/json.h"
#include "auth/key_set.h"
#include "base/bytes.h"
#include "base/check.h"

using namespace righttask;
using namespace righttask::auth;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keys = KeySet::from_text(as_text(ByteView(data, size)));
  if (!keys) {
    CHECK(!keys.error().empty());
    return 0;
  }
  CHECK(!keys->empty() && keys->keys().size() <= kKeysMax);
  for (const Key& key : keys->keys()) {
    CHECK(key.id().size() <= 255);
    const auto again = KeySet::from_jwks(dump(key.jwk()));
    CHECK(again && again->keys().size() == 1);
    CHECK(again->keys()[0].algorithm() == key.algorithm());
    CHECK(json_equal(again->keys()[0].jwk(), key.jwk()) != 0);
    CHECK(json_object_get(key.jwk(), "d") == nullptr);
  }
  return 0;
}
