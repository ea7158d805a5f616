// Any bytes are refused, or decode to a message whose parts are valid JSON of bounded size, and
// which decodes to the same once it is written again.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "protocol/phoenix/frame.h"
#include "protocol/phoenix/json_reader.h"
#include "protocol/phoenix/payload.h"

using namespace righttask;
using namespace righttask::protocol;
using namespace righttask::protocol::phoenix;

namespace {

bool is_json(std::string_view text) {
  JsonReader reader(text);
  return reader.value(kJsonDepthMax) && reader.at_end();
}

void check_text(Version version, const Incoming& in) {
  Bytes again;
  open_message(
      again, version,
      {.join_ref = in.join_ref, .ref = in.ref, .topic_json = in.topic_json, .event = in.event});
  append(again, in.payload);
  close_message(again, version);
  CHECK(is_json(as_text(again)));
  Incoming copy;
  CHECK(decode(version, FrameKind::text, again, copy));
  CHECK(copy.ref == in.ref && copy.topic == in.topic && copy.event == in.event);
  CHECK(copy.payload == in.payload);
  if (version == Version::v2) CHECK(copy.join_ref == in.join_ref);
}

void check_payload(std::string_view json) {
  CHECK(is_json(json));
  if (const auto update = parse_update(json)) CHECK(update->size() <= json.size() / 2);
  if (const auto params = parse_join(json)) CHECK(params->user_id.size() <= kUserIdBytesMax);
  if (const auto appearance = parse_presence(json)) {
    CHECK(is_json("{" + presence_fields(*appearance) + "}"));
  }
}

}  // namespace

// The first byte picks version and kind; the rest is the frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Version version = (data[0] & 1) != 0 ? Version::v1 : Version::v2;
  const FrameKind kind = (data[0] & 2) != 0 ? FrameKind::binary : FrameKind::text;
  const ByteView frame(data + 1, size - 1);
  if (kind == FrameKind::text && !is_utf8(frame)) return 0;

  Incoming in;
  if (!decode(version, kind, frame, in)) return 0;
  CHECK(is_json(in.join_ref) && is_json(in.ref) && is_json(in.topic_json));
  CHECK(is_utf8(byte_view(in.topic)) && is_utf8(byte_view(in.event)));
  CHECK(in.payload.size() <= frame.size());
  if (in.payload_kind == FrameKind::text) {
    check_text(version, in);
    check_payload(in.payload);
  }
  return 0;
}
