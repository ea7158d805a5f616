// Any bytes are refused, or are a message whose payload lies inside them, and which is read as the
// same once it is written again.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "protocol/yjs_message.h"

using namespace righttask;
using namespace righttask::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto message = read_yjs_message(input);
  if (!message) return 0;
  CHECK(message->payload.empty() ||
        (message->payload.data() >= input.data() && &message->payload.back() <= &input.back()));
  Bytes again;
  switch (message->kind) {
    case YjsKind::step1:
      append_yjs_step1(again, message->payload);
      break;
    case YjsKind::update:
      append_yjs_update(again, message->payload);
      break;
    case YjsKind::awareness:
      append_yjs_awareness(again, message->payload);
      break;
    case YjsKind::awareness_query:
    case YjsKind::unknown:
      CHECK(message->payload.empty());
      return 0;
  }
  const auto copy = read_yjs_message(again);
  CHECK(copy && copy->kind == message->kind);
  CHECK(std::ranges::equal(copy->payload, message->payload));
  return 0;
}
