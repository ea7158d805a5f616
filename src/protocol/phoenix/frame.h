#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "protocol/session.h"

// V2, text     := [ join_ref, ref, topic, event, payload, ignored… ]
// V1, text     := { "topic":…, "event":…, "payload":…, "ref":…, "join_ref"?:… }
// V2, binary; every size is one byte and counts bytes, the payload is the rest:
//   client push      := 00 join_ref_size ref_size topic_size event_size join_ref ref topic event
//                       payload
//   server push      := 00 join_ref_size topic_size event_size join_ref topic event payload
//   server broadcast := 02 topic_size event_size topic event payload
// A ref of size 0 stands for null. (A server's binary reply, kind 01, has no use here.)
// Source: Phoenix 1.8, lib/phoenix/socket/serializers/. Ours: docs/spec/phoenix.md.

namespace righttask::protocol::phoenix {

/// The serializer that the client chose by `vsn`.
enum class Version : std::uint8_t { v1, v2 };

/// What a size of one byte can say.
inline constexpr std::size_t kBinaryNameBytesMax = 255;

/// A ref is kept as the JSON text it came as: it is echoed, never understood. Longer ones than any
/// counter needs are no frame at all, so that channels cost little.
inline constexpr std::size_t kRefBytesMax = 255;

inline constexpr std::string_view kNullRef = "null";

/// One message of a client. Views point into the frame it was decoded from or into this object.
struct Incoming {
  Incoming() = default;
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  std::string join_ref;         // JSON text
  std::string ref;              // JSON text
  std::string_view topic_json;  // JSON text, of any type
  /// Empty where the client sent no string, or one that UTF-8 cannot hold: such a topic is never
  /// joined, such an event unknown.
  std::string_view topic;
  std::string_view event;
  FrameKind payload_kind = FrameKind::text;
  std::string_view payload;  // one valid JSON value, or any bytes

  /// What the views point into where the frame does not spell it as they show it.
  struct Storage {
    std::string topic;
    std::string event;
    Bytes topic_json;
  } storage;
};

/// Decodes one WebSocket message; text is known to be UTF-8. False where Phoenix's socket would
/// die: no JSON (or nested deeper than kJsonDepthMax), too few elements or keys, another binary
/// kind than push, a truncated binary head, binary on V1, names that are not UTF-8, and refs longer
/// than kRefBytesMax. O(bytes).
[[nodiscard]] bool decode(Version version, FrameKind kind, ByteView bytes, Incoming& out);

/// Everything of an outgoing message but its payload. The refs and the topic are JSON text.
struct Envelope {
  std::string_view join_ref = kNullRef;  // not sent in V1
  std::string_view ref = kNullRef;
  std::string_view topic_json = {};
  std::string_view event = {};  // a reply's is implied
};

/// Builds a text message around a payload: open, append the payload's JSON, close.
void open_message(Bytes& out, Version version, const Envelope& envelope);
void close_message(Bytes& out, Version version);

/// Builds a reply around its response, in the same way.
void open_reply(Bytes& out, Version version, Envelope envelope, std::string_view status);
void close_reply(Bytes& out, Version version);

/// Begin a binary message, whose payload follows. Topic and event have at most kBinaryNameBytesMax
/// bytes; `join_ref` is JSON text of at most kRefBytesMax.
void open_binary_push(Bytes& out, std::string_view join_ref, std::string_view topic,
                      std::string_view event);
void open_binary_broadcast(Bytes& out, std::string_view topic, std::string_view event);

/// A binary broadcast. Topic and event have at most kBinaryNameBytesMax bytes.
[[nodiscard]] Bytes binary_broadcast(std::string_view topic, std::string_view event,
                                     ByteView payload);

}  // namespace righttask::protocol::phoenix
