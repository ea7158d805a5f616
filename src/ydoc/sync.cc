#include "ydoc/sync.h"

namespace ydoc {

Decoded<SyncMessage> read_sync(righttask::Reader& reader) {
  const auto kind = reader.var_uint();
  if (!kind) return righttask::fail(kind.error());
  if (*kind > static_cast<std::uint64_t>(SyncKind::update)) {
    return righttask::fail(DecodeError::unknown_message);
  }
  const auto payload = reader.var_bytes();
  if (!payload) return righttask::fail(payload.error());
  return SyncMessage{static_cast<SyncKind>(*kind), *payload};
}

void write_sync(righttask::Writer& writer, SyncKind kind, ByteView payload) {
  writer.var_uint(static_cast<std::uint64_t>(kind));
  writer.var_bytes(payload);
}

Bytes sync_message(SyncKind kind, ByteView payload) {
  righttask::Writer writer;
  writer.reserve(payload.size() + 11);
  write_sync(writer, kind, payload);
  return writer.take();
}

}  // namespace ydoc
