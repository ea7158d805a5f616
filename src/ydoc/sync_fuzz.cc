#include "ydoc/sync.h"

#include <algorithm>

#include "base/check.h"

// Any bytes are refused, or hold a message that reads the same when written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  righttask::Reader reader({data, size});
  const auto message = ydoc::read_sync(reader);
  if (!message) return 0;
  CHECK(message->payload.size() + reader.left() < size);
  const auto written = ydoc::sync_message(message->kind, message->payload);
  righttask::Reader back(written);
  const auto again = ydoc::read_sync(back);
  CHECK(again && again->kind == message->kind && back.done());
  CHECK(std::ranges::equal(again->payload, message->payload));
  return 0;
}
