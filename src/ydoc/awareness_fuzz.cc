#include "ydoc/awareness.h"

#include "base/check.h"

// Any bytes are refused, or decode to an awareness update that survives a round trip, and that
// changes nothing when applied a second time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto update = ydoc::AwarenessUpdate::decode({data, size});
  if (!update) return 0;
  const auto encoded = ydoc::encode_awareness(update->entries);
  const auto again = ydoc::AwarenessUpdate::decode(encoded);
  CHECK(again && again->entries.size() == update->entries.size());
  CHECK(ydoc::encode_awareness(again->entries) == encoded);

  ydoc::Awareness awareness;
  awareness.apply(*update, {});
  const auto all = awareness.encode_all();
  CHECK(ydoc::AwarenessUpdate::decode(all));
  CHECK(!awareness.apply(*update, {}).emits_update());
  CHECK(awareness.encode_all() == all);
  return 0;
}
