#include "protocol/yjs_message.h"

#include "base/reader.h"
#include "base/writer.h"

namespace righttask::protocol {
namespace {

constexpr std::uint8_t kSync = 0;
constexpr std::uint8_t kAwareness = 1;
constexpr std::uint8_t kAwarenessQuery = 3;

constexpr std::uint8_t kStep1 = 0;
constexpr std::uint8_t kStep2 = 1;
constexpr std::uint8_t kUpdate = 2;

Decoded<YjsMessage> read_sync(Reader& reader) {
  const auto kind = reader.var_uint();
  if (!kind) return fail(kind.error());
  if (*kind > kUpdate) return YjsMessage{};
  const auto payload = reader.var_bytes();
  if (!payload) return fail(payload.error());
  return YjsMessage{*kind == kStep1 ? YjsKind::step1 : YjsKind::update, *payload};
}

void append_with_length(Bytes& out, ByteView payload) {
  Writer length;
  length.var_uint(payload.size());
  append(out, length.view());
  append(out, payload);
}

void append_sync(Bytes& out, std::uint8_t kind, ByteView payload) {
  out.push_back(kSync);
  out.push_back(kind);
  append_with_length(out, payload);
}

}  // namespace

Decoded<YjsMessage> read_yjs_message(ByteView bytes) {
  Reader reader(bytes);
  const auto type = reader.var_uint();
  if (!type) return fail(type.error());
  if (*type == kSync) return read_sync(reader);
  if (*type == kAwarenessQuery) return YjsMessage{YjsKind::awareness_query, {}};
  if (*type != kAwareness) return YjsMessage{};
  const auto payload = reader.var_bytes();
  if (!payload) return fail(payload.error());
  return YjsMessage{YjsKind::awareness, *payload};
}

void append_yjs_step1(Bytes& out, ByteView state_vector) {
  append_sync(out, kStep1, state_vector);
}

void append_yjs_step2(Bytes& out, ByteView update) {
  append_sync(out, kStep2, update);
}

void append_yjs_update(Bytes& out, ByteView update) {
  append_sync(out, kUpdate, update);
}

void append_yjs_awareness(Bytes& out, ByteView update) {
  out.push_back(kAwareness);
  append_with_length(out, update);
}

}  // namespace righttask::protocol
